"""Numbers from ledger lines, without a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hezhi.flow.indicators.rules import CaseFacts, fold, matches, measure
from hezhi.packkit.shape.measure import Filter, Indicator

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@dataclass
class L:
    act: str
    days: float = 0
    body: dict[str, Any] = field(default_factory=dict)
    pack: str = "demo@2026.1"

    @property
    def at(self) -> datetime:
        return START + timedelta(days=self.days)


def opened(agency: int = 1) -> L:
    return L("case.open", 0, {"region": "339901", "region_path": "33.3399.339901", "matter": "m", "lead": agency})


def closed(days: float, verdict: str = "true", *, on_time: bool = True) -> L:
    body = {"outcome": "done", "verdict": verdict, "is_on_time": on_time, "is_wrongful": False}
    return L("case.close", days, body)


def indicator(**keys: Any) -> Indicator:
    both = {"zh": "数", "en": "number"}
    whole = {"id": "one", "says": both, "caveat": both, "good": "up", "hide_below": 0, "unit": "count", **keys}
    return Indicator.model_validate(whole)


def test_facts_follow_the_chain_to_its_end() -> None:
    facts = fold([
        opened(1), L("case.return", 1, {"to": "returned", "owner": 9}), L("case.rule", 1.5, {"agency": 2}),
        L("task.done", 2, {"element": "visit"}), closed(4), L("record.rate", 5, {"stars": 2}),
    ])  # fmt: skip

    assert (facts.agency, facts.was_returned, facts.done_tasks, facts.stars) == (2, True, {"visit"}, [2])
    assert facts.closed_at == START + timedelta(days=4)


def test_a_reopened_case_is_not_closed_until_it_closes_again() -> None:
    reopen = L("case.reopen", 5, {"from": "closed", "to": "handling"})

    assert fold([opened(), closed(4), reopen]).closed_at is None
    again = fold([opened(), closed(4), reopen, closed(9, "false")])
    assert (again.was_reopened, again.verdict, again.acts["case.close"]) == (True, "false", START + timedelta(days=9))


def test_a_share_counts_part_of_its_own_denominator() -> None:
    cases = [fold([opened(), closed(2, verdict)]) for verdict in ("true", "true", "false", "cannot_verify")]
    wanted = indicator(
        measure="share", unit="share", count={"verdict": ["true"]}, over={"verdict": ["true", "false"]}, hide_below=4
    )

    (value,) = measure("demo", wanted, cases)

    assert (value.numerator, value.denominator, value.value, value.is_hidden) == (2, 3, 2 / 3, True)


def test_median_days_go_from_act_to_act() -> None:
    cases = [fold([opened(), closed(days)]) for days in (1, 3, 10)]
    wanted = indicator(measure="median_days", unit="days", from_act="case.open", to_act="case.close", by=["agency"])

    values = measure("demo", wanted, cases)

    assert [(one.by, one.group, one.value, one.denominator) for one in values] == [
        ("", "", 3.0, 3),
        ("agency", "1", 3.0, 3),
    ]


def test_cases_of_another_pack_or_still_open_do_not_count() -> None:
    other = fold(
        [L("case.open", 0, {"region": "r", "region_path": "r", "matter": "m", "lead": 1}, pack="other@1"), closed(1)]
    )

    assert measure("demo", indicator(measure="count"), [other, fold([opened()])]) == []


def test_an_empty_filter_takes_every_case() -> None:
    assert matches(Filter(), CaseFacts())
    assert not matches(Filter(is_closed=True), CaseFacts())
    assert not matches(Filter(rated_at_least=1), CaseFacts())
