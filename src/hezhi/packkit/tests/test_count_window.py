"""The count in a window: exact at its limits, blind to the order of arrival, quiet after a hit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hezhi.packkit.api import Pack, count_window, subject_of, window_reach
from hezhi.packkit.shape import Detector

START = datetime(2026, 3, 1, tzinfo=UTC)


def row(key: str, hours: float, spot: str | None = "gate", kind: str = "flower_bed") -> dict[str, Any]:
    return {
        "report_no": key,
        "region": "339901001201",
        "spot": spot,
        "kind": kind,
        "happened_at": START + timedelta(hours=hours),
    }


@pytest.fixture
def often(works: Pack) -> Detector:
    """At least 3 per region and spot within 30 days, quiet for 30 days."""
    return works.detectors[0]


def change(detector: Detector, **params: tuple[int, str]) -> Detector:
    units = {
        name: getattr(detector, name).model_copy(update={"value": v, "unit": u}) for name, (v, u) in params.items()
    }
    return detector.model_copy(update=units)


def test_the_third_record_at_the_exact_end_of_the_window_counts(works: Pack, often: Detector) -> None:
    hits = count_window(works, often, [row("a", 0), row("b", 5), row("c", 720)]).hits

    assert [(hit.subject, hit.count, hit.keys) for hit in hits] == [("339901001201|gate", 3, ("a", "b", "c"))]
    assert (hits[0].first_at, hits[0].last_at) == (START, START + timedelta(days=30))


def test_a_second_later_the_first_record_has_left_the_window(works: Pack, often: Detector) -> None:
    assert count_window(works, often, [row("a", 0), row("b", 5), row("c", 720 + 1 / 3600)]).hits == ()


def test_the_same_key_counts_once(works: Pack, often: Detector) -> None:
    assert count_window(works, often, [row("a", 0), row("a", 1), row("a", 2)]).hits == ()


def test_after_a_hit_the_subject_stays_quiet_but_is_counted_on(works: Pack, often: Detector) -> None:
    detector = change(often, quiet=(10, "hours"))

    hits = count_window(works, detector, [row(str(hour), hour) for hour in range(15)]).hits

    assert [(hit.last_at, hit.count) for hit in hits] == [
        (START + timedelta(hours=2), 3),
        (START + timedelta(hours=12), 13),
    ]


def test_a_subject_hit_before_stays_quiet_until_its_moment(works: Pack, often: Detector) -> None:
    rows, subject = [row("a", 0), row("b", 1), row("c", 2)], "339901001201|gate"

    late = count_window(works, often, rows, {subject: START + timedelta(hours=3)})
    early = count_window(works, often, rows, {subject: START + timedelta(hours=2)})

    assert (len(late.hits), len(early.hits)) == (0, 1)


def test_records_that_cannot_be_used_are_told_one_by_one(works: Pack, often: Detector) -> None:
    result = count_window(works, often, [row("a", 0, spot=None), {**row("b", 0), "happened_at": "soon"}, row("", 0)])

    assert [(one.key, one.cause) for one in result.skipped] == [
        ("a", "a field that names the subject is missing"),
        ("b", "'happened_at' is not a moment"),
        ("", "'report_no' is missing"),
    ]


def test_confidential_matters_never_feed_a_count(works: Pack, often: Detector) -> None:
    result = count_window(works, often, [row(str(n), n, kind="told_in_confidence") for n in range(9)])

    assert (result.hits, result.skipped, result.withheld_count) == ((), (), 9)


def test_text_moments_are_city_time(works: Pack, often: Detector) -> None:
    rows = [{**row(key, 0), "happened_at": f"2026-03-01 08:0{n}"} for n, key in enumerate("abc")]

    assert count_window(works, often, rows).hits[0].first_at == datetime(2026, 3, 1, tzinfo=UTC)


def test_who_checks_one_record_needs_only_its_reach(works: Pack, often: Detector) -> None:
    from_at, to_at = window_reach(often, START)

    assert (START - from_at, to_at - START) == (timedelta(days=30), timedelta(days=30))
    assert subject_of(often, row("a", 0)) == "339901001201|gate"
    assert subject_of(often, row("a", 0, spot="")) is None


arrivals = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["gate", "pond"])), min_size=0, max_size=40)


@given(arrivals, st.randoms(), st.integers(1, 5), st.integers(1, 20), st.integers(1, 20))
def test_hits_do_not_depend_on_the_order_and_agree_with_counting_by_hand(
    works: Pack, given_at: list[tuple[int, str]], chance: Any, at_least: int, within: int, quiet: int
) -> None:
    detector = change(
        works.detectors[0], at_least=(at_least, "count"), within=(within, "hours"), quiet=(quiet, "hours")
    )
    rows = [row(f"{n:03}", hour, spot) for n, (hour, spot) in enumerate(given_at)]
    shuffled = list(rows)
    chance.shuffle(shuffled)

    told = [(hit.values["spot"], hit.last_at, hit.count) for hit in count_window(works, detector, shuffled).hits]

    assert told == [(s, START + timedelta(hours=h), n) for s, h, n in by_hand(given_at, at_least, within, quiet)]


def by_hand(given_at: list[tuple[int, str]], at_least: int, within: int, quiet: int) -> list[tuple[str, int, int]]:
    """The same rule, written down as slowly as possible."""
    ordered = sorted((hour, n, spot) for n, (hour, spot) in enumerate(given_at))
    hits: list[tuple[str, int, int]] = []
    for place, (hour, _, spot) in enumerate(ordered):
        count = sum(1 for h, _, s in ordered[: place + 1] if s == spot and h >= hour - within)
        is_quiet = any(s == spot and hour < h + quiet for s, h, _ in hits)
        if count >= at_least and not is_quiet:
            hits.append((spot, hour, count))
    return hits
