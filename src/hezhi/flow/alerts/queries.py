"""Reads of the alerts room."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from hezhi.flow.alerts.contracts import AlertFilter, AlertRow, AlertState
from hezhi.flow.alerts.models import WAITING_Q, Alert, AlertItem, Trust
from hezhi.kit.errors import Invalid
from hezhi.kit.paging import Page, number_read
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Fields, Right, RowPlace
from hezhi.spine.reads.api import FixedRead, any_of

FIELDS = Fields(region="region_path", kind="alert")


class BadPage(Invalid):
    """This page address is damaged; start from the first page."""

    code = "bad_page"


def place_of(alert: Alert) -> RowPlace:
    return RowPlace(alert.region_path, ref=f"alert:{alert.id}")


def visible(by: Actor) -> QuerySet[Alert]:
    return Alert.objects.filter(permissions.scope_q(by, Right.ALERT_TRIAGE, FIELDS))


by_id = FixedRead(lambda given: Alert.objects.filter(id=given("alert_id")))
locked_by_id = FixedRead(lambda given: Alert.objects.select_for_update().filter(id=given("alert_id")))
waiting_about = FixedRead(
    lambda given: Alert.objects.filter(WAITING_Q, pack_id=given("pack_id"), subject=given("subject"))
)
items_about = FixedRead(
    lambda given: (
        AlertItem.objects.select_related("alert").filter(any_of("record_id", given("record_ids"))).order_by("id")
    )
)
items_of_hit = FixedRead(
    lambda given: AlertItem.objects.select_related("alert").filter(hit_id=given("hit_id")).order_by("id")
)
locked_waiting_about = FixedRead(
    lambda given: Alert.objects.select_for_update().filter(
        WAITING_Q, pack_id=given("pack_id"), subject=given("subject")
    )
)
trusts_in = FixedRead(
    lambda given: Trust.objects.filter(
        pack_id=given("pack_id"), subject=given("subject"), from_at__lte=given("at"), until_at__gt=given("at")
    )
)
items_of = FixedRead(lambda given: AlertItem.objects.filter(alert_id=given("alert_id")).order_by("id"))


def item_said(*, record_id: int | None, hit_id: int | None) -> AlertItem | None:
    """Return the item that a record or a hit became, None when it became none."""
    if hit_id is not None:
        return items_of_hit.first(hit_id=hit_id)
    return items_about.first(record_ids=[record_id])


def alert_row(alert: Alert) -> AlertRow:
    """Return an alert as others see it; its items are asked for unless they were fetched with it."""
    is_fetched = "items" in getattr(alert, "_prefetched_objects_cache", {})
    items = sorted(alert.items.all(), key=lambda item: item.id) if is_fetched else items_of.all(alert_id=alert.id)
    return AlertRow(
        id=alert.id,
        number=alert.number,
        pack=alert.pack,
        pack_id=alert.pack_id,
        title=alert.title,
        subject=alert.subject,
        matter=alert.matter,
        region_code=alert.region_code,
        region_path=alert.region_path,
        grade=alert.grade,
        reasons=tuple((zh, en) for zh, en in alert.reasons),
        grade_until_at=alert.grade_until_at,
        state=AlertState(alert.state),
        record_ids=tuple(item.record_id for item in items if item.record_id is not None),
        hit_ids=tuple(item.hit_id for item in items if item.hit_id is not None),
        raised_at=alert.raised_at,
        due_at=alert.due_at,
        snoozed_until=alert.snoozed_until,
        verdict=alert.verdict,
        decision_reason=alert.decision_reason,
        decided_by=alert.decided_by,
        case_id=alert.case_id,
    )


def alert_page(*, by: Actor, wanted: AlertFilter, cursor: str = "", size: int = 50) -> Page[AlertRow]:
    """Return alerts the actor may triage, those owed first on top; merged-in reports are not shown twice."""
    rows = visible(by).filter(state__in=wanted.states)
    if wanted.pack_id:
        rows = rows.filter(pack_id=wanted.pack_id)
    if wanted.grade:
        rows = rows.filter(grade=wanted.grade)
    if wanted.text:
        rows = rows.filter(Q(title__icontains=wanted.text) | Q(number__iexact=wanted.text.strip()))
    start = number_read(cursor or "0")
    if start is None:
        raise BadPage(cursor=cursor)
    found = list(rows.order_by("due_at", "id").prefetch_related("items")[start : start + size + 1])
    following = str(start + size) if len(found) > size else ""
    return Page(tuple(alert_row(one) for one in found[:size]), following)


@guard.house_read
def alerts_hits(*, alert_ids: Collection[int]) -> list[int]:
    """Return the ids of the hits that raised alerts; for rooms only."""
    rows = AlertItem.objects.filter(alert_id__in=list(alert_ids), hit_id__isnull=False).order_by("hit_id")
    return list(rows.values_list("hit_id", flat=True))
