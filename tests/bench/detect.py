"""Detectors over the lake beside the same queries written by hand on the same engine, and other engines beside those.

Rows are invented payments of many accounts over ninety days. What is timed is the whole way: the SELECT and fetching
its rows. Ours and the hand's run in turn, and must find the same.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from tests.bench import by_hand

from hezhi.kit.figures import Figure
from hezhi.packkit.api import DuckEngine, Span, Table, lake_columns, micros
from hezhi.packkit.scans.plan import DAY, moment, scan_sql
from hezhi.packkit.scans.tests.town import RECORDS, TRANSFER, number, scan

SIZES = (1_000_000, 10_000_000, 50_000_000)  # rows
MIDDLE = 10_000_000  # where other engines stand beside
MOST, ENOUGH_S = 12, 25.0  # rounds: as many as begin within this time, for short ones vary the most
MEMORY_MB = 10_000
START = micros(moment(1_767_225_600_000_000))  # 2026-01-01
END = START + 90 * DAY
SPAN = Span(START, END)
LATER = END + 40 * DAY


def measure() -> list[Figure]:
    """Return every figure of this part."""
    figures = []
    for rows in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            path = payments_write(Path(folder), rows)
            figures += _ratios(path, rows)
            if rows == MIDDLE:
                figures += _incremental(path, rows) + _others(path, rows)
    return figures


def payments_write(folder: Path, rows: int) -> Path:
    """Write ``rows`` payments, ordered by moment, as the lake would; some hundred for each account, few for most."""
    path = folder / "payments.parquet"
    accounts = max(rows // 100, 10)
    connection = duckdb.connect()
    connection.execute("SELECT setseed(0.2026)")
    connection.execute(f"""COPY (
        SELECT printf('%012d', i) AS _key, happened AS _at, day AS _day, (day + 3) // 7 AS _week,
            (2026 - 1970) * 12 + (day - 20454) // 31 AS _month, happened AS _received, 1::BIGINT AS _version,
            '339901001201' AS _region, printf('%012d', i) AS f_no, 'A' || (power(a, 3) * {accounts})::BIGINT AS f_payee,
            'A' || (b * {accounts})::BIGINT AS f_payer, '339901001201' AS f_region, happened AS f_happened_at,
            (exp(c * 8) * 100)::BIGINT AS f_cents, (c * 5000)::BIGINT AS f_weight, c > 0.5 AS f_cash
        FROM (SELECT i, {START} + (i * {90 * DAY // rows}) AS happened, ({START} + i * {90 * DAY // rows} + 28800000000)
            // {DAY} AS day, random() AS a, random() AS b, random() AS c FROM range({rows}) t(i))
        ) TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 1000000)""")
    connection.close()
    return path


def _table(path: Path) -> dict[str, Table]:
    return {"transfer": Table(lake_columns(TRANSFER), (str(path),))}


def _ours(engine: DuckEngine, one: Any, path: Path, span: Span = SPAN) -> int:
    return sum(1 for _ in engine.rows(scan_sql(one, RECORDS, span, LATER), _table(path)))


def _by_hand(engine: DuckEngine, sql: str) -> int:
    """Look at each row, as whoever asks does: what ours costs to hand them over, this has to as well."""
    cursor, count = engine.connection.execute(sql), 0
    while batch := cursor.fetchmany(50_000):
        count += sum(1 for _ in batch)
    return count


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def scans() -> dict[str, Any]:
    """Return one scan of each kind, with parameters that find something among the payments.

    Of a count series it is the counting: what its past leads to expect is no question to an engine.
    """
    burst = {
        "params": {"n": number(12, "count"), "sum": number(500_000, "cents")}, "derived": {},
        "features": {"n": {"agg": "count"}, "s": {"agg": "sum", "of": "cents"}}, "when": "n >= p.n and s > p.sum",
    }  # fmt: skip
    return {
        "window": scan("window", **burst), "absence": scan("absence"), "sequence": scan("sequence"),
        "match": scan("match"), "ratio_to_peers": scan("ratio_to_peers"), "mass_balance": scan("mass_balance"),
        "scorecard": scan("scorecard"), "count_series": scan("count_series"), "select": scan("select"),
    }  # fmt: skip


def _ratios(path: Path, rows: int) -> list[Figure]:
    engine, figures, worst = DuckEngine(memory_mb=MEMORY_MB, spill=path.parent), [], 0.0
    engine.connection.execute(f"CREATE VIEW payments AS SELECT * FROM read_parquet('{path}')")
    for kind, one in scans().items():
        sql = by_hand.SQL[kind](SPAN, LATER)
        times: dict[str, list[float]] = {"ours": [], "hand": []}
        while sum(times["hand"]) < ENOUGH_S and len(times["hand"]) < MOST:
            took, found = _timed(lambda one=one: _ours(engine, one, path))
            times["ours"].append(took)
            took, wanted = _timed(lambda sql=sql: _by_hand(engine, sql))
            times["hand"].append(took)
            if found != wanted:
                raise AssertionError(f"{kind}: the scan found {found}, the query by hand {wanted}")
        ours, hand = (min(times[name]) for name in ("ours", "hand"))
        worst = max(worst, ours / hand)
        rounds = len(times["hand"])
        note = f"{rows:,} payments, {found:,} rows found, best of {rounds} in turn; baseline: by hand on DuckDB"
        figures.append(Figure(f"detect.{kind}_s_at_{_short(rows)}", ours, "s", hand, note))
        print(f"  {kind}: {ours:.2f} s, by hand {hand:.2f} s, {ours / hand:.3f}; {note}", flush=True)
        if kind == "window":
            figures.append(
                Figure(f"detect.rows_per_s_windowed_{_short(rows)}", rows / ours, "1/s", rows / hand, f"7 days; {note}")
            )
    engine.close()
    note = f"slowest of {len(scans())} kinds beside the same by hand; bar 1.15"
    return [*figures, Figure(f"detect.worst_ratio_to_raw_engine_{_short(rows)}", worst, "ratio", 1.0, note)]


def _short(rows: int) -> str:
    return f"{rows // 1_000_000}m"


def _incremental(path: Path, rows: int) -> list[Figure]:
    """One more day: what a nightly run reads, beside all history."""
    engine, one = DuckEngine(), scans()["window"]
    whole = min(_timed(lambda: _ours(engine, one, path))[0] for _ in range(2))
    night = min(_timed(lambda: _ours(engine, one, path, Span(END - DAY, END)))[0] for _ in range(2))
    engine.close()
    note = f"the last day of {rows:,} payments of 90 days, window of 7 days; baseline: all of it"
    return [Figure("detect.one_day_s_at_" + _short(rows), night, "s", whole, note)]


def _others(path: Path, rows: int) -> list[Figure]:
    """The window by other engines: their own best way, the same rows found."""
    engine = DuckEngine()
    duck, found = _timed(lambda: _ours(engine, scans()["window"], path))
    engine.close()
    figures = []
    for name, work in (("polars", by_hand.polars_window), ("postgresql", by_hand.postgresql_window)):
        took, wanted = work(path)
        if found != wanted:
            raise AssertionError(f"{name} found {wanted}, DuckDB {found}")
        note = f"trailing 7 days over {rows:,} payments, {found:,} rows found; baseline: ours on DuckDB"
        figures.append(Figure(f"detect.window_s_{name}_at_{_short(rows)}", took, "s", duck, note))
    return figures
