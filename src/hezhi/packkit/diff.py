"""Tells two versions of a pack apart by element, not by line: moved files and comments are no change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from hezhi.packkit.shape import Pack

NAMED_BY = ("id", "name", "rule", "field", "cite", "on", "do")
"""By which key the members of a list are recognised, first match wins."""


@dataclass(frozen=True)
class PackChange:
    """``place`` names the element, e.g. ``playbook.tasks.serve_notice.limit.budget``."""

    kind: Literal["added", "removed", "changed"]
    place: str
    old: Any = None
    new: Any = None


def pack_diff(old: Pack, new: Pack) -> tuple[PackChange, ...]:
    """Return every difference in meaning between two packs, in the order of the format.

    Elements are matched by id: a task that moved is unchanged, a task with a new id is one removed and
    one added.
    """
    left, right = (pack.model_dump(mode="json", exclude={"folder", "content_hash"}) for pack in (old, new))
    return tuple(_compare("", left, right))


def _compare(place: str, old: Any, new: Any) -> Iterator[PackChange]:
    if old == new:
        return
    old_parts, new_parts = _parts(old), _parts(new)
    if old_parts is None or new_parts is None:
        yield PackChange("changed", place, old, new)
        return
    for name in [*old_parts, *(name for name in new_parts if name not in old_parts)]:
        inner = f"{place}.{name}" if place else name
        if name not in new_parts:
            yield PackChange("removed", inner, old=old_parts[name])
        elif name not in old_parts:
            yield PackChange("added", inner, new=new_parts[name])
        else:
            yield from _compare(inner, old_parts[name], new_parts[name])


def _parts(value: Any) -> dict[str, Any] | None:
    """Return the named parts of a mapping or of a list whose members have names; None for a plain value."""
    if isinstance(value, dict):
        return value or None
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        return None
    for key in NAMED_BY:
        names = [one.get(key) for one in value]
        if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return dict(zip(names, value, strict=True))
    return {str(number): one for number, one in enumerate(value, start=1)}
