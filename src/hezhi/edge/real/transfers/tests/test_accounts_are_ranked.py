"""Accounts are scored from their transfers alone, ranked by hand-checked measures, and told beside the baseline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hezhi.edge.real.transfers import part
from hezhi.edge.real.transfers.ranking import area, average_precision
from hezhi.edge.real.transfers.scoring import Scored, accounts_score, detecting_read
from hezhi.packkit.api import DuckEngine
from hezhi.packkit.scans.trial import scan_try
from hezhi.packkit.shape.scan import Scan
from hezhi.project.options import ROOT

FOLDER = ROOT / "city/transfers"
DETECTING = detecting_read(FOLDER)
Line = tuple[int, int, float, int]  # payer, payee, value, step
IN_PARTS: list[Line] = [(10, 1, 5.0, 20), (10, 1, 5.0, 20), (11, 1, 80.0, 30), (12, 1, 90.0, 31)]
ROUND: list[Line] = [(20, 21, 100.0, 5), (21, 22, 100.0, 6), (22, 20, 100.0, 7)]
LENT: list[Line] = [(30, 31, 70.0, 100), (31, 30, 70.0, 110)]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    one = DuckEngine(threads=1)
    yield one
    one.close()


def graph_write(folder: Path, lines: list[Line], true: set[int]) -> Path:
    folder.mkdir(parents=True)
    columns = zip(*lines, strict=True)
    names = ("sourceNodeId", "targetNodeId", "value", "time")
    pq.write_table(pa.table({name: list(of) for name, of in zip(names, columns, strict=True)}),
                   folder / "transactions.parquet")  # fmt: skip
    accounts = sorted({one for line in lines for one in line[:2]})
    nodes = {"nodeid": accounts, "isFraud": [int(one in true) for one in accounts]}
    pq.write_table(pa.table(nodes), folder / "nodes.parquet")
    return folder


def scored(engine: DuckEngine, lines: list[Line], folder: Path, without: tuple[str, ...] = ()) -> Scored:
    graph = graph_write(folder / "graph", lines, set())
    return accounts_score(engine, DETECTING, part.transfers_lay(graph, DETECTING, folder), folder, without=without)


@pytest.mark.parametrize("scan", DETECTING.scans, ids=lambda one: one.id)
def test_every_detector_finds_what_its_file_says_and_is_silent_beside_it(
    scan: Scan, engine: DuckEngine, tmp_path: Path
) -> None:
    assert {test.hits > 0 for test in scan.tests} == {True, False}
    for number, test in enumerate(scan.tests):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = scan_try(engine, scan, test, DETECTING.records, folder).subjects
        assert (len(found), found) == (test.hits, test.subjects or found), test.name


def test_detectors_that_read_findings_run_after_the_others() -> None:
    assert [one.id for one in DETECTING.first] == ["back_again", "in_parts", "off_habit", "round_trip"]
    assert [one.id for one in DETECTING.then] == ["deals_with_found", "pays_collector"]


def test_who_pays_in_parts_scores_most_and_other_payers_of_the_payee_a_little(
    engine: DuckEngine, tmp_path: Path
) -> None:
    told = scored(engine, IN_PARTS, tmp_path)

    assert told.findings == {"in_parts": 2, "deals_with_found": 4, "pays_collector": 3}
    assert told.scores == {
        "10": 103,  # paid in parts, to a collector, in found company
        "1": 102,  # was paid in parts, has three payers, one of them found
        "11": 3,
        "12": 3,
    }


def test_without_the_detectors_left_out_nothing_stands_on_them(engine: DuckEngine, tmp_path: Path) -> None:
    told = scored(engine, IN_PARTS, tmp_path, without=("in_parts",))

    assert told.findings == {}
    assert told.scores == {"1": 1}


def test_every_account_of_a_round_is_found_and_money_lent_and_repaid_too(engine: DuckEngine, tmp_path: Path) -> None:
    told = scored(engine, [*ROUND, *LENT], tmp_path)

    assert told.findings == {"round_trip": 1, "back_again": 1, "deals_with_found": 2}
    assert told.scores == {"20": 2, "21": 2, "22": 2, "30": 21, "31": 21}


def test_a_step_is_a_day_of_the_city_and_a_sum_is_in_cents(tmp_path: Path) -> None:
    graph = graph_write(tmp_path / "graph", [(1, 2, 12.345, 1), (2, 1, 0.29, 149)], set())

    laid = pq.read_table(part.transfers_lay(graph, DETECTING, tmp_path).paths[0]).to_pylist()

    first = int(datetime(2026, 1, 1, 4, tzinfo=UTC).timestamp()) * 1_000_000
    shown = [(row["f_payer"], row["f_payee"], row["f_cents"], (row["_at"] - first) / 86_400e6) for row in laid]
    assert shown == [("1", "2", 1234, 0), ("2", "1", 29, 148)]


def test_the_baseline_counts_each_payer_once(tmp_path: Path) -> None:
    assert part.payers_count(graph_write(tmp_path / "graph", IN_PARTS, set())) == {"1": 3}


def test_only_accounts_that_were_not_looked_at_are_in_the_figures(tmp_path: Path) -> None:
    held = [one for one in range(2000) if not part.is_looked_at(str(one))]
    seen = [one for one in range(2000) if part.is_looked_at(str(one))]
    assert 900 < len(held) < 1100
    lines = [(held[0], held[1], 5.0, 20)] * 2 + [(held[2], held[3], 50.0, 20), (held[4], held[3], 50.0, 20)]
    wrong = [(seen[number], seen[number + 1], 5.0, 20) for number in range(0, 20, 2)]  # true, and nothing finds them
    for graph in part.GRAPHS.values():
        graph_write(tmp_path / "amlsim" / graph, [*lines, *wrong], {held[0], held[1], *seen[:20]})

    figures = {one.name: one for one in part.run(tmp_path, FOLDER).figures}

    assert set(figures) == {
        f"amlsim.{name}"
        for what in ("auc", "average_precision")
        for name in (what, f"{what}_without_tells", f"fan_in_{what}", f"cycle_{what}")
    }
    shown = [(figures[name].value, figures[name].baseline) for name in ("amlsim.auc", "amlsim.average_precision")]
    # Payers: two of one who is not true, one of one who is; three have none, one of them true.
    assert shown == [(1.0, (2 + 2 / 2) / 6), (1.0, pytest.approx((1 / 2 + 2 / 5) / 2))]
    assert figures["amlsim.auc_without_tells"].value == figures["amlsim.fan_in_auc"].baseline == shown[0][1]


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=20))
def test_the_area_is_the_share_of_pairs_in_the_right_order(told: list[tuple[int, bool]]) -> None:
    scores, truth = zip(*told, strict=True)
    if len(set(truth)) < 2:
        for measure in (area, average_precision):
            with pytest.raises(ValueError, match="some that are true and some that are not"):
                measure(scores, truth)
        return
    pairs = [(a > b) + (a == b) / 2 for a, yes in told if yes for b, is_true in told if not is_true]
    assert area(scores, truth) == pytest.approx(sum(pairs) / len(pairs))
    above = [[other for score, other in told if score >= own] for own, is_true in told if is_true]
    assert average_precision(scores, truth) == pytest.approx(sum(sum(one) / len(one) for one in above) / len(above))


def test_a_folder_without_a_card_is_refused(tmp_path: Path) -> None:
    (tmp_path / "records.yml").write_text((FOLDER / "records.yml").read_text("utf-8"), "utf-8")

    with pytest.raises(FileNotFoundError, match=r"card\.yml"):
        detecting_read(tmp_path)
