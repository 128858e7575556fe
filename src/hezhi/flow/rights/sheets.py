"""What officers read about requests: one beside its case, and the open ones they answer for."""

from __future__ import annotations

from datetime import datetime

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseFilter
from hezhi.flow.intake import api as intake
from hezhi.flow.rights import queries
from hezhi.flow.rights.contracts import Proof, RequestDue, RequestSheet, RightKind, SheetField
from hezhi.flow.rights.models import Request
from hezhi.flow.rights.rules import effect
from hezhi.kit.masks import MASK
from hezhi.packkit import api as packkit
from hezhi.packkit.words import RIGHTS_OUTCOMES
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor

PAGE = 200


def request_sheet(*, case_id: int, by: Actor, at: datetime) -> RequestSheet | None:
    """Return what decides a request, for whoever may read its case; None for a case that answers none.

    Raises:
        CaseNotFound: no such case, or the actor may not see it.
    """
    cases.case_get(case_id=case_id, by=by)
    return _sheet(case_id, at)


@guard.house_read
def _sheet(case_id: int, at: datetime) -> RequestSheet | None:
    request = Request.objects.filter(record_id__in=cases.records_of(case_id=case_id)).order_by("id").first()
    if request is None:
        return None
    view, right = queries.view_of(request.concerned_id), RightKind(request.right)
    record, pack = view.row, packkit.shelf().of(view.row.pack)
    consented = {one.field for one in pack.identity.data_minimum if one.rests_on == "consent"}
    return RequestSheet(
        request_id=request.id,
        right=right,
        record_number=record.number,
        proof=Proof(request.proof),
        checked=request.checked,
        filed_by=request.filed_by,
        filed_at=request.filed_at,
        pack=record.pack,
        kind=record.kind,
        pack_title=pack.identity.title,
        received_at=record.received_at,
        keeping=intake.record_keeping(record_id=record.id, at=at),
        fields=tuple(
            SheetField(
                name,
                declared.label,
                declared.sensitivity,
                "consent" if f"{record.kind}.{name}" in consented else "duty",
                view.values[name] if declared.sensitivity == "open" else MASK,
            )
            for name, declared in pack.record(record.kind).fields.items()
            if name in view.values
        ),
        explained=queries.explained_of(record, at=at),
        done=tuple(request.done),
        effects={outcome: effect(right, outcome) for outcome in RIGHTS_OUTCOMES},
    )


def requests_due(*, by: Actor, at: datetime, is_late: bool = False) -> list[RequestDue]:
    """Return the open requests whose cases the actor may see, those owed first on top; at most 200."""
    wanted = CaseFilter(pack_id=queries.pack_serving().id, is_overdue=is_late)
    rows = cases.case_page(by=by, wanted=wanted, size=PAGE, at=at).rows
    found = []
    for case in rows:
        request = _request_of(case.id)
        if request is not None and request.record is not None:
            found.append(
                RequestDue(
                    case.id, case.number, request.record.number, RightKind(request.right), request.concerned.number,
                    case.owner_agency_name, request.filed_at, case.due_at, at >= case.due_at, case.state,
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: (one.due_at, one.case_id))


@guard.house_read
def _request_of(case_id: int) -> Request | None:
    ids = cases.records_of(case_id=case_id)
    return Request.objects.filter(record_id__in=ids).select_related("record", "concerned").order_by("id").first()
