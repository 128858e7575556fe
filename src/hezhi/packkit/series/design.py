"""Which earlier periods a period is compared with, and to which block of the year each belongs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class References:
    """Reference periods of one judged period. ``blocks``: 0 is the block of the judged period itself."""

    numbers: Ints
    blocks: Ints


def references(same: list[int], half_width: int, block_count: int, recent_left_out: int) -> References | None:
    """Return the reference periods, oldest first; None where history or year is too short for them.

    Args:
        same: numbers of the periods at the same point of 0, 1, 2 … years before, as `periods.same_in_years` gives them.
        half_width, block_count, recent_left_out: as in `contracts.Farrington`.
    """
    now, oldest = same[0], same[-1]
    if oldest - half_width < 0:
        return None
    block = np.full(now + 1, -1, dtype=np.int64)
    block[now - half_width :] = 0
    for later, earlier in pairwise(same):
        block[earlier - half_width : earlier + half_width + 1] = 0
        if block_count > 1:
            begin, end = earlier + half_width + 1, later - half_width
            if end - begin < block_count - 1:
                return None
            # the rest of the year in equal parts; the first ones are longer where it does not divide
            size, longer = divmod(end - begin, block_count - 1)
            sizes = [size + (part < longer) for part in range(block_count - 1)]
            block[begin:end] = np.repeat(np.arange(1, block_count), sizes)
    block[max(0, now - recent_left_out) :] = -1
    numbers = np.flatnonzero(block >= 0)
    return References(numbers, block[numbers])
