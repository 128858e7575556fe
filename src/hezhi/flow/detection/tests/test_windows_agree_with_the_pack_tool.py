"""Counting in SQL finds exactly the hits of the pack tool's pure function, whatever arrives in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hezhi.flow.detection.contracts import HitFound
from hezhi.flow.detection.models import Hit, Sight
from hezhi.flow.detection.tests.factories import count, days, detector, pack_with, watching
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.models import Record
from hezhi.flow.intake.tests.factories import AT, HOUSE, OTHER_VILLAGE, VILLAGE, row, source_make
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Detector, Pack

pytestmark = pytest.mark.usefixtures("village")
START = datetime(2026, 1, 1, 1, 0, tzinfo=UTC)

ROWS = st.lists(
    st.tuples(
        st.sampled_from([VILLAGE, OTHER_VILLAGE]),
        st.sampled_from(["东门", "西门"]),
        st.integers(0, 24).map(lambda half_days: START + timedelta(hours=12 * half_days)),
        st.sampled_from([None, None, None, "damage", "told_in_confidence"]),
    ),
    min_size=1,
    max_size=14,
)
WITHHELD_BEFORE_A_HIT = [
    (VILLAGE, "东门", START + timedelta(hours=12), None),
    (VILLAGE, "东门", START, "told_in_confidence"),
]
DETECTORS = st.builds(
    lambda within, at_least, quiet, per: detector(
        within=days(within), at_least=count(at_least), quiet=days(quiet), per=per, shadow=False
    ),
    st.integers(1, 6),
    st.integers(1, 4),
    st.integers(0, 5),
    st.sampled_from([("region", "spot"), ("region",), ("spot", "kind")]),
)


def written(rows) -> list[dict[str, Any]]:
    return [
        row(number, region=region, spot=spot, happened_at=at.isoformat(), kind=matter)
        for number, (region, spot, at, matter) in enumerate(rows)
    ]


def told(hits: list[HitFound]) -> list[tuple[Any, ...]]:
    keys = dict(Record.objects.values_list("id", "source_key"))
    return [(hit.subject, hit.count, [keys[one] for one in hit.record_ids]) for hit in hits]


def one_by_one(pack: Pack, watched: Detector, rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Count as the pack tool does at the arrival of each record, on the rows its window can reach."""
    found, quiet = [], {}
    for place, arrived in enumerate(rows, start=1):
        reach = packkit.window_reach(watched, packkit.moment_of(arrived["happened_at"]))
        near = [one for one in rows[:place] if reach[0] <= packkit.moment_of(one["happened_at"]) <= reach[1]]
        for hit in packkit.count_window(pack, watched, near, quiet).hits:
            # Windows without it were judged when their own records arrived; here some of them are cut short.
            if arrived["report_no"] in hit.keys:
                quiet[hit.subject] = hit.last_at + packkit.span_of(watched.quiet)
                found.append((hit.subject, hit.count, list(hit.keys)))
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, DETECTORS)
@example(WITHHELD_BEFORE_A_HIT, detector(within=days(1), at_least=count(1), quiet=days(0), shadow=False))
def test_each_arrival_raises_what_the_pure_count_raises(rows, watched):
    pack, sent = pack_with(watched), written(rows)

    with watching(pack) as heard:
        _send(sent)
        found = told(heard)

    assert found == one_by_one(pack, watched, sent)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, DETECTORS)
def test_records_that_arrive_as_they_happened_raise_what_a_replay_of_all_raises(rows, watched):
    pack, sent = pack_with(watched), written(sorted(rows, key=lambda one: one[2]))

    with watching(pack) as heard:
        _send(sent)
        found = told(heard)

    whole = packkit.count_window(pack, watched, sent)
    assert found == [(hit.subject, hit.count, list(hit.keys)) for hit in whole.hits]
    assert Sight.objects.filter(is_withheld=True).count() <= whole.withheld_count


def _send(rows: list[dict[str, Any]]) -> None:
    for table in (Hit, Sight, Record):
        table.objects.all().delete()
    if not intake.sources_all(by=HOUSE):
        _send.token = source_make()  # type: ignore[attr-defined]
    counts = intake.push_take(token=_send.token, rows=rows, at=AT).counts  # type: ignore[attr-defined]
    assert counts.accepted == len(rows)
