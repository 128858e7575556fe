"""``tests/loop.yml``: whole stories, played through the rooms' doors on a fixed clock."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from hezhi.packkit.shape.base import Shape


class StoryStep(Shape):
    """One act of the story.

    ``at`` is a city moment ``2026-03-02 09:00``; ``do`` an act or sweep; ``by`` a role or agency kind;
    ``given`` its arguments; ``expect`` facts that must hold afterwards; ``refused`` the error code of a
    step that must be refused and leave no trace.
    """

    at: str = Field(pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d$")
    do: str
    by: str = ""
    given: dict[str, Any] = {}
    expect: dict[str, Any] = {}
    refused: str | None = None


class Story(Shape):
    name: str = Field(min_length=4)
    steps: tuple[StoryStep, ...] = Field(min_length=2)
