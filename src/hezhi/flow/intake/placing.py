"""Finds the places of rows in the region tree, one query for many rows."""

from __future__ import annotations

from collections.abc import Iterable

from hezhi.flow.intake.rules import region_candidates
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.errors import RegionCodeInvalid

Place = tuple[str, str]  # code and path


class Places:
    """Places by their given text; what was looked up once is kept for the life of this object."""

    def __init__(self) -> None:
        self._found: dict[str, Place | None] = {}

    def load(self, texts: Iterable[str]) -> None:
        """Look up every text that is not known yet, in one query."""
        codes = {text: _code(text) for text in set(texts) - self._found.keys()}
        wanted = {code for code in codes.values() if code}
        rows = regions.regions_get(wanted) if wanted else {}
        for text, code in codes.items():
            row = rows.get(code)
            self._found[text] = (row.code, row.path) if row else None

    def get(self, text: str) -> Place | None:
        """Return code and path, None for a place the tree does not know."""
        if text not in self._found:
            self.load([text])
        return self._found[text]

    def nearest(self, text: str) -> Place | None:
        """Return the smallest known region around an unknown code, None when there is none."""
        found = (self.get(code) for code in region_candidates(text))
        return next((place for place in found if place is not None), None)


def _code(text: str) -> str:
    try:
        return regions.code_read(text)
    except RegionCodeInvalid:
        return ""
