"""``checks/*.yml``: point checks: what a counter, a gate or a form asks, and what it is told at once."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field as F

from hezhi.packkit.shape.base import Colour, Id, Shape, Text
from hezhi.packkit.shape.records import Field

Answer = Literal["ok", "remind", "refer"]
"""All that a check may say: go on, go on and mind this, or ask a person. It never refuses."""


class FeatureRead(Shape):
    """A value that detectors keep up to date about one subject.

    ``of`` is the field of the form that identifies the subject, ``kind`` what sort of subject it is. The feature
    has the name of the input that it feeds, unless ``feature`` says another one.
    """

    kind: Id
    of: Id
    feature: Id | None = None


class CheckAnswer(Shape):
    """What the caller is told where the table gives this colour."""

    answer: Answer
    says: Text


class CheckTest(Shape):
    """``given`` is the form; ``features`` are by input, ``aged_hours`` says how old they are; ``on`` is the day."""

    name: str = F(min_length=4)
    given: dict[str, Any]
    features: dict[str, Any] = {}
    aged_hours: dict[str, float] = {}
    on: date = date(2026, 1, 1)
    colour: Colour
    answer: Answer


class Check(Shape):
    """A point check. Every input of its table is fed by a field of the form, by a feature, or by ``days_until``:
    the days from today to a day of the form or of a feature, negative once it is over.
    """

    id: Id
    says: Text
    form: dict[Id, Field] = F(min_length=1)
    why: dict[Id, Text] = F(default={}, description="why each field is asked that is not open")
    features: dict[Id, FeatureRead] = {}
    days_until: dict[Id, Id] = {}
    decided_by: Id = F(description="the decision table that answers")
    answers: dict[Colour, CheckAnswer]
    keep_days: int = F(gt=0, description="how long the log keeps an answer")
    tests: tuple[CheckTest, ...] = F(min_length=2)
