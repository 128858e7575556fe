"""Every story of every pack goes round the loop as it is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hezhi.edge.stories.play import story_play
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack, Story
from hezhi.project.options import ROOT
from hezhi.spine.ledger import api as ledger

SHELF = packkit.Shelf([ROOT / "packs", ROOT / "tests/packs"])
TOLD = [pytest.param(pack, story, id=f"{pack.id}: {story.name}") for pack in SHELF.packs() for story in pack.stories]


@pytest.fixture
def both_shelves() -> Iterator[None]:
    before = packkit.shelf()
    packkit.shelf_use(SHELF)
    yield
    packkit.shelf_use(before)


def test_every_pack_tells_at_least_one_story() -> None:
    assert {pack.id for pack in SHELF.packs()} >= {"fire_lane", "noise_at_night", "public_message", "zombie_vehicles"}
    assert [pack.id for pack in SHELF.packs() if not pack.stories] == []


@pytest.mark.django_db
@pytest.mark.usefixtures("both_shelves")
@pytest.mark.parametrize(("pack", "story"), TOLD)
def test_a_story_plays_as_it_is_told_and_leaves_nothing(pack: Pack, story: Story) -> None:
    before = ledger.last_line_id()

    assert story_play(pack, story) == []

    assert ledger.last_line_id() == before
