"""``hezhi real`` runs the parts it is asked for, says what is not at hand, and keeps the figures of the others."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hezhi.edge.cli.main import assemble
from hezhi.edge.real.outcome import Outcome
from hezhi.edge.real.sensing import part as sensors
from hezhi.kit.figures import Figure, kept


def run(*args: str) -> tuple[int, str]:
    found = CliRunner().invoke(assemble(), ["real", *args], env={"COLUMNS": "300"})
    return found.exit_code, found.output


def test_without_the_data_each_part_is_skipped_and_nothing_is_written(tmp_path: Path) -> None:
    out = tmp_path / "real.json"
    code, said = run("series", "sensors", "transfers", "--data", str(tmp_path), "--out", str(out))
    assert code == 0
    assert " ".join(said.split()).count("is not at hand") == 3
    assert not out.exists()


def test_an_unknown_part_is_refused(tmp_path: Path) -> None:
    code, said = run("serie", "--out", str(tmp_path / "real.json"))
    assert code == 2
    assert "give none or some of messages, series, sensors, transfers" in said
    assert not (tmp_path / "real.json").exists()


def test_a_part_alone_keeps_the_figures_of_the_others_and_a_failure_ends_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "real.json"
    earlier = [Figure("a.old", 1, "count", None, ""), Figure("nab.score", 1, "points", 2, "")]
    out.write_text(json.dumps([asdict(one) for one in earlier]))
    monkeypatch.setattr(sensors, "FILES", ())
    outcome = Outcome((Figure("nab.score", 3, "points", 2, "new"),), ("this is wrong",))
    monkeypatch.setattr(sensors, "run", lambda data: outcome)
    code, said = run("sensors", "--data", str(tmp_path), "--out", str(out))
    assert code == 1
    assert "this is wrong" in said
    written = {one["name"]: one["value"] for one in json.loads(out.read_text())}
    assert written == {"nab.score": 3, "a.old": 1}


def test_without_an_earlier_file_the_figures_are_the_new_ones(tmp_path: Path) -> None:
    figures = [Figure("a", 1, "count", None, "")]
    assert kept(figures, tmp_path / "none.json") == figures
