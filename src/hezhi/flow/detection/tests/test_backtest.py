"""A back-test knows each day what was known then, says how much was true, and the same snapshot gives the same text."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from hezhi.flow.detection import api
from hezhi.flow.detection.models import Hit
from hezhi.flow.detection.tests.factories import number, pack_scanning, scan, watching
from hezhi.flow.intake.tests.factories import AT, HOUSE, VILLAGE
from hezhi.kit.moments import CITY_ZONE
from hezhi.packkit.api import lake_row
from hezhi.services.lake import api as lake

pytestmark = pytest.mark.usefixtures("village")
BOUNDED = {"least": {**number(3, "count"), "at_least": 2, "at_most": 6}}
DAYS: dict[str, Any] = {"pack_id": "demo_works", "first_on": date(2026, 2, 1), "last_on": date(2026, 2, 20)}
PACK = pack_scanning(scan(params=BOUNDED))


def put(*seen: tuple[str, int, int]) -> None:
    """Put rows into the lake: spot, day it happened, day it arrived."""
    rows = []
    for number_, (spot, day, arrived) in enumerate(seen):
        happened = datetime(2026, 2, day, 9, tzinfo=CITY_ZONE)
        received = datetime(2026, 2, arrived, 10, tzinfo=CITY_ZONE)
        key = f"{spot}-{day:02d}-{number_:03d}"
        values = {"region": VILLAGE, "spot": spot}
        rows.append(lake_row(PACK.record("report"), values, key=key, happened_at=happened, received_at=received))
    lake.rows_put(pack_id=PACK.id, record=PACK.record("report"), rows=rows, source="delivery.csv", at=AT)


def text(**more: Any) -> str:
    return "\n".join(api.backtest_lines(api.backtest_run(**DAYS, **more)))


def test_a_row_that_came_late_is_found_on_the_day_it_came() -> None:
    with watching(PACK):
        put(("东门", 1, 1), ("东门", 2, 2), ("东门", 3, 9), ("西门", 4, 4), ("西门", 5, 5), ("西门", 6, 6))
        [told] = api.backtest_run(**DAYS).scans

    assert told.by_day == ((date(2026, 2, 6), 1), (date(2026, 2, 9), 1))
    assert [(one.subject, one.first.at.day) for one in told.episodes] == [
        (f"{VILLAGE}|东门", 3),
        (f"{VILLAGE}|西门", 6),
    ]


def test_the_same_snapshot_gives_the_same_text_and_a_later_batch_says_what_changed() -> None:
    with watching(PACK):
        put(("东门", 1, 1), ("东门", 2, 2), ("东门", 3, 3))
        first = lake.snapshot_newest()
        before = api.backtest_run(**DAYS)
        once, twice = text(snapshot=first), text(snapshot=first)
        put(("西门", 4, 4), ("西门", 5, 5), ("西门", 6, 6))
        after = api.backtest_run(**DAYS)
        lines = api.backtest_lines(after, earlier=before)

        assert once == twice == text(snapshot=first)

    assert f"  since snapshot {first}: 1 new, 0 gone, 0 with other facts" in lines


def test_other_thresholds_are_told_beside_the_present_one_by_overlap() -> None:
    with watching(PACK):
        put(*(("东门", day, day) for day in (1, 2, 3, 4, 5)), ("西门", 4, 4), ("西门", 5, 5))
        [told] = api.backtest_run(**DAYS).scans

    shown = [
        (one.value, one.tried.episode_count, one.kept_count, one.gone_count, one.new_count) for one in told.thresholds
    ]
    assert shown == [(2, 2, 1, 0, 1), (4, 1, 1, 0, 0), (5, 1, 1, 0, 0), (6, 0, 0, 1, 0)]


def test_below_thirty_labels_it_says_unmeasured_and_above_it_gives_an_interval() -> None:
    spots = [f"门{one}" for one in range(40)]
    with watching(PACK):
        put(*((spot, day, day) for spot in spots for day in (1, 2, 3)))
        api.detect_run(at=AT)
        hits = list(Hit.objects.order_by("id"))
        for hit in hits[:20]:
            api.hit_label(hit_id=hit.id, verdict="true", by=HOUSE, at=AT)
        few = text()
        for hit in hits[20:]:
            api.hit_label(hit_id=hit.id, verdict="false", by=HOUSE, at=AT + timedelta(hours=1))
        many = text()
        [proposal] = api.proposals_of(pack_id=PACK.id)

    assert "precision unmeasured (n = 20)" in few
    assert "precision 0.500 (0.352 to 0.648, n = 40)   of the known true found unmeasured (n = 20)" in many
    assert "alerts 40, 2.00 per officer-day (1 officers), most on one day 40" in many
    assert (proposal.kind, proposal.detector) == ("keep", "often_seen")


def test_a_detector_that_is_nearly_always_wrong_is_proposed_for_retirement() -> None:
    spots = [f"门{one}" for one in range(40)]
    with watching(PACK):
        put(*((spot, day, day) for spot in spots for day in (1, 2, 3)))
        api.detect_run(at=AT)
        for number_, hit in enumerate(Hit.objects.order_by("id")):
            api.hit_label(hit_id=hit.id, verdict="false" if number_ else "true", by=HOUSE, at=AT)
        [proposal] = api.proposals_of(pack_id=PACK.id)

    assert proposal.kind == "retire"
    assert proposal.because.en.startswith("right in 1 of 40 judged, 0.004 to 0.129 with 95 % certainty")
