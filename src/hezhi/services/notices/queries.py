"""Reads of notices and deliveries, as frozen rows."""

from __future__ import annotations

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from hezhi.kit.paging import Page, number_read
from hezhi.services.notices.contracts import Channel, DeliveryRow, DeliveryState, GivenUp, NoticeRow, Words
from hezhi.services.notices.errors import CursorInvalid
from hezhi.services.notices.models import Address, Delivery, Notice

PAGE_SIZE = 50
IS_KEPT = Exists(Address.objects.filter(delivery_id=OuterRef("pk")))  # so that it can be tried again


def notice_row(notice: Notice) -> NoticeRow:
    """Return the row a recipient sees."""
    return NoticeRow(
        id=notice.id,
        recipient=notice.recipient,
        about=notice.about,
        act=notice.act,
        words=Words(zh=notice.text_zh, en=notice.text_en),
        at=notice.at,
        read_at=notice.read_at,
    )


def delivery_row(delivery: Delivery) -> DeliveryRow:
    """Return the row officers and operators see; addresses only masked."""
    return DeliveryRow(
        id=delivery.id,
        notice_id=delivery.notice_id,
        recipient=delivery.notice.recipient,
        about=delivery.notice.about,
        channel=Channel(delivery.channel),
        state=DeliveryState(delivery.state),
        address=delivery.address_masked,
        attempts=delivery.attempts,
        error=delivery.error,
        token=delivery.token,
        tried_at=delivery.tried_at,
        sent_at=delivery.sent_at,
    )


def _before(rows: QuerySet, cursor: str) -> QuerySet:
    if not cursor:
        return rows
    before = number_read(cursor)
    if before is None:
        raise CursorInvalid(cursor=cursor[:20])
    return rows.filter(id__lt=before)


def notices_page(*, recipient: str, cursor: str = "", size: int = PAGE_SIZE) -> Page[NoticeRow]:
    """Return what was told to ``recipient`` (an ``Actor.ref``) by whatever way, newest first.

    Raises:
        CursorInvalid: ``cursor`` is not the ``next_cursor`` of an earlier page.
    """
    found = list(_before(Notice.objects.filter(recipient=recipient), cursor).order_by("-id")[: size + 1])
    rows = tuple(notice_row(one) for one in found[:size])
    return Page(rows, str(rows[-1].id) if len(found) > size else "")


def unread_count(*, recipient: str) -> int:
    """Return how many in-app notices ``recipient`` has not read."""
    return Notice.objects.filter(recipient=recipient, is_in_app=True, read_at=None).count()


def deliveries_of(*, about: str) -> list[DeliveryRow]:
    """Return how the notices about one matter went, oldest first."""
    found = Delivery.objects.filter(notice__about=about).select_related("notice").order_by("id")
    return [delivery_row(one) for one in found]


def deliveries_page(*, state: DeliveryState, cursor: str = "", size: int = PAGE_SIZE) -> Page[DeliveryRow]:
    """Return deliveries in one state, newest first, for the operator.

    Raises:
        CursorInvalid: ``cursor`` is not the ``next_cursor`` of an earlier page.
    """
    rows = _before(Delivery.objects.filter(state=state), cursor).select_related("notice")
    found = list(rows.order_by("-id")[: size + 1])
    page = tuple(delivery_row(one) for one in found[:size])
    return Page(page, str(page[-1].id) if len(found) > size else "")


def given_up_all(*, most: int = 50) -> list[GivenUp]:
    """Return what was given up, by channel and reason, the newest first; for the operator, who sees no address."""
    found = Delivery.objects.filter(state=DeliveryState.GIVEN_UP).values("channel", "error")
    counted = found.annotate(
        count=Count("id"), last=Max("tried_at"), kept=Count("id", filter=Q(IS_KEPT)), newest=Max("id")
    )
    return [
        GivenUp(Channel(one["channel"]), one["error"], one["count"], one["kept"], one["last"])
        for one in counted.order_by("-newest")[:most]
    ]


def delivery_counts() -> dict[DeliveryState, int]:
    """Return the number of deliveries in each state, zero included."""
    counted = dict(Delivery.objects.values_list("state").annotate(Count("id")))
    return {state: counted.get(state.value, 0) for state in DeliveryState}
