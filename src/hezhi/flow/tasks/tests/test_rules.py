"""Which task opens when, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from hezhi.flow.tasks.rules import Done, colour_of, next_tasks
from hezhi.packkit import api as packkit
from hezhi.packkit.shape.playbook import Playbook, Task

LIMIT = {"budget": 1, "unit": "hour", "source": {"cite": "house rule"}}


def element(name: str, **more: object) -> Task:
    return Task.model_validate({"id": name, "says": {"zh": name, "en": name}, "by": "lead", "limit": LIMIT, **more})


def playbook(*tasks: Task) -> Playbook:
    return SimpleNamespace(tasks=tasks)  # type: ignore[return-value]


BOOK = playbook(
    element("look"),
    element("notify", after=("look",), opens_when={"look.is_there": True}),
    element("remove", after=("notify",), wait={"after": "notify", "limit": LIMIT, "waiting_for": "citizen"}),
    element("explain", after=("look",), opens_when={"look.is_there": False}),
)


def opened(done: list[Done], begun: set[str]) -> list[str]:
    return [one.id for one in next_tasks(BOOK, done=done, begun=frozenset(begun))]


def test_first_tasks_come_after_nothing() -> None:
    assert opened([], set()) == ["look"]


def test_what_was_found_decides_which_way_goes_on() -> None:
    assert opened([Done("look", {"is_there": True})], {"look"}) == ["notify"]
    assert opened([Done("look", {"is_there": False})], {"look"}) == ["explain"]
    assert opened([Done("look", {})], {"look"}) == []


def test_a_task_that_has_begun_does_not_open_again() -> None:
    done = [Done("look", {"is_there": True}), Done("notify", {})]

    assert opened(done, {"look", "notify"}) == ["remove"]
    assert opened(done, {"look", "notify", "remove"}) == []


def test_the_table_colours_a_result_with_its_reasons_and_its_last_day() -> None:
    pack = packkit.pack_read(Path(__file__).parents[5] / "packs/finance_tricolour")
    graded = pack.task("verify_on_site").graded
    assert graded is not None
    at = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)

    red = colour_of(graded, pack.decision("card"), {"judged": "crime", "visited": "premises"}, at)
    unseen = colour_of(graded, pack.decision("card"), {"judged": "crime"}, at)

    assert red["colour"] == "red"
    assert red["colour_reasons"].startswith("经现场核查，事件构成犯罪；")
    assert red["colour_reasons"].endswith("（有效至 2026-08-31）")
    assert unseen == {"colour": "grey", "colour_reasons": "缺少“现场核查”（有效至 2026-08-31）"}
