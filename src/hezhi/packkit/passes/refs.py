"""Pass 3, references: every name leads somewhere, no file lies about unread."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from hezhi.kit.names import nearest_name
from hezhi.packkit.draft import Draft, Placed
from hezhi.packkit.passes import checks, features, refs_people, refs_playbook, scans
from hezhi.packkit.passes.common import alert_records, unknown_field, unknown_record
from hezhi.packkit.passes.shape import FOLDERS, LISTS
from hezhi.packkit.shape import DEVICE_KINDS, Detector
from hezhi.packkit.shape.records import COMPARED, NUMBER_OF, Record
from hezhi.packkit.words import FACT_TYPE_OF_FIELD, KERNEL_FACTS

NAMED = (
    "records", "matters", "detectors", "scans", "decisions", "checks", "features", "indicators", "expectations",
)  # fmt: skip
"""Parts of a pack whose entries have an id each."""
DEVICE_PARTS: dict[str, tuple[str, ...]] = {
    "device": ("text",),
    "kind": ("text", "choice"),
    "number": ("number",),
    "flag": ("flag",),
    "unit": ("text", "choice"),
}
"""Which field types can take which part of a device's message."""
KERNEL_ROLES_OF_FIELDS: dict[str, tuple[str, ...]] = {
    "key": ("text", "integer", "identifier"),
    "subject": ("text", "choice", "region", "integer", "identifier"),
    "place": ("region",),
    "happened": ("moment",),
    "matter": ("matter",),
    "text": ("text",),
    "contact": ("phone",),
}
"""Which field types can play which part in a record."""


def run(draft: Draft, kinds: Collection[str] | None) -> None:
    """Report every name that leads nowhere. ``kinds`` are the city's kinds of agencies; None leaves them unchecked."""
    _identity(draft)
    for part in NAMED:
        _duplicates(draft, getattr(draft, part))
    for record in draft.records:
        _record(draft, record)
    _detectors(draft)
    for scan in draft.scans:
        scans.refs(draft, scan)
    _inputs(draft)
    checks.refs(draft)
    for feature in draft.features:
        features.refs(draft, feature)
    refs_playbook.run(draft)
    refs_people.run(draft, kinds)
    for bound in draft.expectations:
        unknown_record(draft, bound, bound.it.record, "record")
    _samples(draft)
    _orphans(draft)


def _identity(draft: Draft) -> None:
    if draft.identity and draft.identity.it.id is not None:
        folder = draft.folder.resolve().name.lstrip("_").split("@")[0]
        if draft.identity.it.id != folder:
            cause = f"The pack calls itself '{draft.identity.it.id}', its folder '{folder}'."
            draft.say("refs/id-not-folder", draft.identity, "id", cause=cause)
        kinds = [one.record for one in draft.identity.it.retention]
        for index, rule in enumerate(draft.identity.it.retention):
            if rule.record is not None:
                unknown_record(draft, draft.identity, rule.record, "retention", index, "record")
            if kinds.index(rule.record) != index:
                cause = f"Two rules of keeping name {rule.record or 'every other kind'}."
                draft.say("refs/duplicate-id", draft.identity, "retention", index, cause=cause)


def _duplicates(draft: Draft, parts: Iterable[Placed[Any]]) -> None:
    seen: set[str] = set()
    for part in parts:
        if part.it.id in seen:
            draft.say(
                "refs/duplicate-id",
                part,
                "id",
                cause=f"'{part.it.id}' is already the id of another {type(part.it).__name__.lower()}.",
            )
        seen.add(part.it.id)


def _record(draft: Draft, where: Placed[Record]) -> None:
    record = where.it
    for role, types in KERNEL_ROLES_OF_FIELDS.items():
        name = getattr(record, role)
        if name is None or unknown_field(draft, where, record, name, role):
            continue
        if record.fields[name].type not in types:
            wanted = " or ".join(types)
            cause = f"'{name}' is of type {record.fields[name].type}; as the record's {role} it must be {wanted}."
            draft.say("refs/wrong-field-type", where, role, cause=cause)
    _devices(draft, where)
    _links(draft, where)
    for index, rule in enumerate(record.duplicates):
        for name in (*rule.same, *([rule.similar_field] if rule.similar_field else [])):
            unknown_field(draft, where, record, name, "duplicates", index)


def _devices(draft: Draft, where: Placed[Record]) -> None:
    record, takes = where.it, where.it.devices
    if takes is None:
        return
    named = {(part, None): getattr(takes, part) for part in DEVICE_PARTS}
    named |= {("more", index): name for index, name in enumerate(takes.more)}
    for (part, index), name in named.items():
        loc = ("devices", part) if index is None else ("devices", part, index)
        if name is None or unknown_field(draft, where, record, name, *loc):
            continue
        field = record.fields[name]
        if part in DEVICE_PARTS and field.type not in DEVICE_PARTS[part]:
            wanted = " or ".join(DEVICE_PARTS[part])
            cause = f"'{name}' is of type {field.type}; as a device's {part} it must be {wanted}."
            draft.say("refs/wrong-field-type", where, *loc, cause=cause)
        elif field.sensitivity != "open" or field.type in ("file", "phone"):
            cause = f"'{name}' is {field.sensitivity} or a {field.type}; a device fills open fields only."
            draft.say("refs/device-field-closed", where, *loc, cause=cause)
    for index, kind in enumerate(takes.kinds):
        part = "flag" if DEVICE_KINDS[kind].is_flag else "number"
        if getattr(takes, part) is None:
            cause = f"A {kind} says a {part}, and no field takes it: name one as '{part}'."
            draft.say("refs/device-part-missing", where, "devices", "kinds", index, cause=cause)


