"""From a number back to what it rests on: cases, the hits and records that led to them, and the delivered files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby

from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.detection import api as detection
from hezhi.flow.indicators.contracts import FileUse, IndicatorValue, Lineage
from hezhi.flow.indicators.errors import LineageTooLong, ValueNotFound
from hezhi.flow.indicators.rules import CaseFacts, fold, rests_on
from hezhi.flow.intake import api as intake
from hezhi.kit.moments import day_starts_at
from hezhi.packkit.shape import Indicator
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right, RowPlace

CASES_MOST = 2_000  # cases of a month gone through at once


def lineage_make(*, indicator: Indicator, value: IndicatorValue, by: Actor, most: int = CASES_MOST) -> Lineage:
    """Return what a value rests on that the actor may read; `indicators_page` gave it.

    Raises:
        ValueNotFound: the value is hidden.
        LineageTooLong: the month has more than ``most`` cases.
    """
    if value.is_hidden:
        raise ValueNotFound(indicator=indicator.id)
    facts = _facts(indicator, value, most)
    if value.is_part:  # the reader's own regions were summed up
        facts = {
            id_: one for id_, one in facts.items()
            if permissions.may(by, Right.INDICATOR_READ, RowPlace(one.region_path))
        }  # fmt: skip
    over, counted = rests_on(indicator, value.period, value.by, value.group, facts)
    record_ids, alert_ids = cases.case_basis(case_ids=over)
    hits, snapshots, found_ids = detection.hits_basis(hit_ids=alerts.alerts_hits(alert_ids=alert_ids))
    record_ids = sorted({*record_ids, *found_ids})
    files, form_count = intake.record_files(record_ids=record_ids)
    uses = (FileUse(*one) for one in files)
    if not permissions.may_everywhere(by, Right.SOURCE_MANAGE):
        uses = (replace(one, name="", content="") for one in uses)
    return Lineage(
        value=value,
        case_count=len(over),
        counted_count=len(counted),
        cases=tuple(cases.cases_readable(case_ids=over, by=by)),
        record_count=len(record_ids),
        form_count=form_count,
        hits=tuple(hits),
        snapshots=tuple(snapshots),
        files=tuple(uses),
    )


@guard.house_read
def _facts(indicator: Indicator, value: IndicatorValue, most: int) -> dict[int, CaseFacts]:
    from_at, to_at = month_of(value.period)
    ids = cases.case_ids_of(
        pack_id=value.pack_id, from_at=from_at, to_at=to_at, is_closed=indicator.period_of == "closed", most=most + 1
    )
    if len(ids) > most:
        raise LineageTooLong(cases=most)
    lines = ledger.chains_lines_of(chains=[f"case:{one}" for one in ids])
    return {int(chain.removeprefix("case:")): fold(rows) for chain, rows in groupby(lines, key=lambda one: one.chain)}


def month_of(period: str) -> tuple[datetime, datetime]:
    """Return when a month such as ``2026-03`` begins and ends (excluded) in the city."""
    first = date.fromisoformat(f"{period}-01")
    return day_starts_at(first), day_starts_at((first + timedelta(days=31)).replace(day=1))
