"""Each kind of scan finds exactly what it promises, on the embedded engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hezhi.packkit.engines.duck import DuckEngine
from hezhi.packkit.expressions import ExpressionBad
from hezhi.packkit.scans.compile import Span
from hezhi.packkit.scans.plan import DAY, micros, scan_sql
from hezhi.packkit.scans.run import ScanHit, episodes, scan_run
from hezhi.packkit.scans.tests.town import RECORDS, row, scan
from hezhi.packkit.scans.trial import given_tables

ALL = Span(0, micros(datetime(2030, 1, 1, tzinfo=UTC)))


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    one = DuckEngine(threads=1)
    yield one
    one.close()


def hits(engine: DuckEngine, one: Any, rows: list[dict[str, Any]], folder: Path, as_of: int = ALL.end) -> list[ScanHit]:
    tables = given_tables({"transfer": tuple(rows)}, RECORDS, folder)
    return list(scan_run(engine, one, RECORDS, tables, ALL, as_of))


def told(found: list[ScanHit]) -> list[tuple[str, str]]:
    return [(hit.subject, hit.key) for hit in found]


def test_a_window_is_closed_at_both_ends_and_rows_of_one_moment_are_peers(engine: DuckEngine, tmp_path: Path) -> None:
    rows = [
        row("1", "2026-03-01 08:00:00", payer="A"),
        row("2", "2026-03-05 08:00:00", payer="C"),
        row("3", "2026-03-08 08:00:00", payer="D"),  # exactly seven days after the first
        row("4", "2026-03-08 08:00:00", payer="D", cash=True),
        row("5", "2026-03-08 08:00:01", payer="D"),  # the first is out of the window now
    ]

    found = hits(engine, scan("window"), rows, tmp_path)

    assert told(found) == [("B", "3"), ("B", "4")]
    assert dict(found[0].evidence) == {"n": 4, "s": 400, "d": 3, "low": 100, "cash": 1, "mean": 100}


def test_a_derived_value_may_use_a_parameter(engine: DuckEngine, tmp_path: Path) -> None:
    rows = [row(str(day), f"2026-03-0{day} 08:00", payer=f"P{day}") for day in (1, 2, 3)]
    derived = {"over": "s - p.sum"}

    found = hits(engine, scan("window", derived=derived, when="over >= 0 and d >= 3"), rows, tmp_path)

    assert [(hit.key, hit.evidence["over"]) for hit in found] == [("3", 0)]


def test_a_missing_value_fulfils_nothing_and_a_row_without_subject_counts_nowhere(
    engine: DuckEngine, tmp_path: Path
) -> None:
    rows = [row(str(day), f"2026-03-0{day} 08:00", payer=f"P{day}") for day in (1, 2, 3)]
    del rows[0]["cents"], rows[1]["payee"]

    assert hits(engine, scan("window"), rows, tmp_path) == []


def test_an_absence_is_found_when_its_time_is_over_and_not_before(engine: DuckEngine, tmp_path: Path) -> None:
    rows = [
        row("1", "2026-03-01 08:00", payee="X"),
        row("2", "2026-03-03 08:00", payee="Z", payer="X"),  # exactly in time
        row("3", "2026-03-05 08:00", payee="Y"),
    ]
    late = micros(datetime(2026, 3, 7, 0, 0, tzinfo=UTC))  # 08:00 in the city: two days after row 3

    assert told(hits(engine, scan("absence"), rows, tmp_path, late)) == [("Z", "2")]
    assert told(hits(engine, scan("absence"), rows, tmp_path, late + 1)) == [("Y", "3"), ("Z", "2")]


def test_a_sequence_needs_every_step_in_order_and_each_in_time(engine: DuckEngine, tmp_path: Path) -> None:
    rows = [
        row("1", "2026-03-01 08:00", payee="X"),
        row("2", "2026-03-02 08:00", payee="Q", payer="X"),
        row("3", "2026-03-04 08:00", payee="X"),
        row("4", "2026-03-04 08:00", payee="Y"),
        row("5", "2026-03-06 08:01", payee="Q", payer="Y"),  # a minute too late
        row("6", "2026-03-06 08:02", payee="Y"),
    ]

    found = hits(engine, scan("sequence"), rows, tmp_path)

    assert told(found) == [("X", "3")]
    assert found[0].evidence["began"] == micros(datetime(2026, 3, 1, tzinfo=UTC))


def test_a_match_meets_rows_of_both_sides_within_the_time(engine: DuckEngine, tmp_path: Path) -> None:
    rows = [
        row("1", "2026-03-02 08:00", payee="X", cents=70),
        row("2", "2026-03-03 08:00", payee="Q", payer="X", cents=70, cash=False),
        row("3", "2026-03-03 08:01", payee="Q", payer="X", cents=70, cash=False),
        row("4", "2026-03-02 09:00", payee="Q", payer="X", cents=71, cash=False),
    ]

    found = hits(engine, scan("match"), rows, tmp_path)

    assert told(found) == [("X", "1")]
    assert dict(found[0].evidence) == {"matched": 1, "other": "2"}


def test_a_subject_is_compared_with_likes_of_the_same_period(engine: DuckEngine, tmp_path: Path) -> None:
    rows = [
        row(f"{name}", "2026-03-10 08:00", payee=name, cents=cents)
        for name, cents in (("a", 100), ("b", 110), ("c", 120), ("d", 900))
    ]
    ripe = micros(datetime(2026, 4, 1, 16, tzinfo=UTC))  # March and one day of lateness are over in the city

    found = hits(engine, scan("ratio_to_peers"), rows, tmp_path, ripe)

    assert told(found) == [("d", "674")]
    assert found[0].at == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert {name: found[0].evidence[name] for name in ("s_median", "s_ratio", "s_far", "peer_count")} == {
        "s_median": 110, "s_ratio": 8181, "s_far": 79000, "peer_count": 4,
    }  # fmt: skip
    assert hits(engine, scan("ratio_to_peers"), rows, tmp_path, ripe - 1) == []
    assert hits(engine, scan("ratio_to_peers"), rows[1:3], tmp_path, ripe) == []


def test_a_balance_carries_the_stock_of_the_period_before_and_of_no_other(engine: DuckEngine, tmp_path: Path) -> None:
    rows = [
        row("1", "2026-03-02 08:00", payee="X", cents=1000, weight=1.5),
        row("2", "2026-03-03 08:00", payee="Q", payer="X", cents=960),  # off by 40, within 50 permille of 1000
        row("3", "2026-03-09 08:00", payee="X", cents=1000, weight=2.25),
        row("4", "2026-03-10 08:00", payee="Q", payer="X", cents=900),
        row("5", "2026-03-24 08:00", payee="X", cents=1000),  # a week without rows lies between
    ]

    found = [hit for hit in hits(engine, scan("mass_balance"), rows, tmp_path) if hit.subject == "X"]

    shown = [(hit.key, hit.evidence["balance"], hit.evidence["before"], hit.evidence["last"]) for hit in found]
    assert shown == [("2932", 100, 1500, 2250), ("2934", 1000, None, None)]


def test_a_score_adds_what_holds_and_must_last(engine: DuckEngine, tmp_path: Path) -> None:
    rows = [
        row(f"{month}{number}", f"2026-0{month}-10 08:00", payee="X", payer=f"P{number}", cents=200)
        for month in (1, 2, 3, 6)
        for number in (1, 2)
    ]

    found = hits(engine, scan("scorecard"), rows, tmp_path)

    assert [(hit.key, hit.evidence["score"], hit.evidence["bands"], hit.evidence["held_count"]) for hit in found] == [
        ("673", 5, 3, 2),
        ("674", 5, 3, 3),
    ]


def test_a_checked_select_runs_over_the_streams(engine: DuckEngine, tmp_path: Path) -> None:
    rows = [
        row("1", "2026-03-01 08:00", payee="X", payer="Y"),
        row("2", "2026-03-02 08:00", payee="Y", payer="X"),
        row("3", "2026-03-02 08:00", payee="Z", payer="X", cents=900),
    ]

    found = hits(engine, scan("select"), rows, tmp_path)

    assert [(hit.subject, hit.key, hit.evidence["other"]) for hit in found] == [("X", "1", "2")]


@pytest.mark.parametrize(
    ("sql", "cause"),
    [
        ("DELETE FROM t", "one SELECT is allowed and nothing else"),
        ("SELECT 1; SELECT 2", "one SELECT is allowed and nothing else"),
        ("SELECT * FROM read_csv('/etc/passwd')", "is not allowed in a SELECT of a pack"),
        ("SELECT s0 AS subject FROM other", "'other' is no stream of this scan"),
        ("SELECT nmae AS subject FROM t", "'nmae' is no column of a stream"),
        ("SELECT getenv('HOME') AS subject FROM t", "is not allowed in a SELECT of a pack"),
        ("SELECT random() AS subject FROM t", "is not allowed in a SELECT of a pack"),
        ("SELECT s0 FROM t WHERE moment > NOW()", "is not allowed in a SELECT of a pack"),
        ("SELECT s0 FROM t WHERE cents > :smu", "'smu' is no parameter of this scan"),
        ("SELECT (s0", "this is not SQL"),
    ],
)
def test_a_select_of_a_pack_does_nothing_but_select(sql: str, cause: str) -> None:
    with pytest.raises(ExpressionBad, match=cause.replace("(", r"\(")):
        scan_sql(scan("select", sql=sql), RECORDS, ALL, ALL.end)


ROWS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from("XYZ"), st.sampled_from("XYZW"), st.integers(1, 400), st.booleans()),
    min_size=1, max_size=12,
)  # fmt: skip
START = datetime(2026, 3, 1, tzinfo=UTC)


def made(drawn: list[tuple[int, str, str, int, bool]], shift_days: int = 0) -> list[dict[str, Any]]:
    return [
        row(f"{number:03d}", (START + timedelta(days=shift_days, hours=9 * step)).isoformat(), payee=payee, payer=payer,
            cents=cents, cash=cash)
        for number, (step, payee, payer, cents, cash) in enumerate(drawn)
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["window", "absence", "sequence", "match", "mass_balance", "scorecard", "select"])
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=ROWS, cut=st.integers(0, 40))
def test_the_order_of_rows_another_start_and_a_run_cut_in_two_change_nothing(
    kind: str, drawn: list[tuple[int, str, str, int, bool]], cut: int, engine: DuckEngine, tmp_path: Path
) -> None:
    one, rows = scan(kind), made(drawn)
    plain = hits(engine, one, rows, tmp_path)

    assert hits(engine, one, rows[::-1], tmp_path) == plain

    weeks = hits(engine, one, made(drawn, shift_days=28), tmp_path)
    if kind not in ("scorecard",):  # months are not all alike
        moved = [(hit.subject, hit.at + timedelta(days=28)) for hit in plain]
        assert [(hit.subject, hit.at) for hit in weeks] == moved

    tables = given_tables({"transfer": tuple(rows)}, RECORDS, tmp_path)
    at = micros(START) + cut * 9 * DAY // 24
    parts = [
        hit
        for span in (Span(0, at), Span(at, ALL.end))
        for hit in scan_run(engine, one, RECORDS, tables, span, ALL.end)
    ]
    shown = sorted({(hit.subject, hit.at, hit.key) for hit in parts})
    assert shown == [(hit.subject, hit.at, hit.key) for hit in plain]


def test_ten_thousand_copies_of_a_fact_are_one_episode(engine: DuckEngine, tmp_path: Path) -> None:
    rows = [row(f"{number:05d}", "2026-03-01 08:00", payer=f"P{number % 7}") for number in range(10_000)]
    one = scan("window")

    found = list(episodes(one, hits(engine, one, rows, tmp_path)))

    assert [(episode.subject, episode.hit_count) for episode in found] == [("B", 10_000)]


def test_hits_within_the_quiet_time_go_on_with_an_episode_and_later_ones_begin_another(
    engine: DuckEngine, tmp_path: Path
) -> None:
    days = (1, 4, 8)  # three days to the second, four to the third
    rows = [row(f"{day}{payer}", f"2026-03-0{day} 08:00", payer=payer) for day in days for payer in "ACD"]
    one = scan("window", within={"value": 1, "unit": "hours", "source": "本地约定"})

    found = list(episodes(one, hits(engine, one, rows, tmp_path)))

    shown = [(one.first.key, one.last.key, one.hit_count) for one in found]
    assert shown == [("1A", "4D", 6), ("8A", "8D", 3)]


def test_a_count_that_rises_above_its_own_past_is_found_and_a_short_past_says_nothing(
    engine: DuckEngine, tmp_path: Path
) -> None:
    counts = [3, 4, 2, 5, 3, 4, 4, 3, 5, 4, 19]
    rows = [
        row(f"{day:02d}{number:02d}", f"2026-03-{day:02d} 08:00", payee="X")
        for day, count in enumerate(counts, 1)
        for number in range(count)
    ]
    as_of = micros(datetime(2026, 3, 11, 16, tzinfo=UTC))  # the eleventh is over in the city
    one = scan("count_series")
    tables = given_tables({"transfer": tuple(rows)}, RECORDS, tmp_path)
    newest = Span(as_of - DAY, as_of)

    found = list(scan_run(engine, one, RECORDS, tables, newest, as_of))

    assert [(hit.subject, hit.at) for hit in found] == [("X", datetime(2026, 3, 10, 16, tzinfo=UTC))]
    assert (found[0].evidence["observed"], found[0].evidence["expected"], found[0].evidence["method"]) == (
        19,
        3571,
        "c2",
    )
    short = given_tables({"transfer": tuple(one for one in rows if one["no"] > "05")}, RECORDS, tmp_path)
    assert list(scan_run(engine, one, RECORDS, short, newest, as_of)) == []
