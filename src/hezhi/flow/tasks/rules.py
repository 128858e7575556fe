"""Which task opens when, what a result must hold and how it is coloured: pure functions over a pack's playbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hezhi.kit.moments import day_of
from hezhi.packkit.decide import decide
from hezhi.packkit.shape import Decision
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.playbook import Graded, Playbook, Task
from hezhi.packkit.shape.records import Field

ANSWER = {"answer": Field(type="text", label=Text(zh="处理结果", en="What was done"), required=True, at_most=2000)}


@dataclass(frozen=True)
class Done:
    """A finished task as the rules see it."""

    element: str
    result: Mapping[str, Any]


def next_tasks(playbook: Playbook, *, done: Sequence[Done], begun: frozenset[str]) -> list[Task]:
    """Return tasks that may open now: everything they come after is done, and their condition holds.

    ``begun`` are the elements that already have a task in the present round of work, done ones too.
    A task whose condition does not hold stays closed; so do those after it. Optional tasks are among
    them: who opens tasks by itself leaves those to a person.
    """
    results = {one.element: one.result for one in done}
    ready = []
    for task in playbook.tasks:
        if task.id in begun or not set(task.after) <= set(results):
            continue
        if task.wait is not None and task.wait.after not in results:
            continue
        if all(_given(results, place) == wanted for place, wanted in task.opens_when.items()):
            ready.append(task)
    return ready


def colour_of(graded: Graded, table: Decision, values: Mapping[str, Any], at: datetime) -> dict[str, str]:
    """Return colour and reasons of a result as its two fields, with the day until which the colour holds."""
    decided = decide(table, values)
    until = day_of(at + timedelta(days=decided.expires_days))
    reasons = "；".join(one.zh for one in decided.because)
    return {graded.colour: decided.colour, graded.reasons: f"{reasons}（有效至 {until:%Y-%m-%d}）"}


def _given(results: Mapping[str, Mapping[str, Any]], place: str) -> Any:
    element, _, field = place.partition(".")
    return results.get(element, {}).get(field)
