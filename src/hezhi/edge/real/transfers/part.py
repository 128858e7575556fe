"""The part ``transfers``: which accounts of a simulated bank launder, told from their transfers alone.

Detectors and weights were chosen by looking at one half of the accounts (`is_looked_at`); the figures are of the other
one. The lines between accounts cross the halves, and so do the rings.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from hezhi.edge.real.outcome import Outcome
from hezhi.edge.real.transfers.ranking import area, average_precision
from hezhi.edge.real.transfers.scoring import TRANSFER, Detecting, accounts_score, detecting_read, table_write
from hezhi.kit.figures import Figure
from hezhi.packkit.api import DuckEngine, Table

GRAPHS = {"fan_in": "20K_fanin200", "cycle": "20K_cycle200"}
FILES = tuple(f"amlsim/{name}/{file}.parquet" for name in GRAPHS.values() for file in ("nodes", "transactions"))
FIRST_DAY = datetime(2026, 1, 1, 4, tzinfo=UTC)  # noon in the city; a step of the simulation is a day
TELLS = ("in_parts", "off_habit")  # what no ordinary account of this simulation ever does
PUBLISHED = {"fan_in": "AUC .707, AP .133", "cycle": "AUC .744, AP .154"}  # README of the set: payers, all accounts
FULL, PLAIN, PAYERS = "", "_without_tells", "payers"


@dataclass(frozen=True)
class Ranked:
    auc: float
    average_precision: float


def run(data: Path, folder: Path) -> Outcome:
    """Measure every graph of the set with the detectors of a folder."""
    detecting = detecting_read(folder)
    told = {name: graph_ranked(data / "amlsim" / graph, detecting) for name, graph in GRAPHS.items()}
    return Outcome(tuple(_figures(told)))


def is_looked_at(account: str) -> bool:
    """Say whether weights and parameters were chosen with the label of this account in view."""
    return hashlib.sha256(account.encode()).digest()[0] % 2 == 0


def graph_ranked(graph: Path, detecting: Detecting, *, looked_at: bool = False) -> dict[str, Ranked]:
    """Return how accounts are ranked by the full scorecard, by it without the tells, and by the number of payers.

    Args:
        looked_at: rank the half that was looked at instead of the half held out.
    """
    nodes = pq.read_table(graph / "nodes.parquet", columns=["nodeid", "isFraud"]).to_pydict()
    truth = {str(one): bool(is_true) for one, is_true in zip(nodes["nodeid"], nodes["isFraud"], strict=True)}
    accounts = [one for one in truth if is_looked_at(one) == looked_at]
    marks = [truth[one] for one in accounts]

    def ranked(scores: Mapping[str, int]) -> Ranked:
        told = [scores.get(one, 0) for one in accounts]
        return Ranked(area(told, marks), average_precision(told, marks))

    engine = DuckEngine()
    try:
        with tempfile.TemporaryDirectory(prefix="hezhi-transfers-") as name:
            transfers = transfers_lay(graph, detecting, Path(name))
            full = accounts_score(engine, detecting, transfers, Path(name))
            plain = accounts_score(engine, detecting, transfers, Path(name), without=TELLS)
    finally:
        engine.close()
    return {FULL: ranked(full.scores), PLAIN: ranked(plain.scores), PAYERS: ranked(payers_count(graph))}


def transfers_lay(graph: Path, detecting: Detecting, folder: Path) -> Table:
    """Put the transfers of a graph into a table of the lake, in the order of the file."""
    listed = pq.read_table(graph / "transactions.parquet").to_pydict()
    columns = (listed[name] for name in ("sourceNodeId", "targetNodeId", "value", "time"))
    rows = (
        {
            "transfer_no": f"{number:07d}", "happened_at": FIRST_DAY + timedelta(days=step - 1), "payer": str(payer),
            "payee": str(payee), "cents": round(value * 100),
        }
        for number, (payer, payee, value, step) in enumerate(zip(*columns, strict=True))
    )  # fmt: skip
    return table_write(detecting.records[TRANSFER], rows, folder / "transfers.parquet")


def payers_count(graph: Path) -> dict[str, int]:
    """Return the baseline: how many different accounts paid each one."""
    listed = pq.read_table(graph / "transactions.parquet", columns=["sourceNodeId", "targetNodeId"]).to_pydict()
    counts: dict[str, int] = {}
    for _, payee in set(zip(listed["sourceNodeId"], listed["targetNodeId"], strict=True)):
        counts[str(payee)] = counts.get(str(payee), 0) + 1
    return counts


def _figures(told: Mapping[str, Mapping[str, Ranked]]) -> Iterator[Figure]:
    where = (
        "accounts held out: detectors and weights were chosen with the labels of the other half in view (rings lie"
        " across the halves)"
    )
    beside = "baseline: different payers of each account, same accounts, same run"
    full = f"mean of {len(told)} graphs; {where}; {beside}"
    plain = (
        f"the same without the detectors {' and '.join(TELLS)}: no ordinary account of this simulation pays in parts or"
        " varies its sums, so those two flatter"
    )
    for what in ("auc", "average_precision"):
        base = _mean(told, PAYERS, what)
        yield Figure(f"amlsim.{what}", _mean(told, FULL, what), "share", base, full)
        yield Figure(f"amlsim.{what}{PLAIN}", _mean(told, PLAIN, what), "share", base, plain)
        for name, one in told.items():
            ours, payers = (getattr(one[way], what) for way in (FULL, PAYERS))
            note = f"{where}; {beside}; as told with the set, over all accounts: {PUBLISHED[name]}"
            yield Figure(f"amlsim.{name}_{what}", ours, "share", payers, note)


def _mean(told: Mapping[str, Mapping[str, Ranked]], way: str, what: str) -> float:
    return sum(float(getattr(one[way], what)) for one in told.values()) / len(told)
