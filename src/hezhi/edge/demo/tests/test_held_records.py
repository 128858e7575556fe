"""A held record gets its robot as soon as it is held, not only when a killed replay begins again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hezhi.edge.demo.arrivals import Delivery
from hezhi.edge.demo.city import City, city_read
from hezhi.edge.demo.loading import city_load
from hezhi.edge.demo.replay import Replay
from hezhi.edge.demo.setting import stage_set
from hezhi.edge.demo.watching import Watch
from hezhi.edge.demo.world import Plan
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordFilter, RecordState
from hezhi.kit.moments import day_starts_at
from hezhi.project.options import ROOT
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("tests")


def held_count() -> int:
    return intake.record_count(by=HOUSE, wanted=RecordFilter(states=(RecordState.HELD,)))


def first_changed(city: City, deliveries: list[Delivery]) -> list[Delivery]:
    """Return a row that its source changes later, as it comes first and as it comes again."""
    again = next(one for one in deliveries if any("changed" in row.tags for row in one.rows))
    changed = next(row for row in again.rows if "changed" in row.tags)
    first = next(
        replace(one, rows=(row,))
        for one in deliveries
        for row in one.rows
        if (row.pack, row.stream, row.key) == (changed.pack, changed.stream, changed.key) and row != changed
    )
    return [replace(first, is_bent=False), replace(again, rows=(changed,), is_bent=False)]


def test_a_change_that_comes_too_late_is_refused_in_the_same_run() -> None:
    city = city_read(ROOT / "city")
    city_load(city, at=day_starts_at(city.first_day - timedelta(days=1)))
    replay = Replay(city, days=city.file.days)
    replay._stage = stage_set(city)

    with Watch() as watch:
        replay._watch = watch
        for delivery in first_changed(city, replay._stage.deliveries):
            replay._act(
                ("delivery", delivery.key), Plan(delivery.at, delivery.key, lambda p, d=delivery: replay._deliver(d, p))
            )
        assert held_count() == 1
        while (found := replay._queue.pop(replay._until)) is not None:
            replay._act(*found)
            if found[0][0] == "record":
                break

    assert held_count() == 0
