"""A source in trouble is told of once per episode, and one trouble keeps no other source from being judged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Counts
from hezhi.flow.intake.tests.factories import AT, HOUSE, jsonl, officer, pack_base, regions_make, row, shelf_with
from hezhi.flow.supply import api as supply
from hezhi.flow.supply.contracts import SourcesTroubled, What
from hezhi.flow.supply.models import Episode
from hezhi.kit import bus
from hezhi.packkit.shape import Expectation
from hezhi.spine.calendar import api as calendar
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Right
from hezhi.spine.permissions.errors import NotAllowed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FRESH = {"value": 48, "unit": "hours", "source": "本地约定"}
OWED = Expectation.model_validate(
    {"id": "reports", "record": "report", "per": "day", "at_least": 0, "at_most": 2, "newest_within": FRESH}
)


@pytest.fixture
def told(db: None) -> Iterator[list[SourcesTroubled]]:
    """Two sources of one kind, and what is told of them."""
    heard: list[SourcesTroubled] = []
    before = dict(bus._table)
    bus._table[SourcesTroubled] = [heard.append]
    regions_make()
    calendar.calendar_seed()
    with shelf_with(pack_base().model_copy(update={"expectations": (OWED,)})):
        for code in ("hotline", "patrol"):
            intake.source_create(code=code, name=code, pack_id="demo_works", kind="report", by=HOUSE, at=AT)
        yield heard
    bus._table.clear()
    bus._table.update(before)


def take(code: str, *rows: dict[str, Any], days: float = 0, form: str = "jsonl", content: bytes = b"") -> None:
    given = content or jsonl(*rows)
    intake.batch_take(source=code, content=given, name="f", format=form, by=HOUSE, at=AT + days * DAY)


def standing() -> list[tuple[str, str, bool]]:
    rows = Episode.objects.select_related("source").order_by("id")
    return [(one.source.code, one.what, one.ended_at is None) for one in rows]


def test_a_silence_is_told_once_and_ends_with_the_next_row(told: list[SourcesTroubled]) -> None:
    take("hotline", row(1))
    take("patrol", row(2))
    assert supply.supply_judge(at=AT + 2 * DAY) == 0

    take("patrol", row(3), days=2)
    assert supply.supply_judge(at=AT + 3 * DAY) == 1
    assert supply.supply_judge(at=AT + 4 * DAY) == 0
    assert [(one.source_name, [episode.what for episode in one.episodes]) for one in told] == [
        ("hotline", [What.STALE])
    ]

    take("hotline", row(4), days=4)
    assert supply.supply_judge(at=AT + 4.5 * DAY) == 1  # patrol now
    assert standing() == [("hotline", "stale", False), ("patrol", "stale", True)]
    assert supply.supply_judge(at=AT + 9 * DAY) == 1  # hotline again, a new episode
    acts = [line.act for line in ledger.chains_lines(prefix="source:")]
    assert acts.count("source.trouble") == 3
    assert acts.count("source.well") == 1


def test_a_source_that_never_delivered_is_waited_for_from_the_day_it_was_set_up(told: list[SourcesTroubled]) -> None:
    take("hotline", row(1), days=1.5)
    assert supply.supply_judge(at=AT + 2 * DAY) == 0

    assert supply.supply_judge(at=AT + 3 * DAY) == 1

    assert standing() == [("patrol", "stale", True)]
    take("patrol", row(2), days=3)
    assert supply.supply_judge(at=AT + 3 * DAY) == 0
    assert standing() == [("patrol", "stale", False)]


def test_a_missing_column_is_told_and_the_other_source_is_judged_all_the_same(told: list[SourcesTroubled]) -> None:
    take("hotline", form="csv", content="来源编号,所在村社,发生时间\nR-1,339901001201,2026-03-01 09:00\n".encode())
    take("patrol", row(1), row(2), row(3))

    assert supply.supply_judge(at=AT) == 2

    assert standing() == [("hotline", "layout", True), ("patrol", "many", True)]
    assert "缺少“位置”" in told[0].episodes[0].says.zh
    take("hotline", row(9))
    assert supply.supply_judge(at=AT) == 0
    assert standing()[0] == ("hotline", "layout", False)


def test_a_source_that_was_switched_off_owes_nothing(told: list[SourcesTroubled]) -> None:
    take("hotline", row(1))
    take("patrol", row(2), days=5)
    supply.supply_judge(at=AT + 5 * DAY)
    intake.source_switch(code="hotline", is_active=False, by=HOUSE, at=AT)

    assert supply.supply_judge(at=AT + 6 * DAY) == 0
    assert standing() == [("hotline", "stale", False)]


def test_the_numbers_of_a_source_add_up(told: list[SourcesTroubled]) -> None:
    take("hotline", row(1), row(2, spot=None), row(3, region="999999"))
    take("hotline", row(1), row(1, details="改过了"), days=1)

    hotline, patrol = sorted(supply.supply_of(by=HOUSE, at=AT + DAY), key=lambda one: one.source.code)

    counts = intake.intake_counts(source="hotline")
    assert counts == Counts(rows=5, accepted=1, refused=1, held=2, repeated=1)
    assert (hotline.row_count, hotline.stopped_count, hotline.changed_count) == (4, 3, 1)
    assert sum(count for _, count in hotline.waiting) == 3
    assert dict(hotline.waiting)["missing"] == 1
    assert [(one.accepted, one.stopped) for one in hotline.days[-2:]] == [(1, 2), (0, 1)]
    assert len(hotline.days) == 30
    assert (patrol.newest_at, patrol.row_count, patrol.days[-1].accepted) == (None, 0, None)


def test_who_keeps_sources_or_supervises_sees_the_numbers_and_nobody_else(told: list[SourcesTroubled]) -> None:
    assert len(supply.supply_of(by=officer(Right.CASE_SUPERVISE), at=AT)) == 2
    assert len(supply.supply_of(by=HOUSE, at=AT)) == 2
    with pytest.raises(NotAllowed):
        supply.supply_of(by=officer(Right.RECORD_READ, Right.CASE_READ), at=AT)
