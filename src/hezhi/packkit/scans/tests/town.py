"""An invented record kind and one scan of every kind over it, for tests of engines and of the pack tool."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from hezhi.packkit.shape import Record
from hezhi.packkit.shape.scan import Scan

SAYS = {"zh": "试", "en": "A try"}
LOCAL = "本地约定"


def number(value: int, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "source": LOCAL}


TRANSFER = Record.model_validate(
    {
        "id": "transfer", "says": SAYS, "key": "no", "subject": "payee", "place": "region", "happened": "happened_at",
        "fields": {
            "no": {"type": "text", "label": SAYS},
            "payee": {"type": "text", "label": SAYS},
            "payer": {"type": "text", "label": SAYS},
            "region": {"type": "region", "label": SAYS},
            "happened_at": {"type": "moment", "label": SAYS},
            "cents": {"type": "integer", "label": SAYS, "unit": "cents"},
            "weight": {"type": "number", "label": SAYS, "unit": "kg"},
            "cash": {"type": "flag", "label": SAYS},
        },
    }
)  # fmt: skip
RECORDS = {"transfer": TRANSFER}


def row(no: str, at: str, payee: str = "B", payer: str = "A", cents: int = 100, **more: Any) -> dict[str, Any]:
    return {
        "no": no,
        "payee": payee,
        "payer": payer,
        "region": "339901001201",
        "happened_at": at,
        "cents": cents,
        **more,
    }


BASE: dict[str, Any] = {
    "says": SAYS, "grade": "red", "quiet": number(3, "days"), "blind_spots": [SAYS], "innocent_reasons": [SAYS],
    "streams": {"t": {"reads": "transfer", "per": ["payee"]}},
    "tests": [{"name": "试一条记录", "given": {}, "hits": 0}, {"name": "试两条记录", "given": {}, "hits": 0}],
}  # fmt: skip
BOTH = {"come": {"reads": "transfer", "per": ["payee"]}, "go": {"reads": "transfer", "per": ["payer"]}}
SCANS: dict[str, dict[str, Any]] = {
    "window": {
        "params": {"senders": number(3, "count"), "sum": number(300, "cents")}, "within": number(7, "days"),
        "features": {
            "n": {"agg": "count"}, "s": {"agg": "sum", "of": "cents"}, "d": {"agg": "distinct", "of": "payer"},
            "low": {"agg": "min", "of": "cents"}, "cash": {"agg": "count", "where": "cash"},
        },
        "derived": {"mean": "permille(s, n * 1000)"}, "when": "d >= p.senders and s >= p.sum",
    },
    "absence": {"streams": BOTH, "first": "come", "then": "go", "within": number(2, "days")},
    "sequence": {"streams": BOTH, "steps": ["come", "go", "come"], "within": number(2, "days")},
    "match": {
        "streams": {**BOTH, "go": {**BOTH["go"], "where": "not missing(cash)"}}, "left": "come", "right": "go",
        "within": number(1, "days"), "when": "left.cents == right.cents",
    },
    "ratio_to_peers": {
        "period": "month", "late": number(1, "days"),
        "features": {"s": {"agg": "sum", "of": "cents"}, "area": {"agg": "last", "of": "region"}},
        "peers": {"group": ["area"], "compare": ["s"], "at_least": number(3, "count")},
        "when": "s_far > 3000 or s_ratio > 3000",
    },
    "mass_balance": {
        "period": "week", "streams": BOTH,
        "features": {
            "come": {"agg": "sum", "of": "cents", "stream": "come"},
            "go": {"agg": "sum", "of": "cents", "stream": "go"},
            "last": {"agg": "last", "of": "weight", "stream": "come"},
            "before": {"agg": "before", "of": "weight", "stream": "come"},
        },
        "balance": "coalesce(come, 0) - coalesce(go, 0)", "tolerance": "part(coalesce(come, 0), 50)",
    },
    "scorecard": {
        "period": "month", "features": {"s": {"agg": "sum", "of": "cents"}, "d": {"agg": "distinct", "of": "payer"}},
        "bands": [{"when": "s > 300", "score": 3, "says": SAYS}, {"when": "d >= 2", "score": 2, "says": SAYS},
                  {"when": "d > 90", "score": -4, "says": SAYS}],
        "at_least": number(3, "count"), "persist": {"at_least": 2, "of": 3},
    },
    "count_series": {"period": "day", "false_share": number(10, "permille"), "at_least": number(3, "count")},
    "select": {
        "why": SAYS, "reach": number(30, "days"), "params": {"sum": number(150, "cents")}, "evidence": ["other"],
        "sql": "SELECT a.s0 AS subject, a.moment AS moment, a.key AS key, MIN(b.key) AS other FROM t a JOIN t b"
        " ON a.s0 = b.payer AND b.s0 = a.payer AND a.moment < b.moment WHERE a.cents + b.cents >= :sum"
        " GROUP BY a.s0, a.moment, a.key",
    },
}  # fmt: skip


def scan(kind: str, **changed: Any) -> Any:
    """Return the scan of one kind, with some keys changed."""
    return TypeAdapter(Scan).validate_python({**BASE, "id": f"a_{kind}", "kind": kind, **SCANS[kind], **changed})
