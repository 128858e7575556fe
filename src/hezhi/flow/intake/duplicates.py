"""Offers records that may be about the same matter, by the pack's own rules; a person decides.

Rights come before ranking: what the actor may not read is never compared, so that no likeness, count
or order gives it away.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q, QuerySet

from hezhi.flow.intake.contracts import DuplicateOffer, RecordState, RelationKind
from hezhi.flow.intake.errors import RecordNotFound
from hezhi.flow.intake.models import Record, Relation
from hezhi.flow.intake.queries import readable, record_row, shape_of
from hezhi.flow.intake.relations import ACTIVE_Q, group_ids
from hezhi.packkit.shape import Record as Shape
from hezhi.packkit.shape.records import Duplicate
from hezhi.services.text import api as text
from hezhi.spine.permissions.contracts import Actor

COMPARED = 1000  # records per rule, those nearest in time


def duplicates_suggest(*, record_id: int, by: Actor, size: int = 10) -> list[DuplicateOffer]:
    """Return records that a rule of the pack takes for the same matter, the likeliest first.

    Records already merged with this one, or found distinct from it by a person, are not offered again.
    Each record is offered once, by the rule that finds it most alike.

    Raises:
        RecordNotFound: the actor may not read the record.
    """
    record = readable(by).select_related("source").filter(id=record_id).first()
    if record is None:
        raise RecordNotFound(record=record_id)
    if record.happened_at is None or record.erased_at is not None:
        return []
    settled = {*group_ids(record_id=record_id), *_distinct_from(record_id)}
    rows = readable(by).filter(
        pack_id=record.pack_id,
        kind=record.kind,
        state=RecordState.ACCEPTED,
        revises__isnull=True,
        erased_at__isnull=True,
    )
    rows = rows.exclude(id__in=settled)
    shape = shape_of(record)
    offers: dict[int, DuplicateOffer] = {}
    for rule in shape.duplicates:
        for offer in _offers(record, shape, rule, rows):
            known = offers.get(offer.record.id)
            if known is None or offer.share > known.share:
                offers[offer.record.id] = offer
    return sorted(offers.values(), key=lambda one: (-one.share, abs(one.hours_apart), one.record.id))[:size]


def _distinct_from(record_id: int) -> set[int]:
    pairs = Relation.objects.filter(ACTIVE_Q, Q(low=record_id) | Q(high=record_id), kind=RelationKind.DISTINCT)
    return {other for pair in pairs.values_list("low_id", "high_id") for other in pair}


def _offers(record: Record, shape: Shape, rule: Duplicate, rows: QuerySet[Record]) -> list[DuplicateOffer]:
    condition = _same(record, shape, rule.same)
    if condition is None:
        return []
    assert record.happened_at is not None
    rows = rows.filter(condition)
    if rule.within_hours is not None:
        reach = timedelta(hours=rule.within_hours)
        rows = rows.filter(happened_at__range=(record.happened_at - reach, record.happened_at + reach))
    found = []
    for other in _nearest(record, rows):
        share = _likeness(record, other, rule)
        if share is not None:
            found.append(_offer(record, other, shape, rule, share))
    return found


def _nearest(record: Record, rows: QuerySet[Record]) -> Sequence[Record]:
    """Return the candidates nearest in time: half of them before, half after."""
    rows = rows.select_related("source")
    before = rows.filter(happened_at__lte=record.happened_at).order_by("-happened_at", "-id")[: COMPARED // 2]
    after = rows.filter(happened_at__gt=record.happened_at).order_by("happened_at", "id")[: COMPARED // 2]
    return [*before, *after]


def _same(record: Record, shape: Shape, names: Sequence[str]) -> Q | None:
    """Return the condition that the fields are the same; None when this record does not have them all.

    Secret fields never match: their values are not compared across reporters.
    """
    columns = {shape.place: ("region_code", record.region_code)}
    if shape.matter:
        columns[shape.matter] = ("matter", record.matter)
    condition = Q()
    for name in names:
        column, value = columns.get(name, (f"values__{name}", record.values.get(name, "")))
        if value in (None, "") or name in record.secrets:
            return None
        condition &= Q(**{column: value})
    return condition


def _likeness(record: Record, other: Record, rule: Duplicate) -> float | None:
    """Return how much the texts are alike, 1.0 where the rule compares none, None below the rule's share."""
    if rule.similar_field is None:
        return 1.0
    mine, theirs = (str(one.values.get(rule.similar_field, "")) for one in (record, other))
    share = text.similarity(mine, theirs)
    return share if share >= (rule.similarity_share or 0.0) and share > 0 else None


def _offer(record: Record, other: Record, shape: Shape, rule: Duplicate, share: float) -> DuplicateOffer:
    assert record.happened_at is not None
    assert other.happened_at is not None
    hours = (other.happened_at - record.happened_at).total_seconds() / 3600
    zh = [f"“{shape.fields[name].label.zh}”相同" for name in rule.same]
    en = [f"the same '{shape.fields[name].label.en}'" for name in rule.same]
    if rule.within_hours is not None:
        zh.append(f"相隔 {abs(hours):.0f} 小时")
        en.append(f"{abs(hours):.0f} hours apart")
    if rule.similar_field is not None:
        label = shape.fields[rule.similar_field].label
        zh.append(f"“{label.zh}”相似度 {share:.0%}")
        en.append(f"'{label.en}' {share:.0%} alike")
    return DuplicateOffer(record_row(other), rule.id, share, hours, "，".join(zh), ", ".join(en))
