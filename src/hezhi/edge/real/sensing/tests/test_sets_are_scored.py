"""Each set is scored by its own rules: worked out by hand here, on small invented series."""

from __future__ import annotations

import csv
import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from hezhi.edge.real.sensing import meters, nab, occupancy, skab
from hezhi.edge.real.sensing.nab_score import marked, probation, raw, score
from hezhi.packkit.series.contracts import Readings, SensorPlan

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def sigmoid(place: float) -> float:
    return 2 / (1 + math.exp(5 * place)) - 1


def rung_at(rows: int, *at: int) -> np.ndarray:
    rings = np.zeros(rows, bool)
    rings[list(at)] = True
    return rings


def test_silence_scores_nothing_and_the_first_row_of_each_window_everything() -> None:
    files = [marked(100, [(40, 49), (80, 89)]), marked(100, [])]
    assert score(files, [rung_at(100), rung_at(100)]) == 0
    assert score(files, [rung_at(100, 40, 80), rung_at(100)]) == 100


def test_a_window_counts_its_earliest_alarm_and_a_false_one_costs_more_the_further_behind() -> None:
    file = marked(200, [(100, 109)])
    half = sigmoid(-0.5) / sigmoid(-1)
    assert raw(file, rung_at(200, 105, 108)) == pytest.approx(half)
    assert raw(file, rung_at(200, 105, 112)) == pytest.approx(half + 0.11 * sigmoid(3 / 9))
    assert raw(file, rung_at(200, 105, 150)) == pytest.approx(half - 0.11)
    assert raw(file, rung_at(200, 60)) == pytest.approx(-1 - 0.11)
    assert score([file], [rung_at(200, 60)]) == pytest.approx(100 * -0.11 / 2)


def test_nothing_is_judged_in_the_probation() -> None:
    assert (probation(1000), probation(4000), probation(20_000)) == (150, 600, 750)
    file = marked(1000, [(100, 120), (500, 520)])
    assert file.windows == 1
    assert raw(file, rung_at(1000, 50, 100)) == -1


def test_after_an_alarm_the_next_comes_after_the_quiet_time() -> None:
    at = [BEGIN + timedelta(hours=hour) for hour in range(60)]
    scores = np.zeros(60)
    scores[[5, 20, 29, 54]] = 2.0
    assert np.flatnonzero(nab.rung(scores, at, 1.0, timedelta(days=1))).tolist() == [5, 29, 54]


def test_files_of_the_benchmark_are_read_scored_and_told_with_their_baseline(tmp_path: Path) -> None:
    dice = np.random.default_rng(3)
    windows = {}
    for name, odd in (("artificialNoAnomaly/a.csv", 0), ("artificialWithAnomaly/b.csv", 1200), ("real/c.csv", 1300)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        values = dice.normal(10, 0.1, 1500)
        if odd:
            values[odd : odd + 30] += 5
        at = [(BEGIN + timedelta(minutes=5 * row)).replace(tzinfo=None) for row in range(1500)]
        with path.open("w", newline="") as out:
            csv.writer(out).writerows([("timestamp", "value"), *zip(at, values, strict=True)])
        windows[name] = [[f"{at[odd - 10]}.000000", f"{at[odd + 60]}.000000"]] if odd else []
    (tmp_path / "combined_windows.json").write_text(json.dumps(windows))
    found = {one.name: one for one in nab.figures(tmp_path, SensorPlan())}
    first = 100 * (1 + sigmoid(-(71 - 10) / 71) / sigmoid(-1)) / 2  # the alarm rings with the first odd row of each
    assert found["nab.score"].value == pytest.approx(first)
    assert found["nab.score_held_out"].value == pytest.approx(first)
    assert found["nab.score"].baseline == pytest.approx(first)


def test_rows_of_a_pump_are_counted_and_the_sensor_is_chosen_on_other_files(tmp_path: Path) -> None:
    dice = np.random.default_rng(4)
    for number in range(6):
        rows = dice.normal(0, 1, (1000, 2))
        rows[600:800, 1] -= 8
        with (tmp_path / f"{number}.csv").open("w", newline="") as out:
            table = csv.writer(out, delimiter=";")
            table.writerow(["datetime", "Current", "Flow", "anomaly", "changepoint"])
            table.writerows([at, *row, float(600 <= at < 800), 0.0] for at, row in enumerate(rows))
    f1, false, missed = skab.figures(tmp_path)
    assert (f1.name, false.name, missed.name) == ("skab.f1", "skab.false_alarm_share", "skab.missed_alarm_share")
    assert "2 files" in f1.note
    assert "sensor (Flow)" in f1.note
    assert f1.value > 0.9  # a median of 30 rows comes and goes 15 rows late
    assert missed.value == pytest.approx(15 / 200, abs=0.02)


def test_a_limit_is_the_one_that_tells_most_rows_rightly() -> None:
    assert occupancy.limit_of(np.array([1.0, 2, 3, 4]), np.array([False, False, True, True])) == 3
    assert occupancy.limit_of(np.array([5.0, 1, 5, 0]), np.array([True, False, False, False])) == 5
    assert occupancy.limit_of(np.array([2.0, 1.0]), np.array([True, True])) == 1


def test_faults_of_meters_are_found_by_alarms_that_do_not_ring_without_them() -> None:
    at = [BEGIN + meters.HALF_HOUR * slot for slot in range(48 * 80)]
    daily = 0.3 + 0.2 * np.sin(2 * np.pi * np.arange(len(at)) / 48)
    values = daily + np.random.default_rng(5).normal(0, 0.02, len(at))
    one = Readings("m", meters.HALF_HOUR, at, values.tolist(), "kWh")
    found, of, late = meters.planted([one], meters.FAULTS["no_use"], meters.ours)
    assert (found, of) == (8, 8)
    assert 0 < late < 48
    nothing = meters.Fault("nothing changed", 5, lambda part: part)
    assert meters.planted([one], nothing, meters.ours)[0] == 0
