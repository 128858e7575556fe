"""The shelf that this process works with; the wiring puts it here at the start, tests put their own."""

from __future__ import annotations

from hezhi.packkit.shelf import Shelf

_current: list[Shelf] = []


def shelf() -> Shelf:
    """Return the shelf in use.

    Raises:
        LookupError: nobody has put one here yet.
    """
    if not _current:
        raise LookupError("no shelf of packs is in use; call shelf_use first")
    return _current[-1]


def shelf_use(new: Shelf) -> None:
    """Use another shelf from now on."""
    _current[:] = [new]
