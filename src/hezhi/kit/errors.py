"""The root of every error tree in the house.

    HezhiError
    └── one tree per room, drawn at the top of that room's errors.py

The first paragraph of an error's docstring is the message an officer reads;
facts about the one case at hand travel as attributes, never inside the class.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar


class HezhiError(Exception):
    """Something Hezhi could not do."""

    code: ClassVar[str] = "hezhi_error"

    def __init__(self, detail: str = "", **facts: Any) -> None:
        self.detail = detail
        self.facts = facts
        super().__init__(str(self))

    @property
    def message(self) -> str:
        """The class's own sentence, without the facts of this one case."""
        return (inspect.getdoc(type(self)) or "").split("\n\n")[0].replace("\n", " ")

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return " ".join(part for part in (self.message, self.detail, f"({told})" if told else "") if part)


class NotFound(HezhiError):
    """There is no such thing, or you may not see it."""

    code = "not_found"


class NotAllowed(HezhiError):
    """Your post does not carry the right to do this here."""

    code = "not_allowed"


class Invalid(HezhiError):
    """What was sent cannot be used as it is.

    ``findings`` holds every problem at once: place, cause and nearest valid name.
    """

    code = "invalid"

    def __init__(self, detail: str = "", findings: tuple[Any, ...] = (), **facts: Any) -> None:
        self.findings = findings
        super().__init__(detail or "; ".join(str(one) for one in findings), **facts)


class Refused(HezhiError):
    """This act is not possible in the present state."""

    code = "refused"
