"""``features.yml``: values that point checks read at once, and from which rows of the lake each is reckoned."""

from __future__ import annotations

from pydantic import Field, model_validator

from hezhi.packkit.shape.base import Id, Shape, Text
from hezhi.packkit.shape.scan import Cell, Feature, Number, Stream, Word

ROWS = "rows"
"""Name of the one stream of a feature."""


class OnlineTest(Shape):
    """``given`` holds rows by record kind, ``known`` what is known at ``as_of`` (city time), by subject."""

    name: str = Field(min_length=4)
    given: dict[str, tuple[dict[str, Cell], ...]]
    as_of: str
    known: dict[str, Cell]


class OnlineFeature(Shape):
    """One value per subject, reckoned anew after each feed of the lake.

    ``last`` is what the newest row says, and nothing where that row is empty or outside ``value.where``: an older
    row never speaks for a newer one. Other aggregates reckon over the rows ``within`` the time before now.
    """

    id: Id
    kind: Id = Field(description="what sort of subject it is about, as the checks that read it say")
    says: Text
    rows: Stream = Field(description="the rows it is reckoned from; 'per' is the one field that names the subject")
    value: Feature
    within: Number = Field(description="rows older than this say nothing, and the value is deleted by then")
    params: dict[Word, Number] = {}
    tests: tuple[OnlineTest, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _one_subject(self) -> OnlineFeature:
        if len(self.rows.per) != 1:
            raise ValueError("a feature is about one subject: 'per' names one field")
        if self.value.agg == "before":
            raise ValueError("'before' needs periods; a feature has none")
        return self

    @property
    def streams(self) -> dict[str, Stream]:
        return {ROWS: self.rows}

    @property
    def features(self) -> dict[str, Feature]:
        return {"value": self.value}

    @property
    def per(self) -> str:
        """The field that names the subject."""
        return self.rows.per[0]
