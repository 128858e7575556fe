"""The questions of the detect bench, written by hand for each engine. ``payments`` is the file as it lies.

They find the same rows; of their evidence they give what such a query would, of a balance all of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from hezhi.packkit.api import Span

HOUR = 3_600_000_000
DAY = 24 * HOUR


def _when(span: Span, before: int = 0, after: int = 0) -> str:
    return f"_at >= {span.start - before} AND _at < {span.end + after}"


def window(span: Span, _: int) -> str:
    return f"""SELECT f_payee, _at, _key, n, s::BIGINT FROM (
        SELECT f_payee, _at, _key, COUNT(*) OVER w AS n, SUM(f_cents) OVER w AS s FROM payments
        WHERE {_when(span, 7 * DAY)} AND f_payee IS NOT NULL
        WINDOW w AS (PARTITION BY f_payee ORDER BY _at RANGE BETWEEN {7 * DAY} PRECEDING AND CURRENT ROW))
        WHERE _at >= {span.start} AND n >= 12 AND s > 500000 ORDER BY f_payee, _at, _key"""


def absence(span: Span, as_of: int) -> str:
    end = min(span.end, as_of - 2 * DAY)
    return f"""SELECT acct, _at, _key FROM (SELECT acct, _at, _key, come,
            MIN(CASE WHEN NOT come THEN _at END) OVER (PARTITION BY acct ORDER BY _at, come, _key
                ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next
        FROM (SELECT f_payee AS acct, _at, _key, TRUE AS come FROM payments WHERE _at >= {span.start} AND _at < {end}
            UNION ALL SELECT f_payer, _at, _key, FALSE FROM payments
            WHERE _at >= {span.start} AND _at <= {end + 2 * DAY}))
        WHERE come AND (next IS NULL OR next > _at + {2 * DAY}) ORDER BY acct, _at, _key"""


def sequence(span: Span, _: int) -> str:
    frame = f"(PARTITION BY acct ORDER BY _at RANGE BETWEEN {2 * DAY} PRECEDING AND 1 PRECEDING)"
    return f"""WITH e AS (
            SELECT f_payee AS acct, _at, _key, 1 AS step, _at AS began FROM payments WHERE {_when(span, 4 * DAY)}
            UNION ALL SELECT f_payer, _at, _key, 2, NULL FROM payments WHERE {_when(span, 4 * DAY)}
            UNION ALL SELECT f_payee, _at, _key, 3, NULL FROM payments WHERE {_when(span, 4 * DAY)}),
        two AS (SELECT acct, _at, _key, step, CASE step WHEN 2 THEN MAX(CASE WHEN step = 1 THEN began END) OVER {frame}
            ELSE began END AS began FROM e),
        three AS (SELECT acct, _at, _key, step, CASE step WHEN 3 THEN MAX(CASE WHEN step = 2 THEN began END) OVER {frame}
            END AS began FROM two)
        SELECT acct, _at, _key, began FROM three WHERE step = 3 AND began IS NOT NULL AND _at >= {span.start}
        ORDER BY acct, _at, _key"""


def match(span: Span, _: int) -> str:
    return f"""SELECT l.f_payee, l._at, l._key, COUNT(*), MIN(r._key) FROM payments l JOIN payments r
        ON l.f_payee = r.f_payer AND l.f_cents = r.f_cents AND l._key <> r._key
        AND r._at BETWEEN l._at - {DAY} AND l._at + {DAY} AND r.f_cash IS NOT NULL
        WHERE l._at >= {span.start} AND l._at < {span.end} GROUP BY ALL ORDER BY 1, 2, 3"""


def ratio(span: Span, _: int) -> str:
    return f"""WITH g AS (SELECT f_payee AS acct, _month AS m, SUM(f_cents)::BIGINT AS s,
            MAX_BY(f_region, ROW(_at, _key)) AS area FROM payments WHERE {_when(span, 62 * DAY)} GROUP BY ALL),
        c AS (SELECT area, m, COUNT(*) AS n, QUANTILE_DISC(s, 0.5)::BIGINT AS mid FROM g GROUP BY ALL),
        d AS (SELECT g.area, g.m, QUANTILE_DISC(ABS(s - mid), 0.5)::BIGINT AS mad FROM g JOIN c USING (area, m) GROUP BY ALL)
        SELECT acct, m, s, mid, (s * 1000) // mid AS ratio, ((s - mid) * 1000) // mad AS far FROM g JOIN c USING (area, m)
        JOIN d USING (area, m) WHERE n >= 3 AND (((s - mid) * 1000) // mad > 3000 OR (s * 1000) // mid > 3000) ORDER BY acct, m"""


def balance(span: Span, _: int) -> str:
    return f"""WITH e AS (SELECT f_payee AS acct, _week AS w, f_cents AS come, NULL AS go, f_weight AS weight, _at, _key
            FROM payments WHERE {_when(span, 7 * DAY)}
            UNION ALL SELECT f_payer, _week, NULL, f_cents, NULL, _at, _key FROM payments WHERE {_when(span, 7 * DAY)}),
        g AS (SELECT acct, w, SUM(come)::BIGINT AS come, SUM(go)::BIGINT AS go,
            MAX_BY(weight, ROW(_at, _key)) FILTER (WHERE weight IS NOT NULL) AS last FROM e GROUP BY ALL),
        b AS (SELECT *, CASE WHEN LAG(w) OVER (PARTITION BY acct ORDER BY w) = w - 1
            THEN LAG(last) OVER (PARTITION BY acct ORDER BY w) END AS before FROM g)
        SELECT *, COALESCE(come, 0) - COALESCE(go, 0) AS balance, (COALESCE(come, 0) * 50) // 1000 AS tolerance
        FROM b WHERE ABS(COALESCE(come, 0) - COALESCE(go, 0)) > (COALESCE(come, 0) * 50) // 1000
        ORDER BY acct, w"""


def score(span: Span, _: int) -> str:
    return f"""WITH g AS (SELECT f_payee AS acct, _month AS m, SUM(f_cents)::BIGINT AS s, COUNT(DISTINCT f_payer) AS d
            FROM payments WHERE {_when(span, 93 * DAY)} GROUP BY ALL),
        k AS (SELECT *, (s > 300)::INT * 3 + (d >= 2)::INT * 2 - (d > 90)::INT * 4 AS score FROM g),
        h AS (SELECT *, SUM((score >= 3)::INT) OVER (PARTITION BY acct ORDER BY m RANGE BETWEEN 2 PRECEDING AND CURRENT ROW)
            AS held FROM k)
        SELECT * FROM h WHERE score >= 3 AND held >= 2 ORDER BY acct, m"""


def series(span: Span, _: int) -> str:
    return f"""SELECT f_payee, _day, COUNT(*) FROM payments WHERE {_when(span, 730 * DAY)} AND f_payee IS NOT NULL
        GROUP BY ALL ORDER BY 1, 2"""


def select(span: Span, _: int) -> str:
    reach = 30 * DAY
    return f"""SELECT a.f_payee, a._at, a._key, MIN(b._key) FROM payments a JOIN payments b
        ON a.f_payee = b.f_payer AND b.f_payee = a.f_payer AND a._at < b._at
        WHERE a._at >= {span.start} AND a._at < {span.end} AND b._at < {span.end + reach}
        AND a.f_cents + b.f_cents >= 150 GROUP BY ALL ORDER BY 1, 2, 3"""


SQL: dict[str, Callable[[Span, int], str]] = {
    "window": window, "absence": absence, "sequence": sequence, "match": match, "ratio_to_peers": ratio,
    "mass_balance": balance, "scorecard": score, "count_series": series, "select": select,
}  # fmt: skip


def polars_window(path: Path) -> tuple[float, int]:
    """Return seconds and rows of the window by Polars, in its own quickest way."""
    import polars as pl

    began = time.perf_counter()
    rows = pl.scan_parquet(path).select("f_payee", "_at", "_key", "f_cents").sort("_at").with_columns(
        at=pl.from_epoch("_at", time_unit="us"), one=pl.lit(1)
    )  # fmt: skip
    told = rows.with_columns(
        n=pl.col("one").rolling_sum_by("at", window_size="7d", closed="both").over("f_payee"),
        s=pl.col("f_cents").rolling_sum_by("at", window_size="7d", closed="both").over("f_payee"),
    )
    count = told.filter((pl.col("n") >= 12) & (pl.col("s") > 500_000)).select(pl.len()).collect().item()
    return time.perf_counter() - began, int(count)


def postgresql_window(path: Path) -> tuple[float, int]:
    """Return seconds and rows of the window by PostgreSQL over a table of its own; loading it is not timed."""
    import duckdb
    from django.db import connection

    rows = duckdb.connect().execute(f"SELECT f_payee, _at, _key, f_cents FROM read_parquet('{path}')")
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNLOGGED TABLE bench_payments (f_payee text, _at bigint, _key text, f_cents bigint)")
        with cursor.copy("COPY bench_payments FROM STDIN") as copy:
            while batch := rows.fetchmany(100_000):
                copy.write("".join(f"{a}\t{b}\t{c}\t{d}\n" for a, b, c, d in batch))
        cursor.execute("ANALYZE bench_payments")
        cursor.execute("SET work_mem = '1GB'")
        began = time.perf_counter()
        cursor.execute(
            f"""SELECT COUNT(*) FROM (SELECT COUNT(*) OVER w AS n, SUM(f_cents) OVER w AS s FROM bench_payments
            WINDOW w AS (PARTITION BY f_payee ORDER BY _at RANGE BETWEEN {7 * DAY} PRECEDING AND CURRENT ROW)) x
            WHERE n >= 12 AND s > 500000"""
        )
        count = cursor.fetchone()[0]
        took = time.perf_counter() - began
        cursor.execute("RESET work_mem")
        cursor.execute("DROP TABLE bench_payments")
    return took, int(count)
