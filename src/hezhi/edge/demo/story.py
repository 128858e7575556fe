"""Tells one record's whole life in sentences: what came in, why its colour, who did what, and every limit in steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import groupby
from pathlib import Path

import yaml
from django.utils import translation

from hezhi.edge.demo.cast import HOUSE
from hezhi.edge.demo.errors import CityMissing
from hezhi.edge.web.casefile import CaseFile, Fact, case_file
from hezhi.edge.web.sentences import task_title, told
from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow
from hezhi.kit.errors import NotFound
from hezhi.kit.moments import CITY_ZONE
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Text
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockRow, Explanation, Step
from hezhi.spine.ledger import api as ledger
from hezhi.spine.ledger.contracts import Line

LANGUAGES = {"zh": ("zh-hans",), "en": ("en",), "both": ("zh-hans", "en")}
EVENTS = {
    "case.return": 4, "case.rule": 5, "case.wait": 3, "case.suspend": 3, "case.send_back": 2, "case.urge": 2,
    "case.supervise": 2, "case.raise_ring": 1, "record.rate": 4, "case.contest": 5, "case.reopen": 4, "case.answer": 1,
    "case.extend": 2, "case.add_co": 1, "case.part_done": 1, "case.close": 6,
}  # fmt: skip
"""How much each act adds to a story; every act counts once."""
LONGEST = 70  # lines; longer lives tire the reader


def is_told(number: str) -> bool:
    """Say whether the asked case, or any closed case at all, is there."""
    return (_by_number(number) if number else _eventful()) is not None


def story_lines(*, number: str, lang: str) -> Iterator[str]:
    """Yield the story of a case, or of the most eventful one.

    Raises:
        CityMissing: there is no such case; nothing was replayed.
    """
    case = _by_number(number) if number else _eventful()
    if case is None:
        raise CityMissing(case=number)
    for language in LANGUAGES[lang]:
        with translation.override(language):
            yield from Teller(case, "zh" if language == "zh-hans" else "en").lines()
        yield ""


def _by_number(number: str) -> CaseRow | None:
    try:
        return cases.case_by_number(number=number, by=HOUSE)
    except NotFound:
        return None


def _eventful() -> CaseRow | None:
    """Return the closed case with the most kinds of events; of equals the one that opened first."""
    best: tuple[int, int] | None = None
    for chain, lines in groupby(ledger.chains_lines(prefix="case:", with_words=True), key=lambda line: line.chain):
        worth, case_id = _worth(list(lines)), int(chain.partition(":")[2])
        if worth and (best is None or (worth, -case_id) > (best[0], -best[1])):
            best = (worth, case_id)
    return cases.case_get(case_id=best[1], by=HOUSE) if best else None


def _worth(lines: list[Line]) -> int:
    acts = {line.act for line in lines}
    if "case.close" not in acts or len(lines) > LONGEST:
        return 0
    return sum(value for act, value in EVENTS.items() if act in acts)


class Teller:
    """One case told in one language."""

    def __init__(self, case: CaseRow, lang: str) -> None:
        self._lang, self._words = lang, _tellings()
        closed = case.closed_at or case.opened_at
        self._file: CaseFile = case_file(case_id=case.id, by=HOUSE, at=max(closed, _last_at(case.id)))

    def lines(self) -> Iterator[str]:
        yield from self._title()
        yield from self._came_in()
        yield from self._alert()
        yield from self._acts()
        yield from self._clocks()
        yield from self._outcome()
        yield from self._ledger()

    def _say(self, name: str, **facts: object) -> str:
        return self._words[name][self._lang].format(**facts)

    def _title(self) -> Iterator[str]:
        case = self._file.case
        title = self._say("title", title=case.title)
        yield title
        yield "=" * sum(2 if ord(sign) > 0x2E80 else 1 for sign in title)
        matter = self._text(self._file.matter.label)
        yield self._say("place", place=self._file.place, matter=matter, number=case.number)

    def _text(self, text: Text) -> str:
        return text.zh if self._lang == "zh" else text.en

    def _came_in(self) -> Iterator[str]:
        yield from ("", self._say("head_report"))
        for reported in self._file.records:
            row = reported.record
            told_late = self._say("record_late") if row.is_late else ""
            happened = _moment(row.happened_at) if row.happened_at else "–"
            yield self._say(
                "record", number=row.number, source=row.source or self._say("form"), happened=happened,
                received=_moment(row.received_at) + told_late,
            )  # fmt: skip
            for fact in reported.facts:
                if fact.declared.type != "file":
                    yield self._say("value", label=self._text(fact.declared.label), value=self._value(fact))

    def _value(self, fact: Fact) -> str:
        chosen = next((one.label for one in fact.declared.choices if one.id == fact.value), None)
        if fact.declared.type == "matter":
            chosen = next((one.label for one in self._file.pack.matters if one.id == fact.value), None)
        if chosen is not None:
            return self._text(chosen)
        if fact.declared.type == "moment":
            return _moment(packkit.moment_of(fact.value))
        if isinstance(fact.value, bool):
            return self._say("yes" if fact.value else "no")
        return str(fact.value)

    def _alert(self) -> Iterator[str]:
        yield from ("", self._say("head_alert"))
        if self._file.case.alert_id is None:
            yield self._say("no_alert")
            return
        alert = alerts.alert_get(alert_id=self._file.case.alert_id, by=HOUSE)
        grade, until = self._say(f"grade_{alert.grade}"), alert.grade_until_at
        yield self._say("alert", number=alert.number, grade=grade, until=_moment(until) if until else "–")
        for zh, en in alert.reasons:
            yield self._say("because", reason=zh if self._lang == "zh" else en)

    def _acts(self) -> Iterator[str]:
        yield from ("", self._say("head_acts"))
        for line in self._file.lines:
            sentence = told(line, self._file.names)
            yield self._say(
                "act", at=_moment(line.at), who=f"{sentence.who} " if sentence.who else "", what=sentence.what
            )
            if sentence.quote:
                yield self._say("quote", quote=sentence.quote)
            result = line.body.get("result") if line.act == "task.done" else None
            if result:
                yield self._say("result", result=self._result(str(line.body["element"]), result))

    def _result(self, element: str, result: Mapping[str, object]) -> str:
        declared = next((one.fields for one in self._file.pack.playbook.tasks if one.id == element), {})
        shown = []
        for name, value in result.items():
            if name in declared:
                fact = Fact(name, declared[name], value, False)
                shown.append(f"{self._text(declared[name].label)} {self._value(fact)}")
        return "；".join(shown) if self._lang == "zh" else "; ".join(shown)

    def _clocks(self) -> Iterator[str]:
        yield from ("", self._say("head_clocks"))
        for clock, why in self._explained():
            yield self._clock_head(clock, why)
            for step in why.steps:
                yield self._step(step)
            counted = sum(step.counted for step in why.steps)
            name = "adds_up" if counted == why.budget_count else "stopped_early"
            yield self._say(name, counted=counted, budget=why.budget_count)
            yield self._say("waits", waits=self._waits(why))

    def _explained(self) -> Iterator[tuple[ClockRow, Explanation]]:
        case = self._file.case
        yield from self._file.clocks
        subjects = [f"task:{case.id}", f"order:{case.id}", f"contest:{case.id}"]
        for subject in ([f"alert:{case.alert_id}"] if case.alert_id else []) + subjects:
            for clock in clocks.clocks_of(subject=subject):
                yield clock, clocks.clock_explain(clock_id=clock.id, at=self._file.at)

    def _clock_head(self, clock: ClockRow, why: Explanation) -> str:
        spec = clock.spec
        unverified = "" if spec.is_verified else self._say("unverified")
        return self._say(
            "clock", kind=self._kind(clock), budget=why.budget_count, unit=self._say(f"unit_{spec.unit}"),
            source=spec.source or "–", unverified=unverified, due=_moment(why.due_at),
        )  # fmt: skip

    def _kind(self, clock: ClockRow) -> str:
        kind, _, rest = clock.spec.kind.partition(":")
        if kind == "task":
            return self._say("kind_task", task=task_title(rest, self._file.names))
        if kind in ("co", "support"):
            return self._say("kind_part", agency=self._agency(clock.agency_id))
        return self._say(f"kind_{kind}" if f"kind_{kind}" in self._words else "kind_other", kind=clock.spec.kind)

    def _agency(self, agency_id: int | None) -> str:
        return self._file.names.agencies.get(agency_id or 0, "–")

    def _step(self, step: Step) -> str:
        note = f"（{step.note}）" if step.note and self._lang == "zh" else f" ({step.note})" if step.note else ""
        party = self._say(f"wait_{step.waiting_for}", agency=self._agency(step.agency_id)) if step.waiting_for else ""
        facts = {"from": _moment(step.from_at), "to": _moment(step.to_at), "note": note, "party": party}
        return self._say(f"step_{step.says}", counted=step.counted, amount=step.amount, **facts)

    def _waits(self, why: Explanation) -> str:
        parts = []
        for party, agency, seconds in why.waits:
            who = self._say(f"wait_{party}", agency=self._agency(agency))
            parts.append(f"{who} {self._say('hours', hours=round(seconds / 3600, 1))}")
        return "，".join(parts) if self._lang == "zh" else ", ".join(parts)

    def _outcome(self) -> Iterator[str]:
        yield from ("", self._say("head_outcome"))
        closes = [line for line in self._file.lines if line.act == "case.close"]
        for line in closes:
            outcome = self._file.pack.outcome(line.body["outcome"])
            on_time = self._say("in_time" if line.body["is_on_time"] else "too_late")
            yield self._say(
                "outcome",
                at=_moment(line.at),
                outcome=self._text(outcome.label),
                on_time=on_time,
                summary=line.body["summary"],
            )
        if closes:
            yield self._say("verdict", verdict=self._say(f"verdict_{closes[-1].body['verdict']}"))
        for rating in self._file.ratings:
            comment = f"：{rating.comment}" if rating.comment else ""
            yield self._say("rating", at=_moment(rating.at), stars=rating.stars, comment=comment)
        if not self._file.ratings:
            yield self._say("unrated")

    def _ledger(self) -> Iterator[str]:
        yield from ("", self._say("head_ledger"))
        breaks = ledger.ledger_breaks()
        if breaks:
            yield self._say("ledger_broken", count=len(breaks), first=breaks[0])
        else:
            yield self._say("ledger_whole", lines=len(self._file.lines), seals=len(ledger.seals_all()))


def _last_at(case_id: int) -> datetime:
    return max(line.at for line in ledger.lines_of(chain=f"case:{case_id}"))


@cache
def _tellings() -> dict[str, dict[str, str]]:
    return yaml.safe_load(Path(__file__).with_name("tellings.yml").read_text("utf-8"))


def _moment(at: datetime) -> str:
    return at.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M")
