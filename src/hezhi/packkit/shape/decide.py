"""``decisions/*.yml``: how facts are graded: typed inputs, rows, a hit policy, and tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from pydantic import Field

from hezhi.packkit.shape.base import Colour, Id, Shape, Text

HitPolicy = Literal["first", "unique", "collect"]


class Input(Shape):
    """A typed input of a decision table. What does not pass its gate makes the colour grey, never green.

    A value may be missing only where a row says ``is missing`` or ``any`` about it. With ``fresh_days`` or
    ``fresh_hours`` the value carries the moment it is from, and an older one is grey.
    """

    type: Literal["integer", "number", "text", "flag"]
    label: Text
    unit: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    choices: tuple[str, ...] = Field(default=(), description="the only allowed values of a text")
    fresh_days: int | None = Field(default=None, gt=0)
    fresh_hours: int | None = Field(default=None, gt=0)

    @property
    def fresh(self) -> timedelta | None:
        """How old the value may be, None where its age is not asked."""
        if self.fresh_days is None and self.fresh_hours is None:
            return None
        return timedelta(days=self.fresh_days or 0, hours=self.fresh_hours or 0)


class Row(Shape):
    """One row. ``when`` maps input to a condition: ``>= 3``, ``= true``, ``in a, b``, ``0..5``, ``[0..5)``,
    ``is missing``, or ``any``. An input that is not named may have any value, but must have one. The last row
    without conditions is the rest: it decides where no other row does.
    """

    when: dict[str, str] = {}
    colour: Literal["red", "yellow", "green"]
    because: Text


class DecisionTest(Shape):
    """``aged_hours``: how old a value is in this test; an input that is not named is from the same moment."""

    name: str = Field(min_length=4)
    given: dict[str, Any]
    aged_hours: dict[str, float] = {}
    colour: Colour


class Decision(Shape):
    """A decision table that grades, with reasons and tests. A colour refuses nothing by itself.

    ``hit_policy`` says which rows count: the ``first`` that fits; the ``unique`` one, where the check finds rows
    that overlap; or ``collect``, where every row that fits gives its reason and the worst colour holds.
    """

    id: Id
    says: Text
    hit_policy: HitPolicy = "first"
    inputs: dict[Id, Input]
    rows: tuple[Row, ...] = Field(min_length=1)
    expires_days: int = Field(gt=0, description="after this many days the colour is grey again")
    tests: tuple[DecisionTest, ...] = Field(min_length=2)
