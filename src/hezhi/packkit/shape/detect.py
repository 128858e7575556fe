"""``detectors/*.yml`` and ``decisions/*.yml``: what is noticed, and how it is graded."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from hezhi.packkit.shape.base import Id, Shape, Text

Colour = Literal["red", "yellow", "green", "grey"]


class DetectorTest(Shape):
    """``given`` is a sample file or inline records; ``hits`` how many are expected, on which ``subjects``.

    ``skipped`` counts the records that the detector cannot use because a field it reads is missing.
    """

    name: str = Field(min_length=4)
    given: str | tuple[dict[str, Any], ...]
    hits: int = Field(ge=0)
    subjects: tuple[str, ...] = ()
    skipped: int = Field(default=0, ge=0)


class Param(Shape):
    value: int
    unit: Literal["days", "hours", "count"]
    source: str = Field(min_length=2)


class Detector(Shape):
    """A count of accepted records per subject, region or matter within a moving window."""

    id: Id
    kind: Literal["count_window"]
    says: Text
    reads: Id
    per: tuple[str, ...] = Field(min_length=1, description="record fields that together name the subject")
    within: Param
    at_least: Param
    grade: Colour
    quiet: Param = Field(description="after a hit, the same subject is not raised again for this long")
    shadow: bool = Field(default=True, description="hits are kept, alerts are not raised")
    blind_spots: tuple[Text, ...] = Field(min_length=1)
    innocent_reasons: tuple[Text, ...] = Field(min_length=1)
    tests: tuple[DetectorTest, ...] = Field(min_length=2)


class Input(Shape):
    """A typed input of a decision table: missing or wrongly typed means grey, never green."""

    type: Literal["integer", "number", "text", "flag"]
    label: Text


class Row(Shape):
    """One row; the first whose every condition holds decides. ``when`` maps input to a condition
    like ``>= 3``, ``< 5``, ``= true``, ``in a, b``; an input that is not named is not asked.
    """

    when: dict[str, str] = {}
    colour: Literal["red", "yellow", "green"]
    because: Text


class DecisionTest(Shape):
    name: str = Field(min_length=4)
    given: dict[str, Any]
    colour: Colour


class Decision(Shape):
    """A decision table that grades alerts, with reasons and tests. A colour refuses nothing by itself."""

    id: Id
    says: Text
    inputs: dict[str, Input]
    rows: tuple[Row, ...] = Field(min_length=1)
    expires_days: int = Field(gt=0, description="after this many days the colour is grey again")
    tests: tuple[DecisionTest, ...] = Field(min_length=2)
