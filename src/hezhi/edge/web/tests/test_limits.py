"""The brake on guessing: one count for all web processes, which no crowd of others pushes out."""

from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from hezhi.edge.api.models import Tally
from hezhi.edge.api.tally import tallies_get, tallies_purge, tally_add, tally_take
from hezhi.edge.now import now
from hezhi.edge.web import limits
from hezhi.edge.web.errors import TooManyTries
from hezhi.edge.web.limits import WINDOW, Brake
from hezhi.flow.cases.tests.factories import together

BRAKE = Brake("test", per_name=3, per_address=5)


def asked_from(address: str) -> HttpRequest:
    return RequestFactory().get("/", REMOTE_ADDR=address)


@pytest.mark.django_db
def test_a_thousand_other_addresses_do_not_free_a_limited_one() -> None:
    guesser = asked_from("192.0.2.1")
    for _ in range(3):
        BRAKE.failed(guesser, "zhang")
    with pytest.raises(TooManyTries):
        BRAKE.check(guesser, "zhang")

    for number in range(1000):
        BRAKE.failed(asked_from(f"198.51.{number // 250}.{number % 250}"), "zhang")

    with pytest.raises(TooManyTries):
        BRAKE.check(guesser, "zhang")
    BRAKE.check(guesser, "li")


@pytest.mark.django_db
def test_other_names_are_tried_only_so_often_from_one_address() -> None:
    guesser = asked_from("192.0.2.1")
    for number in range(5):
        BRAKE.failed(guesser, f"name{number}")

    with pytest.raises(TooManyTries):
        BRAKE.check(guesser, "zhang")
    BRAKE.check(asked_from("192.0.2.2"), "zhang")


@pytest.mark.django_db
def test_success_forgets_the_failures_under_a_name_and_time_forgets_all(monkeypatch: pytest.MonkeyPatch) -> None:
    guesser = asked_from("192.0.2.1")
    for _ in range(3):
        BRAKE.failed(guesser, "zhang")
    BRAKE.cleared(guesser, "Zhang")
    BRAKE.check(guesser, "zhang")

    for _ in range(3):
        BRAKE.failed(guesser, "zhang")
    later = now() + WINDOW
    monkeypatch.setattr(limits, "now", lambda: later)
    BRAKE.check(guesser, "zhang")
    BRAKE.failed(guesser, "zhang")
    assert sorted(Tally.objects.values_list("count", flat=True)) == [1, 1]
    assert (tallies_purge(at=later), tallies_purge(at=later + WINDOW)) == (0, 2)


@pytest.mark.django_db(transaction=True)
def test_processes_count_together_and_lose_no_try() -> None:
    at = now()

    told = together(*(lambda: tally_add("one", span=WINDOW, at=at) for _ in range(8)))

    assert sorted(told) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert tallies_get(("one", "two"), at=at) == [8, 0]


@pytest.mark.django_db
def test_what_is_taken_ahead_never_comes_to_more_than_there_is() -> None:
    at = now()

    got = [tally_take("one", many=4, most=10, span=WINDOW, at=at) for _ in range(4)]

    assert got == [(4, at + WINDOW), (4, at + WINDOW), (2, at + WINDOW), (0, at + WINDOW)]
    assert tally_take("one", many=4, most=10, span=WINDOW, at=at + WINDOW) == (4, at + 2 * WINDOW)
