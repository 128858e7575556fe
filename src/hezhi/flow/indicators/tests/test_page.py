"""Who reads indicators, and what small numbers show: nothing."""

from __future__ import annotations

from hezhi.flow.cases.tests.factories import BELL, LAMP, Lamps, moment, refused
from hezhi.flow.indicators import api as indicators
from hezhi.flow.indicators.contracts import IndicatorValue
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.permissions.errors import NotAllowed

AT = moment("03-03 09:00")
HERE = "890000.890100.890101.890101001000.890101001001"  # where the lamps of the factories stand
LAMP_OUT = ("lamp_out", "on_time", "2026-03", "", "")


def on_time(lamps: Lamps, dimension: str = "") -> list[IndicatorValue]:
    told = indicators.indicators_page(by=lamps.by("coordinator"), pack_id="lamp_out", dimension=dimension)
    return next(values for indicator, values in told if indicator.id == "on_time")


def test_a_page_tells_every_indicator_of_the_pack_with_its_values(lamps: Lamps) -> None:
    lamps.closed()
    lamps.closed()
    indicators.indicators_recompute(at=AT)

    told = indicators.indicators_page(by=lamps.by("coordinator"), pack_id="lamp_out")

    assert [indicator.id for indicator, _ in told] == ["on_time", "days", "returned", "content"]
    assert on_time(lamps) == [IndicatorValue(*LAMP_OUT, 2, 2, 1.0, is_hidden=False, computed_at=AT, region_path=HERE)]
    agency = ("lamp_out", "on_time", "2026-03", "agency", str(lamps.agency(LAMP)))
    assert on_time(lamps, "agency") == [
        IndicatorValue(*agency, 2, 2, 1.0, is_hidden=False, computed_at=AT, region_path=HERE)
    ]


def test_a_number_over_too_few_cases_is_hidden_with_its_counts(lamps: Lamps) -> None:
    lamps.closed()
    indicators.indicators_recompute(at=AT)

    assert on_time(lamps) == [IndicatorValue(*LAMP_OUT, 0, 0, None, is_hidden=True, computed_at=AT, region_path=HERE)]


def test_nothing_is_shown_before_anything_was_computed(lamps: Lamps) -> None:
    lamps.closed()

    assert on_time(lamps) == []


def test_who_has_no_right_to_indicators_reads_none(lamps: Lamps) -> None:
    for who in (lamps.by(BELL), Actor.citizen("JL1"), Actor("person:0", "nobody")):
        with refused(NotAllowed):
            indicators.indicators_page(by=who, pack_id="lamp_out")
