"""Records as officers see them, masked; see ``tickets`` for the way to a field in clear."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import KindUnknown, answers
from hezhi.edge.api.once import Key, once
from hezhi.edge.api.shapes import Cursor, Id, In, Name, ReasonIn, RowId, Rows, Size, Word, page
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import (
    DuplicateOffer,
    OpeningRow,
    Receipt,
    RecordFilter,
    RecordRow,
    RecordState,
    RecordView,
    RelationKind,
    RelationRow,
)
from hezhi.spine.permissions.contracts import Actor

router = Router(tags=["records"])
Values = Annotated[dict[Name, Any], Field(max_length=100, description="Fields as the pack declares them.")]
Remark = Annotated[str, Field(max_length=2000)]
WAYS = {"response": answers(RecordRow, 404, 409)}


class RecordQuery(Schema):
    """Empty fields do not narrow; ``region_path`` takes the whole subtree."""

    state: list[RecordState] = []
    pack_id: Word = ""
    kind: Word = ""
    region_path: Word = ""
    source: Word = ""
    batch_id: Id | None = None
    text: Word = ""


class ReportIn(In):
    """A report as a form of the pack asks for it."""

    pack_id: Name
    kind: Name
    values: Values


class CorrectionIn(In):
    """New values by field; ``null`` takes a value away, fields left out stay as they were sent."""

    values: Values = {}
    reason: Remark = ""


class RemarkIn(In):
    reason: Remark = ""


class MergeIn(In):
    record_ids: Annotated[list[Id], Field(min_length=2, max_length=100)]
    reason: Remark = ""


class LinkIn(In):
    other_id: Id
    kind: Literal["similar", "linked", "joint", "distinct"]
    reason: Remark = ""


def _do(request: HttpRequest, key: str, act: Callable[..., Any], **told: object) -> Any:
    def do(who: Actor, at: datetime, act_key: str) -> Any:
        return act(by=who, at=at, key=act_key, **told)

    return once(request, key, do)


@router.get("", response=answers(Rows[RecordRow]), summary="List records")
def page_of_records(request: HttpRequest, wanted: Query[RecordQuery], cursor: Cursor = "", size: Size = 50) -> dict:
    """Return records I may read, newest first."""
    narrowed = RecordFilter(
        pack_id=wanted.pack_id,
        kind=wanted.kind,
        states=tuple(wanted.state),
        region_path=wanted.region_path,
        source=wanted.source,
        batch_id=wanted.batch_id,
        text=wanted.text,
    )
    return page(intake.record_page(by=by(request), wanted=narrowed, cursor=cursor, size=size))


@router.post("", response=answers(Receipt, 404, 409), summary="Report")
def report(request: HttpRequest, body: ReportIn, key: Key) -> Receipt:
    """Take one report in; with problems nothing is stored and every one of them is named."""
    try:
        return _do(request, key, intake.record_report, pack_id=body.pack_id, kind=body.kind, values=body.values)
    except LookupError:
        raise KindUnknown(kind=body.kind) from None


@router.post("/merge", response=answers(list[RecordRow], 404, 409), summary="Merge")
def merge(request: HttpRequest, body: MergeIn, key: Key) -> list[RecordRow]:
    """Say that records are the same matter; each reporter keeps the own number, answer and rating."""
    return _do(request, key, intake.record_merge, record_ids=body.record_ids, reason=body.reason)


@router.get("/{record_id}", response=answers(RecordView, 404), summary="Read a record")
def record(request: HttpRequest, record_id: RowId) -> RecordView:
    """Return one record, sensitive values masked."""
    return intake.record_get(record_id=record_id, by=by(request))


@router.get("/{record_id}/group", response=answers(list[RecordRow], 404), summary="Merged with")
def group(request: HttpRequest, record_id: RowId) -> list[RecordRow]:
    """Return the record and everything merged with it, oldest first."""
    return intake.group_of(record_id=record_id, by=by(request))


@router.get("/{record_id}/duplicates", response=answers(list[DuplicateOffer], 404), summary="Perhaps the same")
def duplicates(request: HttpRequest, record_id: RowId) -> list[DuplicateOffer]:
    """Return records that may be about the same matter; a person decides."""
    return intake.duplicates_suggest(record_id=record_id, by=by(request))


@router.get("/{record_id}/relations", response=answers(list[RelationRow], 404), summary="Related to")
def relations(request: HttpRequest, record_id: RowId) -> list[RelationRow]:
    """Return every relation of the record, ended ones too."""
    return intake.relations_of(record_id=record_id, by=by(request))


@router.get("/{record_id}/openings", response=answers(list[OpeningRow], 404), summary="Who looked?")
def openings(request: HttpRequest, record_id: RowId) -> list[OpeningRow]:
    """Return every opening of masked fields of the record, oldest first; supervisors read the officer's name too."""
    return intake.record_openings(record_id=record_id, by=by(request))


@router.post("/{record_id}/correct", summary="Correct", **WAYS)
def correct(request: HttpRequest, record_id: RowId, body: CorrectionIn, key: Key) -> RecordRow:
    """Correct a refused or held record and send it again."""
    told = {"values": body.values, "reason": body.reason}
    return _do(request, key, intake.record_correct, record_id=record_id, **told)


@router.post("/{record_id}/refuse", summary="Refuse", **WAYS)
def refuse(request: HttpRequest, record_id: RowId, body: ReasonIn, key: Key) -> RecordRow:
    """Decide that a held record is not taken, and say why; it stays on file."""
    return _do(request, key, intake.record_refuse, record_id=record_id, reason=body.reason)


@router.post("/{record_id}/take-change", summary="Take the source's change", **WAYS)
def take_change(request: HttpRequest, record_id: RowId, body: RemarkIn, key: Key) -> RecordRow:
    """Take over what a source changed in an accepted record; the id is that of the held row."""
    return _do(request, key, intake.record_take_change, record_id=record_id, reason=body.reason)


@router.post("/{record_id}/split", response=answers(list[RecordRow], 404, 409), summary="Split")
def split(request: HttpRequest, record_id: RowId, body: RemarkIn, key: Key) -> list[RecordRow]:
    """Take one record out of its group; returns the others."""
    return _do(request, key, intake.record_split, record_id=record_id, reason=body.reason)


@router.post("/{record_id}/link", response=answers(RelationRow, 404, 409), summary="Relate")
def link(request: HttpRequest, record_id: RowId, body: LinkIn, key: Key) -> RelationRow:
    """Relate two records as similar, linked, joint or distinct."""
    told = {"other_id": body.other_id, "kind": RelationKind(body.kind), "reason": body.reason}
    return _do(request, key, intake.record_link, record_id=record_id, **told)


@router.post("/{record_id}/unlink", response=answers(RelationRow, 404, 409), summary="End a relation")
def unlink(request: HttpRequest, record_id: RowId, body: LinkIn, key: Key) -> RelationRow:
    """End a relation; it stays on file."""
    told = {"other_id": body.other_id, "kind": RelationKind(body.kind), "reason": body.reason}
    return _do(request, key, intake.record_unlink, record_id=record_id, **told)
