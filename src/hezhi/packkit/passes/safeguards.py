"""Pass 4, meaning, first half: the safeguards of the house as rules. No pack can skip them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from typing import Any

from hezhi.packkit.draft import Draft, Placed
from hezhi.packkit.identifiers import SCHEMES
from hezhi.packkit.passes import serving
from hezhi.packkit.passes.common import placeholders
from hezhi.packkit.passes.scans import names_read
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.measure import Filter
from hezhi.packkit.shape.playbook import Playbook, Task
from hezhi.packkit.shape.records import Field
from hezhi.packkit.shape.scan import ScanBase
from hezhi.packkit.words import TRAIT_WORDS, TRAIT_WORDS_ZH

REASONS_AT_LEAST = 10
"""Characters that the reasons of an adverse act must have at least. House rule: one Chinese sentence."""


def run(draft: Draft) -> None:
    _fields(draft)
    _secrets(draft)
    _traits(draft)
    _confidential(draft)
    _silence(draft)
    serving.run(draft)
    if draft.playbook:
        _adverse(draft, draft.playbook)
        _honest(draft, draft.playbook)


def _adverse(draft: Draft, where: Placed[Playbook]) -> None:
    tasks = {task.id: task for task in where.it.tasks or ()}
    safeguards = draft.identity.it.safeguards if draft.identity else None
    undone = {task.undoes for task in tasks.values() if task.undoes}
    for index, task in enumerate(where.it.tasks or ()):
        if task.undoes in tasks and not tasks[task.undoes].adverse:
            cause = f"'{task.undoes}' burdens nobody, so there is nothing to undo."
            draft.say("meaning/undoes-nothing", where, "tasks", index, "undoes", cause=cause)
        if safeguards and task.adverse != (task.id in safeguards.adverse_effects):
            cause = (
                f"'{task.id}' is {'adverse' if task.adverse else 'not adverse'}, safeguards.adverse_effects differs."
            )
            draft.say("meaning/adverse-undeclared", where, "tasks", index, "adverse", cause=cause)
        for rule, cause in _missing(task, tasks, undone) if task.adverse else ():
            draft.say(rule, where, "tasks", index, cause=cause)
    has_adverse = any(task.adverse for task in tasks.values())
    if has_adverse and where.it.outcomes and not any(outcome.wrongful for outcome in where.it.outcomes):
        draft.say("meaning/no-wrongful-outcome", where, "outcomes", cause="No outcome is marked 'wrongful: true'.")


def _missing(task: Task, tasks: dict[str, Task], undone: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield rule and cause for every condition of an adverse task that is not met."""
    if not _has_text(task, "decided_by", 2):
        yield "meaning/adverse-without-person", f"'{task.id}' has no required text field 'decided_by'."
    if not _has_text(task, "reasons", REASONS_AT_LEAST):
        wanted = f"no required text field 'reasons' with at_least: {REASONS_AT_LEAST} or more"
        yield "meaning/adverse-without-reasons", f"'{task.id}' has {wanted}."
    if not any(tasks[name].serves for name in _before(task, tasks)):
        yield "meaning/adverse-without-notice", f"No task that serves a notice comes before '{task.id}'."
    if task.id not in undone:
        yield "meaning/adverse-without-undo", f"No task undoes '{task.id}'."


def _has_text(task: Task, name: str, length: int) -> bool:
    declared = task.fields.get(name)
    return bool(
        declared
        and declared.required
        and declared.type == "text"
        and (length <= 2 or (declared.at_least or 0) >= length)
    )


def _before(task: Task, tasks: dict[str, Task]) -> set[str]:
    """Return every task that must be done before ``task``."""
    found: set[str] = set()
    open_ends = [*task.after, *([task.wait.after] if task.wait else [])]
    while open_ends:
        name = open_ends.pop()
        if name in tasks and name not in found:
            found.add(name)
            other = tasks[name]
            open_ends += [*other.after, *([other.wait.after] if other.wait else [])]
    return found


def _honest(draft: Draft, where: Placed[Playbook]) -> None:
    outcomes = where.it.outcomes or ()
    if outcomes and all(outcome.verdict == "true" for outcome in outcomes):
        draft.say("meaning/no-honest-outcome", where, "outcomes", cause="Every outcome says that the report was true.")
    if where.it.verification and where.it.verification.audit_share == 0:
        draft.say(
            "meaning/no-audit", where, "verification", "audit_share", cause="No closed case is ever looked at again."
        )


def _fields(draft: Draft) -> None:
    """Data minimum: every field that is not open has its need stated; contacts are secret."""
    needs = draft.identity.it.data_minimum or () if draft.identity else ()
    needed = {need.field for need in needs}
    for where in draft.records:
        for name, declared in where.it.fields.items():
            place = ("fields", name)
            if declared.sensitivity != "open" and f"{where.it.id}.{name}" not in needed:
                cause = f"'{where.it.id}.{name}' is {declared.sensitivity} and has no entry in data_minimum."
                draft.say("meaning/field-without-need", where, *place, cause=cause)
            if declared.type == "phone" and declared.sensitivity != "secret":
                draft.say(
                    "meaning/contact-not-secret", where, *place, cause=f"'{name}' reaches a person and is not secret."
                )
            _person(draft, where, name, declared, *place)
        _sensitivity(draft, where.it.fields)
    for index, task in enumerate(draft.playbook.it.tasks or () if draft.playbook else ()):
        for name, declared in task.fields.items():
            _person(draft, draft.playbook, name, declared, "tasks", index, "fields", name)
    for index, need in enumerate(needs):
        record_id, _, name = need.field.partition(".")
        record = draft.record(record_id)
        if record and name in record.fields and record.fields[name].sensitivity == "open":
            assert draft.identity is not None
            draft.say(
                "meaning/need-without-field",
                draft.identity,
                "data_minimum",
                index,
                cause=f"'{need.field}' is open to everybody.",
            )
        if record and need.rests_on == "consent" and name in record.fields and record.fields[name].required:
            assert draft.identity is not None
            cause = f"'{need.field}' is required, so nobody is free to leave it out."
            draft.say("meaning/consent-required", draft.identity, "data_minimum", index, "rests_on", cause=cause)


