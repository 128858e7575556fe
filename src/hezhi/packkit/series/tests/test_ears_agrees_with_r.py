"""EARS C1 and C2 have the bounds of R's ``surveillance``; C3 carries over what R's carries over."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hezhi.packkit.series.api import counts_judge
from hezhi.packkit.series.contracts import CountPlan, CountSeries, Ears
from hezhi.packkit.series.tests import oracle
from hezhi.packkit.series.tests.made import series_made

PERIODS, JUDGED = 90, 70
NUMBERS = range(PERIODS - JUDGED, PERIODS)


def said(made: list[list[int]], ears: Ears, what: str) -> np.ndarray:
    """Return one attribute of each judgement, periods × series."""
    plan = CountPlan(judged=JUDGED, false_share=None, ears=ears)
    given = [CountSeries(f"{number}", "week", date(2024, 1, 1), tuple(one)) for number, one in enumerate(made)]
    found = counts_judge(given, as_of=date(2024, 1, 1) + timedelta(weeks=PERIODS), plan=plan)
    return np.array([getattr(one, what) for one in found], dtype=float).reshape(len(made), JUDGED).T


def asked(made: list[list[int]], folder: Path, **control: str) -> dict[str, np.ndarray]:
    found = oracle.ask(oracle.EARS, folder, made, numbers=NUMBERS, frequency=52, **control)
    return {name: np.array(values) for name, values in found.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "alpha", "baseline", "least"), [("c1", 0.001, 7, 0.5), ("c2", 0.001, 7, 1e-9), ("c2", 0.01, 12, 1.0)]
)
def test_bounds_and_alarms_are_those_of_r(
    method: Any, alpha: float, baseline: int, least: float, tmp_path: Path
) -> None:
    made = series_made(6, PERIODS, 52)
    r = asked(
        made, tmp_path, method=f"'{method.upper()}'", alpha=str(alpha), baseline=str(baseline), minSigma=str(least)
    )
    ears = Ears(method=method, alpha=alpha, baseline=baseline, spread_least=least)
    assert said(made, ears, "upper") == pytest.approx(r["upper"], rel=1e-9)
    assert (said(made, ears, "is_over") == r["alarm"]).all()
    assert r["alarm"].sum() > 10


@pytest.mark.slow
def test_c3_carries_over_what_r_carries_over(tmp_path: Path) -> None:
    # R writes observed + spread × (z - carried) as its bound of C3, in which the judged count cancels out; ours is
    # mean + spread × (1 + z - carried), as Fricker et al. define it. What is carried is the same.
    made = series_made(7, PERIODS, 52)
    observed = np.array(made, dtype=float).T[NUMBERS.start :]
    z = 1.9599639845400545
    middle = asked(made, tmp_path, method="'C2'", alpha="0.5", minSigma="0.5")["upper"]
    away = asked(made, tmp_path, method="'C2'", alpha="0.025", minSigma="0.5")["upper"]
    spread = (away - middle) / z
    bound = asked(made, tmp_path, method="'C3'", alpha="0.025", minSigma="0.5")["upper"]
    known = bound > 0  # R cuts off below 0
    carried = z - (bound - observed)[known] / spread[known]
    expected = middle[known] + spread[known] * np.maximum(0, 1 + z - carried)
    assert known.sum() > 400
    assert (carried > 0.1).sum() > 50
    assert said(made, Ears(method="c3"), "upper")[known] == pytest.approx(expected, rel=1e-9)
