"""The door of the indicators room: numbers from the ledger, and nothing but the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from django.db import transaction

from hezhi.flow.indicators.contracts import IndicatorValue
from hezhi.flow.indicators.models import Value
from hezhi.flow.indicators.rules import CaseFacts, fold, measure
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Indicator
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.permissions.errors import NotAllowed

__all__ = ["indicators_compute", "indicators_page", "indicators_recompute"]


def _facts() -> Iterator[CaseFacts]:
    for _, lines in groupby(ledger.chains_lines(prefix="case:"), key=lambda line: line.chain):
        yield fold(lines)


def indicators_compute() -> list[IndicatorValue]:
    """Compute every indicator of every pack from the ledger, writing nothing."""
    cases = list(_facts())
    return [
        value
        for pack in packkit.shelf().packs()
        for indicator in pack.indicators
        for value in measure(pack.id, indicator, cases)
    ]


@transaction.atomic
def indicators_recompute(*, at: datetime) -> int:
    """Replace all stored values by what the ledger says now; return how many values there are."""
    values = indicators_compute()
    Value.objects.all().delete()
    Value.objects.bulk_create(
        [
            Value(
                pack_id=one.pack_id, indicator=one.indicator, period=one.period, by=one.by, group=one.group,
                numerator=one.numerator, denominator=one.denominator, value=one.value, computed_at=at,
            )
            for one in values
        ],
        batch_size=2000,
    )  # fmt: skip
    return len(values)


def indicators_page(*, by: Actor, pack_id: str, dimension: str = "") -> list[tuple[Indicator, list[IndicatorValue]]]:
    """Return a pack's indicators with their stored values, oldest month first.

    Values below ``hide_below`` come with ``is_hidden`` and without any number.

    Raises:
        NotAllowed: the actor may not read indicators anywhere.
    """
    if permissions.scopes(by, Right.INDICATOR_READ).is_empty:
        raise NotAllowed(right=Right.INDICATOR_READ)
    pack = packkit.shelf().get(pack_id)
    stored: dict[str, list[Value]] = {}
    for value in Value.objects.filter(pack_id=pack_id, by=dimension).order_by("period", "group"):
        stored.setdefault(value.indicator, []).append(value)
    return [(one, [_row(one, value) for value in stored.get(one.id, [])]) for one in pack.indicators]


def _row(indicator: Indicator, value: Value) -> IndicatorValue:
    told = (value.pack_id, value.indicator, value.period, value.by, value.group)
    if value.denominator < indicator.hide_below:
        # The counts behind a small number would give it away.
        return IndicatorValue(*told, 0, 0, None, is_hidden=True, computed_at=value.computed_at)
    counts = (value.numerator, value.denominator, value.value)
    return IndicatorValue(*told, *counts, is_hidden=False, computed_at=value.computed_at)
