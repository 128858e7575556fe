"""Handing one message over and noting what came of it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from hezhi.services.notices import queries, rules, sealing, senders
from hezhi.services.notices.contracts import Channel, DeliveryRow, DeliveryState, Outgoing
from hezhi.services.notices.errors import DeliveryFailed, DeliveryNotFound, DeliveryRefused
from hezhi.services.notices.models import Address, Delivery

WAITING = (DeliveryState.QUEUED, DeliveryState.FAILED)


def delivery_send(*, delivery_id: int, at: datetime) -> DeliveryRow:
    """Hand one delivery over and note it as sent, failed or given up.

    The row stays locked meanwhile, so two workers never send the same one at once. A worker that dies after
    the handing over and before the note sends again with the same token. Running again later is harmless.

    Raises:
        DeliveryNotFound: there is none with this id.
        DeliveryFailed: noted as failed; try again after a while.
    """
    failure: DeliveryFailed | None = None
    with transaction.atomic():
        found = Delivery.objects.select_for_update(of=("self",)).select_related("notice")
        delivery = found.filter(pk=delivery_id).first()
        if delivery is None:
            raise DeliveryNotFound(delivery_id=delivery_id)
        if delivery.state in WAITING:
            failure = _try(delivery, at)
    if failure is not None and delivery.state == DeliveryState.FAILED:
        raise DeliveryFailed(failure.detail, delivery_id=delivery_id, attempts=delivery.attempts)
    return queries.delivery_row(delivery)


def _try(delivery: Delivery, at: datetime) -> DeliveryFailed | None:
    address = sealing.address_of(delivery)
    failure = _handed_over(delivery, address)
    delivery.attempts += 1
    delivery.tried_at = at
    if failure is None:
        delivery.state, delivery.sent_at, delivery.error = DeliveryState.SENT, at, ""
        Address.objects.filter(pk=delivery.pk).delete()
    else:
        is_last = isinstance(failure, DeliveryRefused) or delivery.attempts >= settings.HEZHI.delivery_attempts
        delivery.state = DeliveryState.GIVEN_UP if is_last else DeliveryState.FAILED
        delivery.error = failure.detail[:500]
    delivery.save(update_fields=["state", "attempts", "error", "tried_at", "sent_at"])
    return failure


def _handed_over(delivery: Delivery, address: str) -> DeliveryFailed | None:
    channel, notice = Channel(delivery.channel), delivery.notice
    problem = rules.address_problem(channel, address)
    if problem:
        return DeliveryRefused(problem)
    text = notice.text_en if notice.language == "en" else notice.text_zh
    message = Outgoing(
        token=delivery.token,
        channel=channel,
        address=address,
        subject=rules.subject_of(text),
        text=text,
        about=notice.about,
        at=notice.at,
    )
    try:
        senders.sender_for(channel).send(message)
    except DeliveryFailed as failure:
        return type(failure)(rules.without_address(failure.detail, address))
    return None
