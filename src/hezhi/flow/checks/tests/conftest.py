"""The invented pack on the shelf, an officer at a counter, and a supervisor of the region."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.spine.permissions.contracts import Actor, Grant, Right, Scope, ScopeKind

PACKS = Path(__file__).parents[5] / "packs"


@pytest.fixture
def pack(db: None) -> Iterator[Pack]:
    before = packkit.shelf()
    packkit.shelf_use(packkit.Shelf([PACKS / "_demo_works"]))
    yield packkit.shelf().get("demo_works")
    packkit.shelf_use(before)


def officer(right: Right, path: str, ref: str = "person:7") -> Actor:
    return Actor(ref, "officer", agency_id=3, grants=frozenset({Grant(right, Scope(ScopeKind.REGION, path))}))


@pytest.fixture
def counter() -> Actor:
    return officer(Right.CHECK_RUN, "330000.339900.339901")
