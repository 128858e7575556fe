"""One table from what the house refuses to what a page says and which HTTP status it carries."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language, gettext

from hezhi.kit.errors import HezhiError, Invalid, NotAllowed, NotFound, Refused
from hezhi.packkit.shape import Pack, Text

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


def refusal_of(error: HezhiError, pack: Pack | None = None) -> Refusal:
    """Return what the page says about ``error``; ``pack`` gives tasks and papers their titles.

    Other facts of the one case stay unsaid: they may name what the reader must not see.
    """
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    findings, fields = [], []
    for one in getattr(error, "findings", ()):
        says, field = _finding_says(one), getattr(one, "field", "")
        findings.append(says)
        if field:
            fields.append((str(field), says))
    findings += _work_says(error, pack)
    message = gettext(error.message) if error.message else ""
    return Refusal(status, error.code, message, tuple(dict.fromkeys(findings)), tuple(fields))


def _finding_says(one: object) -> str:
    """Findings of packkit carry a text as ``cause``, those of intake both languages themselves."""
    cause = getattr(one, "cause", one)
    if hasattr(cause, "zh") and hasattr(cause, "en"):
        return said(Text(zh=cause.zh, en=cause.en))
    return str(cause)


def _work_says(error: HezhiError, pack: Pack | None) -> list[str]:
    """Return what is still owed: papers, tasks, and the answers of other agencies."""

    def owed(name: str) -> list[str]:
        found = error.facts.get(name)
        return [str(one) for one in found] if isinstance(found, (list, tuple)) else []

    titles = {one.id: said(one.says) for one in pack.playbook.tasks} if pack else {}
    return [
        *(gettext("A paper is missing: %(paper)s") % {"paper": paper_title(pack, one)} for one in owed("papers")),
        *(gettext("Not done yet: %(task)s") % {"task": titles.get(one, one)} for one in owed("needed")),
        *(gettext("Still to answer: %(agency)s") % {"agency": one} for one in owed("waiting_for")),
    ]


def paper_title(pack: Pack | None, name: str) -> str:
    """Return the title of a paper that tasks or verification ask for; of one the pack does not know, its id."""
    declared = pack.playbook.papers if pack else ()
    return next((said(one.label) for one in declared if one.id == name), name)
