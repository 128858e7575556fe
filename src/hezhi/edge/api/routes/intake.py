"""Records pushed by sources."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.errors import AuthenticationError
from pydantic import Field

from hezhi.edge.api.auth import SourceToken
from hezhi.edge.api.errors import answers
from hezhi.edge.api.shapes import In, Name
from hezhi.edge.now import now
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordFinding
from hezhi.flow.intake.errors import TokenUnknown

router = Router(tags=["intake"])


class PushIn(In):
    """Up to a thousand rows of the kind the source has agreed on, fields as its contract names them."""

    records: Annotated[list[dict[Name, Any]], Field(min_length=1, max_length=1000)]


class Pushed(Schema):
    """What became of one row.

    ``state`` is accepted, refused, held, or repeated for a row that came before with the same content.
    ``findings`` say why a row was not accepted, or what was remarked on one that was.
    """

    line: int
    number: str
    source_key: str
    state: str
    findings: list[RecordFinding]


class PushReport(Schema):
    """What became of every row, in the order they were sent; the counts add up to their number."""

    row_count: int
    accepted_count: int
    refused_count: int
    held_count: int
    repeated_count: int
    records: list[Pushed]


@router.post(
    "/records", response=answers(PushReport, 401, 409, anonymous=True), auth=SourceToken(), summary="Push records"
)
def push(request: HttpRequest, body: PushIn) -> PushReport:
    """Take rows in: each is accepted, refused or held, with the reasons; nothing is dropped.

    The bearer token names the source. Rows are known by their key at the source: sending the same row again
    changes nothing, so no Idempotency-Key is needed. A push is taken whole or not at all.
    """
    try:
        report = intake.push_take(token=request.auth, rows=body.records, at=now())  # type: ignore[attr-defined]
    except TokenUnknown:
        raise AuthenticationError from None
    return PushReport(
        row_count=report.counts.rows,
        accepted_count=report.counts.accepted,
        refused_count=report.counts.refused,
        held_count=report.counts.held,
        repeated_count=report.counts.repeated,
        records=[
            Pushed(
                line=one.line,
                number=one.number,
                source_key=one.source_key,
                state=one.state or "repeated",
                findings=list(one.findings),
            )
            for one in report.results
        ],
    )
