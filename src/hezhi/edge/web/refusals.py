"""One table from what the house refuses to what a page says and which HTTP status it carries."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language, gettext

from hezhi.kit.errors import HezhiError, Invalid, NotAllowed, NotFound, Refused
from hezhi.packkit.shape import Text

STATUS: tuple[tuple[type[HezhiError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (Invalid, 422),
    (Refused, 409),
    (HezhiError, 400),
)


@dataclass(frozen=True)
class Refusal:
    """A refusal as a page shows it: ``message`` in the reader's language, ``findings`` one per problem."""

    status: int
    code: str
    message: str
    findings: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()  # (field, what is wrong with it)

    def of_field(self, name: str) -> str:
        """Return what is wrong with one field, empty when nothing is."""
        return " ".join(says for field, says in self.fields if field == name)


def said(text: Text) -> str:
    """Return a pack's text in the reader's language."""
    return text.en if (get_language() or "").startswith("en") else text.zh


def refusal_of(error: HezhiError) -> Refusal:
    """Return what the page says about ``error``.

    Facts of the one case (ids, agencies) stay in the log: they may name what the reader must not see.
    """
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    findings, fields = [], []
    for one in getattr(error, "findings", ()):
        says, field = _finding_says(one), getattr(one, "field", "")
        findings.append(says)
        if field:
            fields.append((str(field), says))
    missing = error.facts.get("papers", ()) or ()
    findings += [gettext("A paper is missing: %(paper)s") % {"paper": paper} for paper in missing]
    message = gettext(error.message) if error.message else ""
    return Refusal(status, error.code, message, tuple(dict.fromkeys(findings)), tuple(fields))


def _finding_says(one: object) -> str:
    """Findings of packkit carry a text as ``cause``, those of intake both languages themselves."""
    cause = getattr(one, "cause", one)
    if hasattr(cause, "zh") and hasattr(cause, "en"):
        return said(Text(zh=cause.zh, en=cause.en))
    return str(cause)
