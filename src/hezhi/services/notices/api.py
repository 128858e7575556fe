"""Notices: tell people, by the ways they can be reached, once.

Who is told what is decided by the flow (and never the unit that a complaint is about); this room only
delivers. A notice is part of the caller's transaction; what leaves the house goes by a job deferred in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Q, Value
from django.db.models.functions import Replace

from hezhi.services.notices import jobs, rules, sealing, senders
from hezhi.services.notices.contracts import Channel, DeliveryRow, DeliveryState, NoticeRow, Recipient, Words
from hezhi.services.notices.delivering import WAITING, delivery_send
from hezhi.services.notices.errors import DeliveryNotFound, DeliveryNotGivenUp, NoticeNotFound
from hezhi.services.notices.models import Address, Delivery, Notice
from hezhi.services.notices.queries import (
    IS_KEPT,
    deliveries_of,
    deliveries_page,
    delivery_counts,
    delivery_row,
    given_up_all,
    notice_row,
    notices_page,
    unread_count,
)
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor

__all__ = [
    "about_erase",
    "about_retell",
    "addresses_purge",
    "deliveries_of",
    "deliveries_page",
    "deliveries_rescue",
    "deliveries_retry",
    "delivery_counts",
    "delivery_retry",
    "delivery_send",
    "given_up_all",
    "notice_read",
    "notice_send",
    "notices_page",
    "notices_read",
    "unread_count",
]

ADDRESS_KEPT_FOR = timedelta(days=30)  # of a delivery that was given up, so that it can be tried again

_INSERT = """
INSERT INTO notices_notice (key, recipient, language, about, act, text_zh, text_en, sent_by, at, is_in_app)
SELECT %s, one.ref, one.language, %s, %s, %s, %s, %s, %s, %s
FROM unnest(%s::text[], %s::text[]) AS one(ref, language)
ON CONFLICT (key, recipient) DO NOTHING
RETURNING id, recipient
"""


def notice_send(
    *,
    recipients: Sequence[Recipient],
    words: Words,
    about: str,
    act: str,
    channels: Sequence[Channel | str],
    by: Actor,
    at: datetime,
    key: str,
) -> tuple[int, ...]:
    """Tell everyone in ``recipients`` the same text by every one of ``channels``.

    Each recipient is told once per ``key``: the same call again writes and sends nothing. Who never gave an
    address for a channel gets no delivery on it, as long as another channel is left; a recipient whom none
    reaches, or whose address cannot be used, gets a delivery that is given up, with the reason.

    Args:
        recipients: a ref that stands twice counts once, the first one.
        words: both languages; mail and text messages go out in the recipient's.
        about: what it is about, e.g. ``case:12``.
        act: the act that caused it, e.g. ``case.accept``.
        key: names this telling, e.g. the ledger line's chain, number and the notice's id in the pack.

    Returns:
        Ids of the notices that are new; empty on a replay.

    Raises:
        SubjectErased: a message would leave the house, and what it is about was erased.
    """
    ways = [Channel(one) for one in dict.fromkeys(channels)]
    people = {one.ref: one for one in reversed(recipients)}
    if not key or not ways:
        raise ValueError("a notice needs a key and at least one channel")
    if not people:
        return ()
    with transaction.atomic(savepoint=False):
        new = _notices_insert(people, words, about, act, Channel.IN_APP in ways, by, at, key)
        _deliveries_insert(new, people, ways, about, at)
    return tuple(sorted(new))


def _notices_insert(
    people: dict[str, Recipient], words: Words, about: str, act: str, is_in_app: bool, by: Actor, at: datetime, key: str
) -> dict[int, str]:
    refs, languages = sorted(people), [people[ref].language for ref in sorted(people)]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [key, about, act, words.zh, words.en, by.ref, at, is_in_app, refs, languages])
        return dict(cursor.fetchall())


def _deliveries_insert(
    new: dict[int, str], people: dict[str, Recipient], ways: list[Channel], about: str, at: datetime
) -> None:
    rows, goes_to = [], []
    for notice_id, ref in sorted(new.items()):
        for way in rules.ways_of(people[ref], ways):
            address = rules.address_of(people[ref], way)
            problem = rules.address_problem(way, address)
            is_sent = way is Channel.IN_APP
            state = DeliveryState.SENT if is_sent else DeliveryState.GIVEN_UP if problem else DeliveryState.QUEUED
            rows.append(
                Delivery(
                    notice_id=notice_id,
                    channel=way,
                    state=state,
                    address_masked=rules.masked(address),
                    error=problem,
                    token=uuid4().hex,
                    tried_at=None if state is DeliveryState.QUEUED else at,
                    sent_at=at if is_sent else None,
                )
            )
            goes_to.append(address)
    made = Delivery.objects.bulk_create(rows)
    queued = {one.id: to for one, to in zip(made, goes_to, strict=True) if one.state == DeliveryState.QUEUED}
    sealing.addresses_keep(queued, about=about)
    jobs.deliver_defer(queued)


@guard.act
def notice_read(*, notice_id: int, by: Actor, at: datetime) -> NoticeRow:
    """Note that the recipient has read a notice; the first time counts.

    Raises:
        NoticeNotFound: there is none with this id for ``by``.
    """
    Notice.objects.filter(pk=notice_id, recipient=by.ref, read_at=None).update(read_at=at)
    found = Notice.objects.filter(pk=notice_id, recipient=by.ref).first()
    if found is None:
        raise NoticeNotFound(notice_id=notice_id)
    return notice_row(found)


@guard.act
def notices_read(*, by: Actor, at: datetime) -> int:
    """Note that ``by`` has read everything told so far; return how many notices were unread."""
    return Notice.objects.filter(recipient=by.ref, read_at=None).update(read_at=at)


@guard.act
def delivery_retry(*, delivery_id: int, by: Actor, at: datetime) -> DeliveryRow:
    """Try a delivery again that was given up, from the first attempt on.

    The caller has checked that ``by`` may operate the house.

    Raises:
        DeliveryNotFound: there is none with this id.
        DeliveryNotGivenUp: it is sent or still under way, or its address is no longer kept.
    """
    found = Delivery.objects.select_for_update(of=("self",)).select_related("notice")
    delivery = found.filter(pk=delivery_id).first()
    if delivery is None:
        raise DeliveryNotFound(delivery_id=delivery_id)
    if delivery.state != DeliveryState.GIVEN_UP or not Address.objects.filter(pk=delivery_id).exists():
        raise DeliveryNotGivenUp(delivery_id=delivery_id, state=delivery.state)
    delivery.state, delivery.attempts = DeliveryState.QUEUED, 0
    delivery.save(update_fields=["state", "attempts"])
    jobs.deliver_defer(jobs.without_job([delivery_id]))
    return delivery_row(delivery)


def deliveries_retry(*, channel: Channel, error: str, by: Actor, at: datetime) -> int:
    """Try deliveries again that were given up for one reason, as far as their address is kept; return how many.

    The caller has checked that ``by`` may operate the house.
    """
    found = Delivery.objects.filter(state=DeliveryState.GIVEN_UP, channel=channel, error=error).filter(IS_KEPT)
    ids = list(found.order_by("id").values_list("id", flat=True))
    for delivery_id in ids:
        delivery_retry(delivery_id=delivery_id, by=by, at=at)
    return len(ids)


@guard.act
def deliveries_rescue() -> int:
    """Give every waiting delivery that has no job a new one; return how many there were."""
    waiting = Delivery.objects.select_for_update(skip_locked=True).filter(state__in=WAITING)
    lost = jobs.without_job(waiting.values_list("id", flat=True))
    jobs.deliver_defer(lost)
    return len(lost)


def deliveries_given_up_count() -> int:
    """Return how many messages were given up and wait for a person."""
    return Delivery.objects.filter(state=DeliveryState.GIVEN_UP).count()


def addresses_purge(*, at: datetime) -> int:
    """Delete addresses of deliveries given up more than ``ADDRESS_KEPT_FOR`` ago; return how many."""
    old = Address.objects.filter(delivery__state=DeliveryState.GIVEN_UP, delivery__tried_at__lt=at - ADDRESS_KEPT_FOR)
    return old.delete()[0]


def about_erase(*, abouts: Sequence[str], recipients: Sequence[str] = ()) -> int:
    """Take texts and addresses out of everything told about some matters, or to some; return how many notices.

    That something was told, when and to whom stays. What still waits to be sent is given up.
    """
    mine = Notice.objects.filter(Q(about__in=list(abouts)) | Q(recipient__in=list(recipients)))
    deliveries = Delivery.objects.filter(notice__in=mine.values("id"))
    Address.objects.filter(delivery__in=deliveries.values("id")).delete()
    deliveries.filter(state__in=WAITING).update(state=DeliveryState.GIVEN_UP)
    tokens = list(deliveries.values_list("token", flat=True))
    deliveries.update(address_masked="", error="")
    transaction.on_commit(lambda: senders.sunk_forget(tokens))
    return mine.update(text_zh="", text_en="")


def about_retell(*, about: str, before: str, after: str) -> int:
    """Put another title into everything told about a matter; return how many notices."""
    if not before or before == after:
        return 0
    told = Notice.objects.filter(Q(text_zh__contains=before) | Q(text_en__contains=before), about=about)
    words = {name: Replace(name, Value(before), Value(after)) for name in ("text_zh", "text_en")}
    return told.update(**words)
