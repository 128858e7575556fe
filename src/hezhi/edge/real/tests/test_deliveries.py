"""Messages come in by day, and nobody answers what has not come in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hezhi.edge.real.messages import Message, closing_at, deliveries, moment_read
from hezhi.edge.real.plan import Columns, Part

START = datetime(2019, 3, 4, tzinfo=UTC)
PART = Part(
    file="f", source="s", prefix="r", columns=Columns(key="i", title="t", at="a", body="b"), closed_after_days=5
)


def message(number: int, minute: int | None, answered: int | None = None) -> Message:
    at = None if minute is None else START + timedelta(minutes=minute)
    answered_at = None if answered is None else START + timedelta(minutes=answered)
    return Message(f"r-{number}", "", "", "", at, "", 0, answered_at)


minutes = st.integers(0, 4000)


@given(st.lists(st.tuples(st.none() | minutes, st.none() | minutes), max_size=30))
def test_every_message_comes_in_once_in_order_and_before_its_answer(rows: list[tuple[int | None, int | None]]) -> None:
    messages = [message(number, *row) for number, row in enumerate(rows)]

    found = list(deliveries(messages))

    assert sorted(one.key for each in found for one in each.messages) == sorted(one.key for one in messages)
    assert [each.at for each in found] == sorted(each.at for each in found)
    for each in found:
        for one in each.messages:
            if one.at:
                assert one.at <= each.at < one.at + timedelta(days=1)
            if one.at and one.answered_at and one.answered_at >= one.at:
                assert closing_at(one, PART, each.at) == one.answered_at


def test_messages_of_one_day_come_in_together_with_the_last_of_them() -> None:
    found = list(deliveries([message(1, 0), message(2, 30), message(3, 24 * 60)]))

    assert [(each.at, [one.key for one in each.messages]) for each in found] == [
        (START + timedelta(minutes=30), ["r-1", "r-2"]),
        (START + timedelta(days=1), ["r-3"]),
    ]


def test_what_has_no_reply_or_one_from_before_is_closed_some_days_later() -> None:
    for one in (message(1, 60), replace(message(1, 60), answered_at=START)):
        assert closing_at(one, PART, START + timedelta(hours=1)) == START + timedelta(days=5, hours=1)


def test_a_moment_is_read_as_local_time_or_not_at_all() -> None:
    assert moment_read("2019-05-10 08:00:00") == datetime(2019, 5, 10, 0, 0, tzinfo=UTC)
    assert [moment_read(text) for text in (None, "", "2019-13-01 08:00:00", "gestern")] == [None] * 4
