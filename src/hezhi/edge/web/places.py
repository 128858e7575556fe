"""Choosing a place by dependent lists, one page load per level, so that it works without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hezhi.kit.moments import day_of
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.contracts import Level, RegionRow

ENOUGH = frozenset({Level.TOWNSHIP, Level.VILLAGE, Level.GRID})
"""A report must name its place at least so closely; where nothing lies below, less will do."""


@dataclass(frozen=True)
class Choice:
    """One list of the picker; ``chosen`` is a code or empty."""

    level: str
    options: tuple[RegionRow, ...]
    chosen: str = ""


@dataclass(frozen=True)
class Picker:
    """All lists so far; ``place`` is the closest place chosen, ``is_enough`` whether a report may name it."""

    lists: tuple[Choice, ...]
    place: RegionRow | None
    is_enough: bool
    trail: tuple[RegionRow, ...]


def picker_of(wanted: Sequence[str], at: datetime) -> Picker:
    """Return the lists to show after ``wanted`` codes were chosen, from the top down.

    A code that does not lie below the one before it (its list was changed) is left out, and a list of
    one is chosen by itself.
    """
    on = day_of(at)
    lists: list[Choice] = []
    trail: list[RegionRow] = []
    while True:
        options = regions.children(trail[-1].code if trail else "", on=on)
        if not options:
            break
        chosen = next((one for one in options if one.code in wanted), None)
        if chosen is None and len(options) == 1 and options[0].level not in ENOUGH:
            chosen = options[0]
        if len(options) > 1 or chosen is None:
            lists.append(Choice(options[0].level, tuple(options), chosen.code if chosen else ""))
        if chosen is None:
            break
        trail.append(chosen)
    place = trail[-1] if trail else None
    is_enough = place is not None and (place.level in ENOUGH or not options)
    return Picker(tuple(lists), place, is_enough, tuple(trail))


def trail_of(code: str) -> list[str]:
    """Return the codes from the province down to ``code``, to fill the picker with."""
    return regions.region_path(code).split(".")


def place_names(codes: Sequence[str]) -> dict[str, str]:
    """Return ``{code: name}`` of several regions in one query; the newest name of each."""
    return {code: one.name for code, one in regions.regions_get(set(codes) - {""}).items()}
