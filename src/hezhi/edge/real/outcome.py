"""What a part of ``hezhi real`` gives back."""

from __future__ import annotations

from dataclasses import dataclass

from hezhi.kit.figures import Figure


@dataclass(frozen=True)
class Outcome:
    """``failures``: what must not be as it is; with one the command ends with code 1. ``remarks`` are printed only."""

    figures: tuple[Figure, ...]
    failures: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