def _person(draft: Draft, where: Placed[Any], name: str, declared: Field, *place: str | int) -> None:
    if declared.scheme and SCHEMES[declared.scheme].is_personal and declared.sensitivity == "open":
        cause = f"'{name}' is a {declared.scheme} and open to everybody."
        draft.say("meaning/person-identifier-open", where, *place, cause=cause)


def _sensitivity(draft: Draft, fields: dict[str, Field]) -> None:
    closed = [name for name, declared in fields.items() if declared.sensitivity != "open"]
    if closed and draft.identity and draft.identity.it.sensitivity in ("open", "internal"):
        claimed, found = draft.identity.it.sensitivity, fields[closed[0]].sensitivity
        cause = f"The pack calls itself {claimed}, its field '{closed[0]}' is {found}."
        draft.say("meaning/sensitivity-too-low", draft.identity, "sensitivity", cause=cause)


def _secrets(draft: Draft) -> None:
    """Secret fields neither name subjects nor group counts nor feed colours; titles show open fields only."""
    for record in draft.records:
        for role in ("key", "subject"):
            told = (record.it.fields, getattr(record.it, role), ("secret",), f"is the record's {role}")
            _shown(draft, record, *told, role)
    for detector in draft.detectors:
        read = draft.record(detector.it.reads)
        for index, name in enumerate(detector.it.per):
            _shown(draft, detector, read.fields if read else {}, name, ("secret",), "groups a count", "per", index)
    fields = {name: one for record in draft.records for name, one in record.it.fields.items()}
    for decision in draft.decisions:
        for name in decision.it.inputs:
            _shown(draft, decision, fields, name, ("secret",), "feeds a colour", "inputs", name)
    if draft.playbook:
        book = draft.playbook.it
        for text, loc in ((book.title, ("title",)), (book.alert.title if book.alert else None, ("alert", "title"))):
            for name in placeholders(text.zh + text.en) if text else []:
                _shown(draft, draft.playbook, fields, name, ("secret", "personal"), "stands in a title", *loc)


def _shown(
    draft: Draft,
    where: Placed[Any],
    fields: dict[str, Field],
    name: str,
    closed: Iterable[str],
    how: str,
    *loc: str | int,
) -> None:
    if name in fields and fields[name].sensitivity in closed:
        draft.say("meaning/secret-shown", where, *loc, cause=f"'{name}' is {fields[name].sensitivity} and {how}.")


def _traits(draft: Draft) -> None:
    for decision in draft.decisions:
        for name, declared in decision.it.inputs.items():
            _trait(draft, decision, name, declared.label, "inputs", name)
    for detector in draft.detectors:
        record = draft.record(detector.it.reads)
        for index, name in enumerate(detector.it.per):
            label = record.fields[name].label if record and name in record.fields else None
            _trait(draft, detector, name, label, "per", index)
    records = {one.it.id: one.it for one in draft.records}
    for scan in (*draft.scans, *draft.features):
        loc = "streams" if isinstance(scan.it, ScanBase) else "rows"
        for record_id, name in sorted(names_read(scan.it, records)):
            fields = records[record_id].fields if record_id in records else {}
            _trait(draft, scan, name, fields[name].label if name in fields else None, loc)


def _trait(draft: Draft, where: Placed[Any], name: str, label: Text | None, *loc: str | int) -> None:
    word = trait_in(f"{name} {label.en if label else ''}", label.zh if label else "")
    if word:
        draft.say(
            "meaning/trait-input",
            where,
            *loc,
            cause=f"'{name}' looks at '{word}', which says what a person is, not what happened.",
        )


def trait_in(english: str, chinese: str) -> str:
    """Return the forbidden word found in a name or label, or nothing.

    Example:
        >>> trait_in("mental_state", ""), trait_in("record_count", "报告数"), trait_in("x", "上访次数")
        ('mental', '', '上访')
    """
    words = re.findall(r"[a-z]+", english.lower())
    pairs = {f"{first}_{second}" for first, second in pairwise(words)}
    found = [word for word in TRAIT_WORDS if word in words or word in pairs] + [
        word for word in TRAIT_WORDS_ZH if word in chinese
    ]
    return found[0] if found else ""


def _confidential(draft: Draft) -> None:
    safeguards = draft.identity.it.safeguards if draft.identity else None
    if safeguards and not safeguards.keeps_from_complained_of:
        hidden = next((where for where in draft.matters if where.it.confidential), None)
        if hidden:
            cause = f"'{hidden.it.id}' is confidential, but safeguards.keeps_from_complained_of is false."
            draft.say("meaning/confidential-exposed", hidden, "confidential", cause=cause)


def _silence(draft: Draft) -> None:
    for where in draft.indicators:
        counts_complaints = (
            where.it.count.was_contested is True
            or where.it.count.rated_at_most is not None
            or _is_all_ratings(where.it.count)
        )
        if counts_complaints and where.it.good == "down":
            cause = f"'{where.it.id}' counts complaints and calls fewer of them better; say 'good: neither'."
            draft.say("meaning/rewards-silence", where, "good", cause=cause)


def _is_all_ratings(chosen: Filter) -> bool:
    return chosen.is_rated is True and chosen.rated_at_least is None
