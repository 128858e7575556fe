"""EARS C1, C2 and C3: the bound of a count with a short history, from the periods just before it.

Sources: Hutwagner et al., J. Urban Health 80 (2003) i89-i96; Fricker et al., Stat. Med. 27 (2008) 3407-3429. C3 here
asks in addition that the judged count itself lies above the mean: what was high before is no alarm of today.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from hezhi.packkit.series.contracts import Ears
from hezhi.packkit.series.design import Floats

Which = Literal["c1", "c2", "c3"]
GUARD = {"c1": 0, "c2": 2, "c3": 2}  # periods between the references and the judged one
ALPHA = {"c1": 0.001, "c2": 0.001, "c3": 0.025}


@dataclass(frozen=True)
class EarsFound:
    """Floats, or NaN where too few references are known. ``references``: how many are."""

    mean: float
    lower: float
    upper: float
    p: float
    references: int


def which_ears(number: int, plan: Ears) -> Which | None:
    """Return the method for a period with so many before it; None where they are too few for any."""
    wanted = ("c2", "c1") if plan.method == "auto" else (plan.method,)
    return next((one for one in wanted if number >= _reach(one, plan)), None)


def ears_bound(counts: Floats, number: int, which: Which, plan: Ears) -> EarsFound:
    """Judge the period ``number`` of a series (NaN: unknown); the chance holds for normal counts of unknown spread."""
    alpha = ALPHA[which] if plan.alpha is None else plan.alpha
    z = float(special.ndtri(1 - alpha))
    mean, spread, known = _baseline(counts, number, which, plan)
    carried = 0.0
    if which == "c3":
        carried = sum(_above(counts, number - back, plan) for back in (1, 2)) - 1
    upper = mean + spread * max(0.0, z - carried)
    error = np.sqrt(1 + 1 / known) if known else np.nan
    p = float(special.stdtr(known - 1, -((counts[number] - mean) / spread + carried) / error)) if known > 1 else np.nan
    return EarsFound(mean, max(0.0, mean - z * spread), upper, p, known)


def _reach(which: Which, plan: Ears) -> int:
    return GUARD[which] + plan.baseline + (2 if which == "c3" else 0)


def _baseline(counts: Floats, number: int, which: Which, plan: Ears) -> tuple[float, float, int]:
    end = number - GUARD[which]
    values = counts[end - plan.baseline : end]
    values = values[np.isfinite(values)]
    if len(values) < max(3, plan.baseline - 2):
        return np.nan, np.nan, len(values)
    return float(values.mean()), max(float(values.std(ddof=1)), plan.spread_least), len(values)


def _above(counts: Floats, number: int, plan: Ears) -> float:
    """Return by how many deviations beyond one a count stood above its own references; 0 where unknown."""
    mean, spread, _known = _baseline(counts, number, "c2", plan)
    above = (counts[number] - mean) / spread - 1 if spread else 0.0
    return max(0.0, above) if np.isfinite(above) else 0.0
