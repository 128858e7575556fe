"""What such a city is made of, as a file of ``city/labelled`` says. All names of the scenario stand there."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field

from hezhi.packkit.shape import Shape

Between = tuple[int, int]


class Amount(Shape):
    """One metered amount of a month. ``spread``: standard deviation of the noise, of the logarithm."""

    base: int
    per_head: int
    spread: float
    season: tuple[float, ...]


class Moment(Shape):
    field: str
    day: int


class Lines(Shape):
    """Rows of one record kind, one a month for each subject. ``flags``: fields that are false unless a kind says so."""

    record: str
    key: str
    subject: str
    place: str
    moment: Moment
    flags: tuple[str, ...] = ()


class Register(Lines):
    """What is known of each subject: fields that take its form, its size and the people registered."""

    form: str
    size: str
    people: str


class Meters(Lines):
    amounts: dict[str, Amount]


class Form(Shape):
    weight: int
    size: Between


class Kind(Shape):
    """One kind of subject; its label, as no row tells it.

    Attributes:
        people: who are there; ``registered`` are as many of them unless stated, less those ``unregistered``.
        extra: what is used besides, drawn once for each subject.
        shift: in how many months the extra is used; without it in all.
        shift_people: in how many months so many are there; in the others only who is registered.
        flag: share of subjects for which a field of the register holds.
        flag_when_shifted: field of the meter line that says so in the months of the extra.
        empty_months: months in which nobody is there.
    """

    id: str
    share: float
    people: Between
    registered: Between | None = None
    unregistered: Between = (0, 0)
    extra: dict[str, Between] = {}
    shift: Between | None = None
    shift_people: Between | None = None
    empty_months: Between = (0, 0)
    flag: dict[str, float] = {}
    flag_when_shifted: str = ""
    forms: tuple[str, ...] = Field(default=(), alias="in")


class Seeds(Shape):
    tuning: tuple[int, ...] = Field(min_length=1)
    evaluation: tuple[int, ...] = Field(min_length=1)


class Published(Shape):
    value: float
    what: str


class Simple(Shape):
    """The simple baseline: a field at or above one limit in so many of so many months."""

    field: str
    at_least: int
    months: int
    of: int


class Truth(Shape):
    kinds: tuple[str, ...]


class LabelledPlan(Shape):
    pack: str
    detector: str
    figures: str
    first_month: str = Field(pattern=r"^\d{4}-\d\d$")
    months: int = Field(gt=0, le=24)
    subjects: int = Field(gt=0)
    seeds: Seeds
    missing_share: float
    published: Published
    simple: Simple
    region: str
    truth: Truth
    register_lines: Register = Field(alias="register")
    meters: Meters
    forms: dict[str, Form]
    kinds: tuple[Kind, ...]


Seeding = Literal["tuning", "evaluation"]


def labelled_read(path: Path) -> LabelledPlan:
    """Return the plan of a file.

    Raises:
        pydantic.ValidationError: it does not have the shape.
        ValueError: shares do not add up to 1, a seed is used twice, or a true kind is none of the kinds.
    """
    plan = LabelledPlan.model_validate(yaml.safe_load(path.read_text("utf-8")))
    total = sum(kind.share for kind in plan.kinds)
    if abs(total - 1) > 1e-9:
        raise ValueError(f"{path.name}: the shares of the kinds add up to {total:.4f}")
    if set(plan.seeds.tuning) & set(plan.seeds.evaluation):
        raise ValueError(f"{path.name}: a seed is both for tuning and for evaluation")
    if set(plan.truth.kinds) - {kind.id for kind in plan.kinds}:
        raise ValueError(f"{path.name}: 'truth' names a kind that there is not")
    return plan
