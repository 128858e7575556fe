"""Point checks: feed a table from a form and from features, and say what the caller is told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hezhi.kit.moments import day_of
from hezhi.packkit.contracts import Decided
from hezhi.packkit.decide import decide
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.checks import Check
from hezhi.packkit.shape.decide import Decision


@dataclass(frozen=True)
class FeatureValue:
    """What is known about a subject: value, moment it is from, and who found it out (``pack@version/detector``)."""

    value: Any
    from_at: datetime
    source: str = ""


@dataclass(frozen=True)
class Checked:
    """What the caller is told (``ok``, ``remind``, ``refer``), and the decision behind it."""

    answer: str
    says: Text
    decided: Decided


def check_decide(
    check: Check,
    table: Decision,
    given: Mapping[str, Any],
    features: Mapping[str, FeatureValue],
    *,
    at: datetime,
) -> Checked:
    """Return what a check says.

    Args:
        table: the table named by ``check.decided_by``.
        given: values of the form in their types, as ``values_check`` returns them; from ``at``.
        features: by the name under which the check declares them; what is not known is left out.
    """
    facts: dict[str, Any] = {}
    from_at: dict[str, datetime] = {}
    for name in table.inputs:
        source = check.days_until.get(name, name)
        known = features.get(source) if source in check.features else None
        value = known.value if known else given.get(source)
        if name in check.days_until:
            value = _days_until(value, at)
        if value is not None:
            facts[name], from_at[name] = value, known.from_at if known else at
    decided = decide(table, facts, at=at, from_at=from_at)
    told = check.answers[decided.colour]
    return Checked(told.answer, told.says, decided)


def _days_until(value: Any, at: datetime) -> Any:
    """Return the days from the day of ``at`` in China to a day; what is no day stays, for the gate to stop it."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return value
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    return (value - day_of(at)).days if is_day else value
