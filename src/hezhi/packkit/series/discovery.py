"""How many of a report's alarms may be false."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def adjusted(chances: Sequence[float]) -> list[float]:
    """Return p-values adjusted by Benjamini and Hochberg, in the given order.

    Alarms at adjusted values up to a share hold at most that share of false ones on average, if quiet series are
    independent or rise together.

    >>> adjusted([0.01, 0.04, 0.03, 0.8])
    [0.04, 0.05333333333333334, 0.05333333333333334, 0.8]
    """
    values = np.asarray(chances, dtype=float)
    order = np.argsort(values)
    scaled = values[order] * len(values) / np.arange(1, len(values) + 1)
    out = np.empty_like(values)
    out[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return out.tolist()
