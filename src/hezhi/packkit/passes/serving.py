"""Pass 4, meaning: what a pack owes that declares the matters of a service of the kernel."""

from __future__ import annotations

from collections.abc import Iterator

from hezhi.packkit.draft import Draft
from hezhi.packkit.words import RIGHTS_FIELDS, RIGHTS_GROUND, RIGHTS_OF_PEOPLE, RIGHTS_OUTCOMES


def run(draft: Draft) -> None:
    """Say at once everything that a pack serving the rights of people lacks."""
    if draft.identity and draft.identity.it.serves == "rights_of_people":
        lacks = list(_lacks(draft))
        if lacks:
            cause = f"It serves the rights of people and lacks: {', '.join(lacks)}."
            draft.say("meaning/serves-in-part", draft.identity, "serves", cause=cause)


def _lacks(draft: Draft) -> Iterator[str]:
    matters = {where.it.id: where.it for where in draft.matters}
    for name in RIGHTS_OF_PEOPLE:
        if name not in matters:
            yield f"the matter {name}"
        elif not matters[name].confidential:
            yield f"'confidential: true' of the matter {name}"
    outcomes = {one.id for one in draft.playbook.it.outcomes or ()} if draft.playbook else set()
    yield from (f"the outcome {name}" for name in RIGHTS_OUTCOMES if name not in outcomes)
    fields = draft.records[0].it.fields if draft.records else {}
    yield from (f"the field {name} of its first record" for name in RIGHTS_FIELDS if name not in fields)
    asked = {name for task in draft.playbook.it.tasks or () for name in task.fields} if draft.playbook else set()
    if RIGHTS_GROUND not in asked:
        yield f"a task with the field {RIGHTS_GROUND}"
    if "wanted" in fields and fields["wanted"].sensitivity != "secret":
        yield "'sensitivity: secret' of the field wanted"
