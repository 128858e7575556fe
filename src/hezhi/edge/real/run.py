"""The whole run, part by part: hand in, close, count, compare, verify. The database must be an empty one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from django.db import transaction

from hezhi.edge.real import checks, replies, words
from hezhi.edge.real.messages import Message, closing_at, messages_read
from hezhi.edge.real.plan import Plan
from hezhi.edge.real.replies import Judgement, Summary
from hezhi.edge.real.robots import Errand, Robots
from hezhi.edge.real.taking import Taken, part_take
from hezhi.edge.stories.town import Town, town_make
from hezhi.flow.alerts import api as alerts
from hezhi.kit.canonical import sha256
from hezhi.kit.errors import HezhiError
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.services.text.contracts import HotIssue, SplitEvaluation

ONE_DAY = timedelta(days=1)


class Watcher(Protocol):
    """Is told how far a part has come."""

    def part(self, name: str, total: int) -> Callable[[int], None]:
        """Return what is called with the number of further rows that are done."""
        ...


class Nobody:
    """Watches nothing."""

    def part(self, name: str, total: int) -> Callable[[int], None]:
        return lambda done: None


@dataclass(frozen=True)
class Loops:
    """What the robots did.

    Attributes:
        wanted, of: matters they were to close, and accepted records there are.
        alert_ids: the alerts of all of them.
        stuck: error code → matters that could not be closed.
    """

    wanted: int
    of: int
    case_ids: tuple[int, ...]
    alert_ids: tuple[int, ...]
    stuck: Counter[str]
    last_at: datetime


@dataclass(frozen=True)
class Result:
    """Everything found, before it is put into figures."""

    taken: tuple[Taken, ...]
    judged: SplitEvaluation
    hot: tuple[HotIssue, ...]
    loops: Loops
    ours: Summary
    theirs: Summary
    differing: tuple[str, ...]
    explained: checks.Explained
    verified: checks.Verified


@dataclass
class Stage:
    """One run under way: its files, its town, and who is told."""

    plan: Plan
    data: Path
    watcher: Watcher = field(default_factory=Nobody)
    messages: dict[str, list[Message]] = field(default_factory=dict)  # by prefix

    @property
    def folder(self) -> Path:
        return self.data / self.plan.folder

    @property
    def pack(self) -> Pack:
        return packkit.shelf().get(self.plan.pack)


def run(plan: Plan, data: Path, watcher: Watcher | None = None, *, cases_most: int = 0) -> Result:
    """Run everything in the database as it is now.

    Args:
        data: folder with the plan's folder and the table of listed days.
        cases_most: matters the robots close at most; 0 closes all. Those with a real reply come first, the
            others in an order that is fixed for ever and has nothing to do with what they say.
    """
    stage = Stage(plan, data, watcher or Nobody())
    for part in plan.parts:
        stage.messages[part.prefix] = messages_read(stage.folder, part)
    every = [one for messages in stage.messages.values() for one in messages]
    town_at = min(one.at for one in every if one.at) - ONE_DAY
    with transaction.atomic():
        town = town_make(stage.pack, town_at)
    taken = _take(stage, town)
    hot = _hot(stage, taken)
    judged = words.classifier_judged(stage.folder / plan.classifier.file, plan.classifier)
    robots = Robots(stage.pack, town, timedelta(minutes=plan.spare_minutes), town_at=town_at)
    loops = _close(stage, taken, robots, cases_most)
    ours, theirs = _replies(stage)
    return Result(
        taken=taken,
        judged=judged,
        hot=hot,
        loops=loops,
        ours=replies.summary(ours, plan.replies.within),
        theirs=replies.summary(theirs, plan.replies.within),
        differing=tuple(replies.differing(ours, theirs)),
        explained=_explain(stage, loops),
        verified=checks.ledger_verified(at=loops.last_at),
    )


def _take(stage: Stage, town: Town) -> tuple[Taken, ...]:
    found = []
    for part in stage.plan.parts:
        messages = stage.messages[part.prefix]
        told = stage.watcher.part(f"handed in: {part.file}", len(messages))
        found.append(part_take(stage.plan, part, messages, stage.pack, town.region, on_taken=told))
    return tuple(found)


def _hot(stage: Stage, taken: Sequence[Taken]) -> tuple[HotIssue, ...]:
    prefix = stage.plan.hot.part
    keys = next(one.records.keys() for one in taken if one.part.prefix == prefix)
    return words.hot_found(stage.messages[prefix], keys)


def _close(stage: Stage, taken: Sequence[Taken], robots: Robots, cases_most: int) -> Loops:
    errands = sorted(_errands(stage, taken), key=lambda pair: pair[0])
    chosen = [one for _, one in (errands[:cases_most] if cases_most else errands)]
    told = stage.watcher.part("closed by robots", len(chosen))
    closed, stuck = [], Counter[str]()
    for errand in sorted(chosen, key=lambda one: (one.begin_at, one.alert_id)):
        try:
            closed.append(robots.close(errand))
        except HezhiError as error:
            stuck[error.code] += 1
        told(1)
    last_at = max((one.end_at for _, one in errands), default=robots.town_at) + ONE_DAY
    return Loops(len(chosen), len(errands), tuple(closed), tuple(one.alert_id for _, one in errands), stuck, last_at)


def _errands(stage: Stage, taken: Sequence[Taken]) -> Iterable[tuple[tuple[bool, str], Errand]]:
    """Yield what there is to close, each with its place in the order of choosing."""
    for one in taken:
        messages = {message.key: message for message in stage.messages[one.part.prefix]}
        found = alerts.alerts_of_records(record_ids=[record.id for record in one.records.values()])
        for key, record in one.records.items():
            message = messages[key]
            matter = record.suggestions[0].matter if record.suggestions else stage.plan.catch_all
            end_at = closing_at(message, one.part, record.received_at)
            order = (not message.is_answered, sha256(key))
            yield order, Errand(found[record.id], matter, record.received_at, end_at)


def _replies(stage: Stage) -> tuple[dict[str, Judgement], dict[str, Judgement]]:
    wanted = stage.plan.replies
    part = stage.plan.part(wanted.part)
    theirs = replies.by_script(stage.folder / part.file, part.columns, stage.data / wanted.days)
    return replies.by_ledger(wanted, stage.messages[wanted.part]), theirs


def _explain(stage: Stage, loops: Loops) -> checks.Explained:
    told = stage.watcher.part("cases whose limits are explained", len(loops.case_ids))
    return checks.clocks_explained(loops.case_ids, loops.alert_ids, at=loops.last_at, on_done=told)
