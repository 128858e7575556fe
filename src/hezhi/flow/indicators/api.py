"""The door of the indicators room: numbers from the ledger, and nothing but the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from hezhi.flow.indicators.contracts import IndicatorValue, Lineage
from hezhi.flow.indicators.errors import ValueNotFound
from hezhi.flow.indicators.lineage import CASES_MOST, lineage_make
from hezhi.flow.indicators.models import Value
from hezhi.flow.indicators.rules import CaseFacts, fold, measure, parts_sum
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Indicator
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Fields, Right
from hezhi.spine.permissions.errors import NotAllowed

__all__ = ["indicator_lineage", "indicators_compute", "indicators_page", "indicators_recompute"]


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


@guard.act
def indicators_recompute(*, at: datetime) -> int:
    """Replace all stored values by what the ledger says now; return how many values there are."""
    values = indicators_compute()
    Value.objects.all().delete()
    Value.objects.bulk_create(
        [
            Value(
                pack_id=one.pack_id, indicator=one.indicator, period=one.period, by=one.by, group=one.group,
                region_path=one.region_path, numerator=one.numerator, denominator=one.denominator, value=one.value,
                computed_at=at,
            )
            for one in values
        ],
        batch_size=2000,
    )  # fmt: skip
    return len(values)


def indicators_page(*, by: Actor, pack_id: str, dimension: str = "") -> list[tuple[Indicator, list[IndicatorValue]]]:
    """Return a pack's indicators with the stored values the actor may read, oldest month first.

    A value is read by whoever may read indicators of the whole region that holds the cases it counts. Who may
    not read the whole of a month gets the sum of the regions in reach instead, marked ``is_part``; a median
    has no such sum. Values below ``hide_below`` come with ``is_hidden`` and without any number.

    Raises:
        NotAllowed: the actor may not read indicators anywhere.
    """
    if permissions.scopes(by, Right.INDICATOR_READ).is_empty:
        raise NotAllowed(right=Right.INDICATOR_READ)
    pack = packkit.shelf().get(pack_id)
    in_reach = permissions.scope_q(by, Right.INDICATOR_READ, Fields(region="region_path"))
    wanted = (dimension,) if dimension else ("", "region")
    stored: dict[str, list[IndicatorValue]] = {}
    for value in Value.objects.filter(in_reach, pack_id=pack_id, by__in=wanted).order_by("period", "group"):
        stored.setdefault(value.indicator, []).append(_row(value))
    shown = {one.id: _of_dimension(one, dimension, stored.get(one.id, [])) for one in pack.indicators}
    return [(one, [_shown(one, value) for value in shown[one.id]]) for one in pack.indicators]


def indicator_lineage(
    *,
    by: Actor,
    pack_id: str,
    indicator: str,
    period: str,
    dimension: str = "",
    group: str = "",
    most: int = CASES_MOST,
) -> Lineage:
    """Return what one value of `indicators_page` rests on, recomputed from the ledger, as far as the actor may know.

    Numbers that are read by whoever may read the indicator; case numbers by who may read the case; names and hashes of
    files by who keeps sources.

    Raises:
        NotAllowed: the actor may not read indicators anywhere.
        ValueNotFound: there is no such value, or it is too small to be shown.
        LineageTooLong: the month has more than ``most`` cases.
    """
    for one, values in indicators_page(by=by, pack_id=pack_id, dimension=dimension):
        for value in values:
            if (one.id, value.period, value.group) == (indicator, period, group):
                return lineage_make(indicator=one, value=value, by=by, most=most)
    raise ValueNotFound(indicator=indicator[:48])


def _of_dimension(indicator: Indicator, dimension: str, stored: list[IndicatorValue]) -> list[IndicatorValue]:
    """Return the values of a dimension; for the whole, months without one get the sum of their regions."""
    values = [one for one in stored if one.by == dimension]
    if dimension:
        return values
    whole = {one.period for one in values}
    parts = [one for one in stored if one.by == "region" and one.period not in whole]
    sums = [parts_sum(indicator, list(members)) for _, members in groupby(parts, key=lambda one: one.period)]
    return sorted([*values, *(one for one in sums if one)], key=lambda one: one.period)


def _row(value: Value) -> IndicatorValue:
    return IndicatorValue(
        value.pack_id, value.indicator, value.period, value.by, value.group, value.numerator, value.denominator,
        value.value, is_hidden=False, computed_at=value.computed_at, region_path=value.region_path,
    )  # fmt: skip


def _shown(indicator: Indicator, value: IndicatorValue) -> IndicatorValue:
    if value.denominator < indicator.hide_below:
        # The counts behind a small number would give it away.
        return replace(value, numerator=0, denominator=0, value=None, is_hidden=True)
    return value
