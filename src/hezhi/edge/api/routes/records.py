"""Records as officers see them."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import answers
from hezhi.edge.api.once import Key, once
from hezhi.edge.api.shapes import Cursor, Done, Name, ReasonIn, RowId, Rows, Size, Word, page
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Receipt, RecordFilter, RecordRow, RecordState
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Right
from hezhi.spine.permissions.errors import NotAllowed

router = Router(tags=["records"])
Values = Annotated[dict[Name, Any], Field(max_length=100, description="Fields as the pack declares them.")]


class RecordQuery(Schema):
    """Empty fields do not narrow."""

    state: list[RecordState] = []
    pack_id: Word = ""
    source: Word = ""
    batch_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None


class ReportIn(Schema):
    """A report as a form of the pack asks for it."""

    pack_id: Name
    kind: Name
    values: Values


class CorrectionIn(Schema):
    values: Values


@router.get("", response=answers(Rows[RecordRow]), summary="List records")
def records(request: HttpRequest, wanted: Query[RecordQuery], cursor: Cursor = "", size: Size = 50) -> dict:
    """Return records I may read, newest first, sensitive values masked."""
    narrowed = RecordFilter(tuple(wanted.state), wanted.pack_id, wanted.source, wanted.batch_id)
    return page(intake.record_page(by=by(request), wanted=narrowed, cursor=cursor, size=size))


@router.post("", response=answers(Receipt, 404, 409), summary="Report")
def report(request: HttpRequest, body: ReportIn, key: Key) -> Receipt:
    """Take one report in; with problems nothing is stored and every one of them is named."""
    if permissions.scopes(by(request), Right.RECORD_REPORT).is_empty:
        raise NotAllowed(right=Right.RECORD_REPORT)
    return once(
        request,
        key,
        lambda who, at, act_key: intake.record_report(
            pack_id=body.pack_id, kind=body.kind, values=body.values, by=who, at=at, key=act_key
        ),
    )


@router.get("/{record_id}", response=answers(RecordRow, 404), summary="Read a record")
def record(request: HttpRequest, record_id: RowId) -> RecordRow:
    """Return one record, sensitive values masked."""
    return intake.record_get(record_id=record_id, by=by(request))


@router.post("/{record_id}/correct", response=answers(Receipt, 404, 409), summary="Correct a refused record")
def correct(request: HttpRequest, record_id: RowId, body: CorrectionIn, key: Key) -> Receipt:
    """Correct what was refused and take it in; values left out stay as they were sent."""
    return once(
        request,
        key,
        lambda who, at, _: intake.record_correct(record_id=record_id, values=body.values, by=who, at=at),
    )


@router.post("/{record_id}/refuse", response=answers(Done, 404, 409), summary="Refuse a held record")
def refuse(request: HttpRequest, record_id: RowId, body: ReasonIn, key: Key) -> Done:
    """Refuse a held record for a stated reason."""

    def do(who: Any, at: Any, _: str) -> Done:
        intake.record_refuse(record_id=record_id, reason=body.reason, by=who, at=at)
        return Done(count=1)

    return once(request, key, do)
