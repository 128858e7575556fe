"""From ledger lines to numbers: pure functions, so that any figure can be computed again by anyone.

``fold`` turns one case's chain into the facts about it; ``measure`` turns many cases' facts into values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import takewhile
from statistics import median
from typing import Any, Protocol

from hezhi.flow.indicators.contracts import IndicatorValue
from hezhi.kit.moments import day_of
from hezhi.packkit.shape.measure import Filter, Indicator


class LineLike(Protocol):
    act: str
    at: datetime
    pack: str
    body: dict[str, Any]


@dataclass
class CaseFacts:
    """What the ledger says about one case at the end of its chain.

    ``acts`` maps each act to the first moment it was done (last for ``case.close``).
    """

    pack_id: str = ""
    region: str = ""
    region_path: str = ""
    matter: str = ""
    agency: int | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = ""
    verdict: str = ""
    is_on_time: bool | None = None
    is_wrongful: bool = False
    was_returned: bool = False
    was_reopened: bool = False
    was_contested: bool = False
    stars: list[int] = field(default_factory=list)
    done_tasks: set[str] = field(default_factory=set)
    acts: dict[str, datetime] = field(default_factory=dict)


def fold(lines: Iterable[LineLike]) -> CaseFacts:
    """Return the facts of one case from its chain, oldest line first."""
    facts = CaseFacts()
    for line in lines:
        _take(facts, line)
    return facts


def _take(facts: CaseFacts, line: LineLike) -> None:
    act, body = line.act, line.body
    if act == "case.close" or act not in facts.acts:
        facts.acts[act] = line.at
    if act == "case.open":
        facts.pack_id = line.pack.partition("@")[0]
        facts.region, facts.matter, facts.agency = body["region"], body["matter"], body["lead"]
        facts.region_path = body["region_path"]
        facts.opened_at = line.at
    elif act in ("case.rule", "case.transfer"):
        facts.agency = body["agency"]
    elif act == "case.return":
        facts.was_returned = True
        facts.agency = body["owner"] if body["to"] == "dispatched" else None
    elif act == "case.close":
        facts.closed_at, facts.outcome, facts.verdict = line.at, body["outcome"], body["verdict"]
        facts.is_on_time, facts.is_wrongful = body["is_on_time"], body["is_wrongful"]
    elif act == "case.contest":
        facts.was_contested = True
    elif act == "record.rate":
        facts.stars.append(body["stars"])
    elif act == "task.done":
        facts.done_tasks.add(body["element"])
    if body.get("from") == "closed" and body.get("to") == "handling":
        facts.was_reopened = True
        facts.closed_at, facts.outcome, facts.verdict = None, "", ""
        facts.is_on_time, facts.is_wrongful = None, False
        facts.acts.pop("case.close", None)


def matches(wanted: Filter, facts: CaseFacts) -> bool:
    """Say whether a case meets every stated condition of a filter; ratings are judged by their mean."""
    mean = sum(facts.stars) / len(facts.stars) if facts.stars else None
    checks: Mapping[str, bool] = {
        "outcome": not wanted.outcome or facts.outcome in wanted.outcome,
        "verdict": not wanted.verdict or facts.verdict in wanted.verdict,
        "is_closed": wanted.is_closed in (None, facts.closed_at is not None),
        "is_on_time": wanted.is_on_time in (None, facts.is_on_time),
        "is_wrongful": wanted.is_wrongful in (None, facts.is_wrongful),
        "was_returned": wanted.was_returned in (None, facts.was_returned),
        "was_reopened": wanted.was_reopened in (None, facts.was_reopened),
        "was_contested": wanted.was_contested in (None, facts.was_contested),
        "is_rated": wanted.is_rated in (None, mean is not None),
        "rated_at_least": wanted.rated_at_least is None or (mean is not None and mean >= wanted.rated_at_least),
        "rated_at_most": wanted.rated_at_most is None or (mean is not None and mean <= wanted.rated_at_most),
        "done_task": wanted.done_task is None or wanted.done_task in facts.done_tasks,
    }
    return all(checks.values())


def period_of(indicator: Indicator, facts: CaseFacts) -> str | None:
    """Return the month a case belongs to, None when it belongs to none yet."""
    at = facts.closed_at if indicator.period_of == "closed" else facts.opened_at
    return f"{day_of(at):%Y-%m}" if at else None


def measure(pack_id: str, indicator: Indicator, cases: Iterable[CaseFacts]) -> list[IndicatorValue]:
    """Return every value of one indicator: per month, over all and by each stated dimension.

    Cases of other packs are left out. Values come sorted by period, dimension and group.
    """
    groups: dict[tuple[str, str, str], list[CaseFacts]] = defaultdict(list)
    for facts in cases:
        period = period_of(indicator, facts)
        if facts.pack_id != pack_id or period is None:
            continue
        groups[period, "", ""].append(facts)
        for dimension in indicator.by:
            groups[period, dimension, str(getattr(facts, dimension) or "")].append(facts)
    return [_value(pack_id, indicator, key, members) for key, members in sorted(groups.items())]


def _value(pack_id: str, indicator: Indicator, key: tuple[str, str, str], cases: list[CaseFacts]) -> IndicatorValue:
    counted = [one for one in cases if matches(indicator.count, one)]
    numerator, denominator = len(counted), len(cases)
    value: float | None = float(numerator)
    if indicator.measure == "share":
        over = [one for one in cases if matches(indicator.over or Filter(), one)]
        # The numerator is part of the denominator, so that a share never leaves 0–1.
        numerator = sum(1 for one in over if matches(indicator.count, one))
        denominator = len(over)
        value = numerator / denominator if denominator else None
    elif indicator.measure == "median_days":
        spans = [span for one in counted if (span := _span(indicator, one)) is not None]
        numerator = denominator = len(spans)
        value = round(median(spans), 4) if spans else None
    period, dimension, group = key
    hidden = denominator < indicator.hide_below
    told = (pack_id, indicator.id, period, dimension, group)
    area = path_common(one.region_path for one in cases)
    return IndicatorValue(*told, numerator, denominator, value, hidden, region_path=area)


def rests_on(
    indicator: Indicator, period: str, dimension: str, group: str, cases: Mapping[int, CaseFacts]
) -> tuple[set[int], set[int]]:
    """Return the cases that one value of `measure` rests on, and of these the ones counted in its numerator.

    A count rests on what it counts, a share on all it is a share of, a median on what was measured.

    Args:
        cases: facts of the pack's cases by id; those of other months and groups are passed over.
    """
    inside = {
        id_: one for id_, one in cases.items()
        if period_of(indicator, one) == period and (not dimension or str(getattr(one, dimension) or "") == group)
    }  # fmt: skip
    counted = {id_ for id_, one in inside.items() if matches(indicator.count, one)}
    if indicator.measure == "share":
        over = {id_ for id_, one in inside.items() if matches(indicator.over or Filter(), one)}
        return over, counted & over
    if indicator.measure == "median_days":
        counted = {id_ for id_ in counted if _span(indicator, inside[id_]) is not None}
    return counted, counted


def path_common(paths: Iterable[str]) -> str:
    """Return the path of the smallest region that holds all of ``paths``; empty when none does.

    Example:
        >>> path_common(["33.3301.330102", "33.3301.330103"]), path_common(["33.3301", "34.3401"])
        ('33.3301', '')
    """
    split = [path.split(".") for path in paths]
    same = takewhile(lambda codes: len(set(codes)) == 1, zip(*split, strict=False))
    return ".".join(codes[0] for codes in same)


def parts_sum(indicator: Indicator, parts: Sequence[IndicatorValue]) -> IndicatorValue | None:
    """Return one month's value of several regions together; None for a median, which parts do not tell."""
    if indicator.measure == "median_days" or not parts:
        return None
    numerator, denominator = (sum(getattr(one, name) for one in parts) for name in ("numerator", "denominator"))
    value: float | None = float(numerator)
    if indicator.measure == "share":
        value = numerator / denominator if denominator else None
    return replace(
        parts[0], by="", group="", numerator=numerator, denominator=denominator, value=value,
        is_hidden=denominator < indicator.hide_below, region_path="", is_part=True,
    )  # fmt: skip


def _span(indicator: Indicator, facts: CaseFacts) -> float | None:
    start, end = facts.acts.get(indicator.from_act or "case.open"), facts.acts.get(indicator.to_act or "case.close")
    return (end - start).total_seconds() / 86400 if start and end else None
