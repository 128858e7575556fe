"""The facts of a dispatch order, taken from a case file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils import translation

from hezhi.edge.web import labels
from hezhi.edge.web.casefile import CaseFile
from hezhi.edge.web.refusals import paper_title, said
from hezhi.flow.cases.contracts import Part
from hezhi.kit.moments import day_of
from hezhi.packkit.shape.playbook import Task
from hezhi.spine.clocks.contracts import ClockRow, Explanation
from hezhi.spine.people import api as people

Timed = tuple[ClockRow, Explanation]


def order_facts(file: CaseFile) -> dict[str, Any]:
    """Return what the template ``dispatch_order`` asks for, in Chinese whatever language its orderer reads.

    Content of confidential matters stays out, and so does what a pack calls personal: the order may lie open
    on a desk.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return _facts(file)


def _facts(file: CaseFile) -> dict[str, Any]:
    case, matter = file.case, file.matter
    main = next((one for one in file.clocks if one[0].spec.kind == "main"), None)
    first = file.records[0].record if file.records else None
    agency_id = file.by.agency_id
    issuer = people.agency_get(agency_id).name if agency_id is not None else case.owner_agency_name
    return {
        "number": case.number,
        "issuer": issuer,
        "issued_on": day_of(file.at),
        "pack": case.pack,
        "title": case.title,
        "matter": said(matter.label),
        "region": file.place,
        "happened_at": first.happened_at if first else None,
        "received_at": first.received_at if first else None,
        "record_numbers": tuple(one.record.number for one in file.records),
        "details": () if case.is_confidential else tuple(_details(file)),
        "content": "" if case.is_confidential else _content(file),
        "assignments": _assignments(file),
        "due_steps": _steps(*main) if main else (),
        "due_basis": main[0].spec.source if main else "",
        "due_basis_is_verified": bool(main and main[0].spec.is_verified),
        "due_is_provisional": bool(main and main[1].is_provisional),
        "reasons": _reasons(file),
        "requirements": tuple(_requirement(file, one) for one in file.pack.playbook.tasks if not one.optional),
        "contact": {"window": issuer, "person": file.by.name},
    }


def _details(file: CaseFile) -> Iterator[dict[str, str]]:
    """Return what the first report says besides what has a row of its own."""
    for one in file.records[:1]:
        shape = file.pack.record(one.record.kind)
        told = {shape.matter, shape.happened, shape.text}
        for fact in one.facts:
            is_open = fact.declared.sensitivity == "open" and not fact.is_secret
            if is_open and fact.name not in told and fact.declared.type != "file":
                yield {"label": said(fact.declared.label), "value": fact.text}


def _content(file: CaseFile) -> str:
    for one in file.records:
        text = file.pack.record(one.record.kind).text
        value = one.view.values.get(text or "")
        if value:
            return str(value)
    return ""


def _assignments(file: CaseFile) -> tuple[dict[str, Any], ...]:
    basis = {"basis": file.matter.basis.cite, "basis_is_verified": file.matter.basis.is_verified}
    rows = [
        {
            "part": one.part.value,
            "agency": one.agency_name,
            "limit": _limit(file, one.part, one.agency_id),
            "due_at": file.case.due_at if one.part is Part.LEAD else one.due_at,
            **basis,
        }
        for one in file.view.participants
    ]
    if not any(row["part"] == Part.LEAD for row in rows):
        rows.append({"part": "lead", "agency": file.case.owner_agency_name, "due_at": file.case.due_at})
    return tuple(rows)


def _limit(file: CaseFile, part: Part, agency_id: int) -> dict[str, Any] | None:
    """Return the limit that an agency's own clock runs on, extensions included; None where none runs."""
    kind = "main" if part is Part.LEAD else part.value
    for clock, told in file.clocks:
        if clock.spec.kind == kind and (part is Part.LEAD or clock.agency_id == agency_id):
            return {"budget": told.budget_count, "unit": clock.spec.unit.value}
    return None


def _reasons(file: CaseFile) -> tuple[str, ...]:
    """Return why these agencies: the last ruling in its own words, or what the catalogue goes by."""
    ruled = next((one for one in reversed(file.lines) if one.act == "case.rule"), None)
    if ruled is not None and not file.case.is_confidential:
        return (f"协调裁定：{ruled.body.get('reason', '')}",)
    return (file.matter.basis.cite,)


def _requirement(file: CaseFile, task: Task) -> str:
    owed = [said(one.label) for one in task.fields.values() if one.type == "file" and one.required]
    owed += [paper_title(file.pack, name) for name in task.papers]
    papers = f"（须交：{'、'.join(owed)}）" if owed else ""
    return f"{'视情况：' if task.opens_when else ''}{said(task.says)}{papers}"


def _steps(clock: ClockRow, told: Explanation) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "from_at": one.from_at,
            "to_at": one.to_at,
            "says": one.says,
            "counted": one.counted,
            "added": one.amount,
            "note": "：".join(filter(None, (labels.label(labels.PARTIES, one.waiting_for or ""), one.note))),
        }
        for one in told.steps
    )
