"""A chart tells the numbers of its table, and never a number that may not be shown."""

import re
from xml.etree import ElementTree

import pytest

from hezhi.edge.web.charts import Point, Words, chart_svg, ticks_for

WORDS = Words(id="c1", title="Closed cases", unit="cases", too_few="too few", nothing="nothing yet")


def texts(svg: str, kind: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(svg).iter() if one.get("class") == kind]


def test_a_count_is_a_column_as_high_as_its_share_of_the_axis() -> None:
    svg = chart_svg([Point("2026-01", 4.0), Point("2026-02", 8.0)], unit="count", words=WORDS)

    heights = [float(one) for one in re.findall(r'height="([\d.]+)"/>', svg)]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)
    assert texts(svg, "chart-value") == ["4", "8"]


def test_a_hidden_value_is_said_to_be_too_few_and_draws_nothing() -> None:
    svg = chart_svg([Point("2026-01", 0.5), Point("2026-02", None, is_hidden=True)], unit="share", words=WORDS)

    assert svg.count("<circle") == 1
    assert "too few" in texts(svg, "chart-note")
    assert texts(svg, "chart-value") == ["50%"]


def test_a_gap_breaks_the_line() -> None:
    values = [1.0, 2.0, None, 3.0, 4.0]
    svg = chart_svg([Point(str(n), v) for n, v in enumerate(values)], unit="days", words=WORDS)

    assert svg.count("<polyline") == 2
    assert svg.count("<circle") == 4


def test_a_chart_without_numbers_says_so() -> None:
    svg = chart_svg([Point("2026-01", None)], unit="count", words=WORDS)

    assert texts(svg, "chart-note") == ["nothing yet"]
    assert "<rect" not in svg


def test_words_of_readers_cannot_break_out_of_the_picture() -> None:
    svg = chart_svg([Point("<b>", 1.0)], unit="count", words=Words("c", '"><script>', "<i>", "f", "n"))

    assert "<script>" not in svg and "<b>" not in svg
    ElementTree.fromstring(svg)


def test_a_picture_has_a_name_for_those_who_do_not_see_it() -> None:
    root = ElementTree.fromstring(chart_svg([Point("2026-01", 1.0)], unit="count", words=WORDS))

    title = root[0]
    assert root.get("aria-labelledby") == title.get("id")
    assert title.text == "Closed cases"


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, (0.0, 0.5, 1.0)),
        (1, (0.0, 0.5, 1.0)),
        (7, (0.0, 2.0, 4.0, 6.0, 8.0)),
        (100, (0.0, 50.0, 100.0)),
        (1234, (0.0, 500.0, 1000.0, 1500.0)),
    ],
)
def test_axis_values_are_round_and_reach_the_highest(most: float, expected: tuple[float, ...]) -> None:
    assert ticks_for(most) == expected


@pytest.mark.parametrize(("most", "expected"), [(0, (0.0, 1.0, 2.0)), (1, (0.0, 1.0, 2.0)), (3, (0.0, 1.0, 2.0, 3.0))])
def test_an_axis_of_counts_has_no_halves(most: float, expected: tuple[float, ...]) -> None:
    assert ticks_for(most, is_whole=True) == expected
