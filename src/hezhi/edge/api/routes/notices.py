"""What was told to the one who asks."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Schema

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import answers
from hezhi.edge.api.shapes import Cursor, Done, RowId, Rows, Size, page
from hezhi.edge.now import now
from hezhi.services.notices import api as notices
from hezhi.services.notices.contracts import NoticeRow

router = Router(tags=["notices"])


class Unread(Schema):
    count: int


@router.get("", response=answers(Rows[NoticeRow]), summary="My notices")
def mine(request: HttpRequest, cursor: Cursor = "", size: Size = 50) -> dict:
    """Return what was told to me, newest first."""
    return page(notices.notices_page(recipient=by(request).ref, cursor=cursor, size=size))


@router.get("/unread", response=answers(Unread), summary="How many are unread?")
def unread(request: HttpRequest) -> Unread:
    """Return how many in-app notices I have not read."""
    return Unread(count=notices.unread_count(recipient=by(request).ref))


@router.post("/read", response=answers(Done), summary="All are read")
def read_all(request: HttpRequest) -> Done:
    """Note that I have read everything told so far; doing it again changes nothing."""
    return Done(count=notices.notices_read(by=by(request), at=now()))


@router.post("/{notice_id}/read", response=answers(NoticeRow, 404), summary="One is read")
def read(request: HttpRequest, notice_id: RowId) -> NoticeRow:
    """Note that I have read one notice; the first time counts."""
    return notices.notice_read(notice_id=notice_id, by=by(request), at=now())