def _links(draft: Draft, where: Placed[Record]) -> None:
    """What is compared is known of that kind of subject, and said by a field that can say it."""
    record, linked = where.it, where.it.links
    if linked is None:
        return
    known = COMPARED[linked.subject]
    for part, name in linked.fields.items():
        loc = ("links", "fields", part)
        if part not in known:
            cause = f"'{part}' is not compared of a {linked.subject}."
            draft.say("refs/unknown-comparison", where, *loc, cause=cause, given=part, valid=known)
            continue
        if unknown_field(draft, where, record, name, *loc):
            continue
        field, scheme = record.fields[name], NUMBER_OF[linked.subject] if part == "number" else "phone"
        if field.type not in known[part] or (field.type == "identifier" and field.scheme != scheme):
            types = (f"identifier of scheme {scheme}" if one == "identifier" else one for one in known[part])
            wanted = " or ".join(types)
            cause = f"'{name}' is of type {field.type}; as the {part} of a {linked.subject} it must be {wanted}."
            draft.say("refs/wrong-field-type", where, *loc, cause=cause)


def _detectors(draft: Draft) -> None:
    for where in draft.detectors:
        if unknown_record(draft, where, where.it.reads, "reads"):
            continue
        record = draft.record(where.it.reads)
        assert record is not None
        for index, name in enumerate(where.it.per):
            unknown_field(draft, where, record, name, "per", index)
        for index, test in enumerate(where.it.tests):
            _given(draft, where, record, index, test.given)


def _given(draft: Draft, where: Placed[Detector], record: Record, index: int, given: Any) -> None:
    """Rows of one detector test name only fields that the record has."""
    place = ("tests", index, "given")
    if not isinstance(given, str):
        for number, row in enumerate(given):
            for name in row:
                unknown_field(draft, where, record, name, *place, number, name)
        return
    if given not in draft.files:
        valid = [name for name in draft.files if name.startswith("samples/")]
        cause = f"'{given}' is not a file of this pack."
        draft.say("refs/unknown-sample", where, *place, cause=cause, given=given, valid=valid)
    for sample in draft.samples.get(given, []):
        for name in sample.data:
            if name not in record.fields:
                cause = f"'{name}' is not a field of record '{record.id}'."
                draft.report("refs/unknown-field", given, sample.line, cause, nearest_name(name, record.fields))


def _inputs(draft: Draft) -> None:
    """Every input of a decision that grades alerts comes from their records, or from the kernel."""
    entering = alert_records(draft)
    book = draft.playbook.it if draft.playbook else None
    grading = book.alert.grade_by if book and book.alert else None
    fed = {one.it.decided_by for one in draft.checks}
    fed |= {task.graded.by for task in book.tasks or () if task.graded} if book else set()
    for where in draft.decisions:
        if where.it.id in fed and where.it.id != grading:
            continue  # its check or the result of its task feeds it
        for name, declared in where.it.inputs.items():
            types = {
                FACT_TYPE_OF_FIELD.get(record.fields[name].type, "none") for record in entering if name in record.fields
            }
            if name in KERNEL_FACTS:
                types = {KERNEL_FACTS[name]}
            if not types:
                valid = [*KERNEL_FACTS, *(field for record in entering for field in record.fields)]
                cause = f"Neither the kernel nor a record that becomes an alert supplies '{name}'."
                draft.say("refs/unknown-input", where, "inputs", name, cause=cause, given=name, valid=valid)
            elif declared.type not in types:
                cause = f"'{name}' is supplied as {' or '.join(sorted(types))}, the table asks for {declared.type}."
                draft.say("refs/unknown-input", where, "inputs", name, cause=cause)


def _samples(draft: Draft) -> None:
    """Training rows name known matters; the file itself is optional."""
    valid = [one.it.id for one in draft.matters]
    for row in draft.samples.get("samples/training.jsonl", []):
        matter = str(row.data.get("matter", ""))
        if matter not in valid:
            cause = f"'{matter}' is not in the catalogue of matters."
            draft.report("refs/unknown-matter", "samples/training.jsonl", row.line, cause, nearest_name(matter, valid))


def _orphans(draft: Draft) -> None:
    known = {"pack.yml", "playbook.yml", "README.md", "CHANGELOG.md", "samples/training.jsonl", *LISTS}
    known |= {test.given for where in draft.detectors for test in where.it.tests if isinstance(test.given, str)}
    known |= {f"samples/{where.it.id}.jsonl" for where in draft.records}
    for name in draft.files:
        is_element = any(
            name.startswith(folder) and name.endswith(".yml") and name.count("/") == 1 for folder in FOLDERS
        )
        is_data = name.endswith((".yml", ".md", ".jsonl"))
        if is_data and not is_element and name not in known:
            draft.report(
                "refs/orphan-file",
                name,
                1,
                "Nothing reads this file; the format does not know its name.",
                nearest_name(name, known),
            )
