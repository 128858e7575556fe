"""Small shapes that every file of a pack uses."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
"""A name inside a pack: small letters, digits, underscores."""

Colour = Literal["red", "yellow", "green", "grey"]

AgencyKind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
"""A kind of agency; the city says which agency of that kind stands where."""


class Shape(BaseModel):
    """Frozen, and unknown keys are errors: what we do not understand is never quietly absorbed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Shape):
    """A sentence or label in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Source(Shape):
    """Where a rule or a number comes from."""

    cite: str = Field(min_length=2, description="law and article, or the local rule's name")
    is_verified: bool = Field(default=False, description="someone read the text in force; otherwise pages mark it")


class Limit(Shape):
    """A time limit: budget in a unit, with its source."""

    budget: int = Field(gt=0)
    unit: Literal["calendar_day", "working_day", "hour"]
    source: Source
