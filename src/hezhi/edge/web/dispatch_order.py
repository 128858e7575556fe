"""The facts of a dispatch order, taken from a case file."""

from __future__ import annotations

from typing import Any

from hezhi.edge.web.casefile import CaseFile
from hezhi.edge.web.refusals import said
from hezhi.flow.cases.contracts import Part
from hezhi.kit.moments import day_of
from hezhi.spine.clocks.contracts import ClockRow, Explanation


def order_facts(file: CaseFile) -> dict[str, Any]:
    """Return what the template ``dispatch_order`` asks for.

    Content of confidential matters stays out: the order may lie open on a desk.
    """
    case, matter, pack = file.case, file.matter, file.pack
    main = next(((clock, told) for clock, told in file.clocks if clock.spec.kind == "main"), None)
    first = file.records[0].record if file.records else None
    return {
        "number": case.number,
        "issuer": file.names.agencies.get(file.by.agency_id or 0) or case.owner_agency_name,
        "issued_on": day_of(file.at),
        "pack": case.pack,
        "title": case.title,
        "matter": said(matter.label),
        "region": file.place,
        "happened_at": first.happened_at if first else None,
        "received_at": first.received_at if first else None,
        "record_numbers": tuple(one.record.number for one in file.records),
        "content": "" if case.is_confidential else _content(file),
        "assignments": _assignments(file),
        "due_steps": _steps(*main) if main else (),
        "due_is_provisional": bool(main and main[1].is_provisional),
        "reasons": (matter.basis.cite,),
        "requirements": tuple(said(one.says) for one in pack.playbook.tasks if not one.optional),
        "contact": {
            "window": file.names.agencies.get(file.by.agency_id or 0) or case.owner_agency_name,
            "person": file.by.name,
        },
    }


def _content(file: CaseFile) -> str:
    for one in file.records:
        text = file.pack.record(one.record.kind).text
        value = one.view.values.get(text or "")
        if value:
            return str(value)
    return ""


def _assignments(file: CaseFile) -> tuple[dict[str, Any], ...]:
    matter, limit = file.matter, file.matter.limit or file.pack.playbook.main_limit
    rows = [
        {
            "part": one.part.value,
            "agency": one.agency_name,
            "limit": {"budget": limit.budget, "unit": limit.unit},
            "due_at": one.due_at,
            "basis": matter.basis.cite,
            "basis_is_verified": matter.basis.is_verified,
        }
        for one in file.view.participants
    ]
    if not any(row["part"] == Part.LEAD for row in rows):
        rows.append({"part": "lead", "agency": file.case.owner_agency_name, "due_at": file.case.due_at})
    return tuple(rows)


def _steps(clock: ClockRow, told: Explanation) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"from_at": one.from_at, "to_at": one.to_at, "says": one.says, "counted": one.counted, "note": one.note}
        for one in told.steps
    )
