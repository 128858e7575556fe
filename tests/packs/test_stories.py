"""Every story of every pack goes round the whole loop, through the doors of the real rooms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from hezhi.edge.stories.play import story_play
from hezhi.packkit.api import Shelf, pack_read, pack_score, shelf, shelf_use
from hezhi.packkit.shape import Story

PACKS = Path(__file__).parents[2] / "packs"
FOURTH = Path(__file__).parent / "noise_at_night"
INSTALLED = [pack.folder for pack in Shelf([PACKS]).packs()]
TODAY = date(2026, 12, 1)
FOLDERS = [*INSTALLED, PACKS / "_demo_works", PACKS / "_template", FOURTH]
STORIES = [(folder, story) for folder in FOLDERS for story in pack_read(folder).stories]


@pytest.fixture
def alone(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A shelf with nothing on it but the pack of the story."""
    folder, before = request.param, shelf()
    shelf_use(Shelf([folder]))
    yield folder
    shelf_use(before)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("alone", "story"), STORIES, indirect=["alone"], ids=[f"{folder.name}-{story.name}" for folder, story in STORIES]
)
def test_the_story_goes_as_it_is_told(alone: Path, story: Story) -> None:
    assert story_play(pack_read(alone), story) == []


@pytest.mark.parametrize("folder", [*INSTALLED, PACKS / "_demo_works"], ids=lambda one: one.name)
def test_with_its_stories_played_a_pack_keeps_what_it_claims(folder: Path) -> None:
    """The stories above pass; with that the computed tier is at least the claimed one."""
    played = {story.name: True for story in pack_read(folder).stories}

    score = pack_score(folder, today=TODAY, stories=played)

    assert score.tier == "bronze"
    assert score.claimed in ("none", "bronze")
