"""Draws, opening hours and the queue of plans: small, exact, and the same every time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hezhi.edge.demo.dice import Dice
from hezhi.edge.demo.hours import Hours
from hezhi.edge.demo.queue import PlanQueue
from hezhi.edge.demo.samples import sample_contents
from hezhi.edge.demo.world import Plan, holds
from hezhi.kit.moments import city_moment

OFFICE = Hours(((time(8, 30), time(12)), (time(13, 30), time(17, 30))), lambda on: on.weekday() < 5)
FRIDAY = date(2026, 5, 8)
AT = datetime(2026, 5, 8, 1, tzinfo=UTC)


def nothing(plan: Plan) -> None:
    """Stand for an act."""


def test_work_left_at_noon_goes_on_after_the_break() -> None:
    assert OFFICE.after(city_moment(FRIDAY, 11, 30), 1) == city_moment(FRIDAY, 14)


def test_work_left_on_friday_goes_on_on_monday() -> None:
    assert OFFICE.after(city_moment(FRIDAY, 17), 1) == city_moment(date(2026, 5, 11), 9)


def test_what_comes_up_at_night_is_seen_at_opening() -> None:
    assert OFFICE.after(city_moment(FRIDAY, 3), 0) == city_moment(FRIDAY, 8, 30)


@given(st.floats(0, 60), st.integers(0, 6 * 24 * 60))
def test_nobody_works_outside_opening_hours(hours: float, minutes: int) -> None:
    start = city_moment(FRIDAY, 0) + timedelta(minutes=minutes)

    done = OFFICE.after(start, hours)

    assert done >= start
    assert OFFICE.after(done, 0) == done


@given(st.text(), st.integers())
def test_a_draw_hangs_on_its_words_alone(seed: str, word: int) -> None:
    assert Dice(seed).roll("a", word) == Dice(seed).roll("a", word)
    assert 0 <= Dice(seed).roll("a", word) < 1


@given(st.integers(0, 10_000))
def test_drawn_numbers_keep_their_bounds(word: int) -> None:
    dice = Dice("bounds")

    assert 2 <= dice.triangle(2, 5, 9, word) <= 9
    assert 3 <= dice.between(3, 7, word) <= 7
    assert dice.weighted({"a": 1, "b": 0}, word) == "a"
    assert 0 <= dice.count(1.5, word) <= 3


def test_plans_of_one_moment_go_by_name_whatever_their_order() -> None:
    queue = PlanQueue()
    for name in ("b/accept", "a/accept", "c/accept"):
        queue.put(name, Plan(AT, name, nothing))

    done = [found[1].name for _ in range(3) if (found := queue.pop(AT))]

    assert done == ["a/accept", "b/accept", "c/accept"]
    assert queue.pop(AT) is None


def test_a_new_plan_takes_the_old_ones_place_and_none_takes_it_away() -> None:
    queue = PlanQueue()
    queue.put("case", Plan(AT, "case/accept", nothing))
    queue.put("case", Plan(AT + timedelta(hours=1), "case/return", nothing))
    queue.put("other", Plan(AT, "other/accept", nothing))
    queue.put("other", None)

    assert queue.pop(AT) is None
    assert queue.pop(AT + timedelta(hours=1)) is not None


def test_the_same_act_at_the_same_moment_has_the_same_key() -> None:
    assert Plan(AT, "case|x/accept", nothing).key == "robot:accept:20260508T010000"


def test_conditions_take_lists_as_any_of() -> None:
    assert holds({"stage": ["a", "b"], "round": 0}, {"stage": ["b"], "round": 0})
    assert not holds({"stage": ["a"]}, {"stage": []})
    assert not holds({"matter": "x"}, {})


def test_stored_samples_are_pictures_and_never_change() -> None:
    first, second = sample_contents(), sample_contents()

    assert first == second
    assert all(content.startswith(b"\x89PNG\r\n\x1a\n") for content in first.values())
