"""``detectors/*.yml``: what is noticed."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from hezhi.packkit.shape.base import Colour, Id, Shape, Text


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
    title: Text | None = Field(default=None, description="a few words for lists and headings")
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
