"""Makes a labelled city from a plan and a seed: the same seed gives the same rows."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hezhi.edge.real.labelled.plan import Between, Kind, LabelledPlan, Lines

Row = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """``rows`` by record kind; ``kind_of`` tells the kind of each subject, which no row says."""

    rows: dict[str, tuple[Row, ...]]
    kind_of: dict[str, str]


def city_make(plan: LabelledPlan, seed: int) -> Made:
    """Return every row of one city.

    Register lines hold form, size, registered people and flags; meter lines hold the amounts. How many people really
    are somewhere is in no row.
    """
    register: list[Row] = []
    meters: list[Row] = []
    kind_of: dict[str, str] = {}
    for number in range(plan.subjects):
        dice = random.Random(f"{plan.figures}:{seed}:{number}")  # noqa: S311 (invents, guards nothing)
        subject = f"D-{number:06d}"
        kind = dice.choices(plan.kinds, [one.share for one in plan.kinds])[0]
        kind_of[subject] = kind.id
        for month, (line, meter) in enumerate(_months(plan, kind, dice)):
            at = _month(plan, month)
            register.append({**line, **_named(plan, plan.register_lines, subject, at)})
            if dice.random() >= plan.missing_share:
                meters.append({**meter, **_named(plan, plan.meters, subject, at)})
    return Made({plan.register_lines.record: tuple(register), plan.meters.record: tuple(meters)}, kind_of)


def _months(plan: LabelledPlan, kind: Kind, dice: random.Random) -> Iterator[tuple[Row, Row]]:
    """Yield register and meter line of each month, without what names them."""
    register = plan.register_lines
    allowed = kind.forms or tuple(plan.forms)
    form = dice.choices(allowed, [plan.forms[one].weight for one in allowed])[0]
    people = dice.randint(*kind.people)
    registered = dice.randint(*kind.registered) if kind.registered else people - dice.randint(*kind.unregistered)
    flags = {name: dice.random() < share for name, share in kind.flag.items()}
    extra = {name: dice.randint(*between) for name, between in kind.extra.items()}
    thrift = {name: dice.gauss(0, one.spread) for name, one in plan.meters.amounts.items()}  # each one's own way
    shifted = _some(plan, kind.shift, dice)
    crowded = _some(plan, kind.shift_people, dice)
    empty = _some(plan, kind.empty_months, dice)
    line = {
        **dict.fromkeys(register.flags, False),
        register.form: form,
        register.size: dice.randint(*plan.forms[form].size),
        register.people: max(0, registered),
        **flags,
    }
    for month in range(plan.months):
        here = people if kind.shift_people is None or month in crowded else min(people, registered)
        here = 0 if kind.empty_months != (0, 0) and month in empty else here
        is_shifted = bool(extra) and (kind.shift is None or month in shifted)
        meter: Row = dict.fromkeys(plan.meters.flags, False)
        if is_shifted and kind.flag_when_shifted:
            meter[kind.flag_when_shifted] = True
        for name, one in plan.meters.amounts.items():
            used = one.base + one.per_head * here + (extra.get(name, 0) if is_shifted else 0)
            noise = math.exp(thrift[name] + dice.gauss(0, one.spread / 2))
            meter[name] = round(used * one.season[month % len(one.season)] * noise)
        yield line, meter


def _some(plan: LabelledPlan, between: Between | None, dice: random.Random) -> frozenset[int]:
    return frozenset(dice.sample(range(plan.months), dice.randint(*between))) if between else frozenset()


def _month(plan: LabelledPlan, number: int) -> str:
    year, month = map(int, plan.first_month.split("-"))
    month += number - 1
    return f"{year + month // 12}-{month % 12 + 1:02d}"


def _named(plan: LabelledPlan, lines: Lines, subject: str, month: str) -> Row:
    return {
        lines.key: f"{subject}-{month}",
        lines.subject: subject,
        lines.place: plan.region,
        lines.moment.field: f"{month}-{lines.moment.day:02d} 10:00",
    }
