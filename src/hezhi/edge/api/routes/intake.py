"""Records pushed by sources."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router, Schema
from ninja.errors import AuthenticationError
from pydantic import Field

from hezhi.edge.api.auth import SourceToken
from hezhi.edge.api.errors import answers
from hezhi.edge.api.now import now
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Receipt, RecordState
from hezhi.flow.intake.errors import SourceNotFound

router = Router(tags=["intake"])
Source = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,48}$", description="Code of the source.")]


class PushIn(Schema):
    """Up to a thousand rows of the kind the source has agreed on, fields as its contract names them."""

    records: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1000)]


class Pushed(Schema):
    """What became of one row. ``is_new`` is false for a row that was sent before with the same content."""

    receipt: Receipt
    is_new: bool


class PushReport(Schema):
    """What became of every row, in the order they were sent; the counts add up to their number."""

    accepted_count: int
    refused_count: int
    held_count: int
    unchanged_count: int
    records: list[Pushed]


@router.post(
    "/{source}/records",
    response=answers(PushReport, 401, 409, anonymous=True),
    auth=SourceToken(),
    summary="PushIn records",
)
def push(request: HttpRequest, source: Source, body: PushIn) -> PushReport:
    """Take rows in: each is accepted, refused or held, with the reasons; nothing is dropped.

    Rows are known by their key at the source: sending the same row again changes nothing, so no
    Idempotency-Key is needed. A wrong token and an unknown source are answered alike.
    """
    try:
        taken = intake.push_take(source=source, token=request.auth, rows=body.records, at=now())  # type: ignore[attr-defined]
    except SourceNotFound:
        raise AuthenticationError from None
    fresh = [receipt.state for receipt, is_new in taken if is_new]
    return PushReport(
        accepted_count=fresh.count(RecordState.ACCEPTED),
        refused_count=fresh.count(RecordState.REFUSED),
        held_count=fresh.count(RecordState.HELD),
        unchanged_count=len(taken) - len(fresh),
        records=[Pushed(receipt=receipt, is_new=is_new) for receipt, is_new in taken],
    )
