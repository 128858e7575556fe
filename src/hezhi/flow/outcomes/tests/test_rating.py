"""A reporter rates the answer to the own report, once for every closing, and nobody else does."""

from __future__ import annotations

import pytest

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.tests.factories import HOUSE, LAMP, Lamps, lines, moment, nothing_changes, refused
from hezhi.flow.outcomes import api as outcomes
from hezhi.flow.outcomes.contracts import RatingRow
from hezhi.flow.outcomes.errors import NotClosedYet, RatedAlready, StarsOutOfRange
from hezhi.flow.tasks.contracts import TaskState
from hezhi.kit.errors import NotFound
from hezhi.spine.people.contracts import Role

AT = moment("03-03 10:00")


def rate(lamps: Lamps, stars: int = 4, at=AT, **other: str) -> RatingRow:
    assert lamps.receipt is not None
    who = {"number": lamps.receipt.record.number, "code": lamps.receipt.code, **other}
    return outcomes.rating_give(stars=stars, comment="还行", at=at, **who)


def test_a_rating_is_kept_and_the_ledger_keeps_its_stars_but_not_its_words(lamps: Lamps) -> None:
    case = lamps.closed()
    assert lamps.receipt is not None

    given = rate(lamps)

    record = lamps.receipt.record
    assert given == RatingRow(record.id, case.id, 4, "还行", AT)
    assert outcomes.ratings_of(case_id=case.id, by=lamps.by("supervisor")) == [given]
    (line,) = lines(case, "record.rate")
    assert (line.actor, line.at) == (f"citizen:{record.number}", AT)
    assert line.body == {"record": record.id, "stars": 4, "round": 0}
    assert lamps.live(case) == []


@pytest.mark.parametrize(("stars", "opened"), [(1, ["kernel_revisit"]), (2, ["kernel_revisit"]), (3, [])])
def test_a_poor_rating_opens_a_revisit_by_the_coordinator(lamps: Lamps, stars: int, opened: list[str]) -> None:
    case = lamps.closed()

    rate(lamps, stars)

    assert lamps.live(case) == opened
    assert {one.agency_id for one in lamps.tasks(case)} <= {lamps.by(Role.COORDINATOR).agency_id}


def test_an_answer_is_rated_once_and_again_after_the_case_was_opened_again(lamps: Lamps) -> None:
    case = lamps.closed()
    rate(lamps)
    with refused(RatedAlready):
        rate(lamps, 1)

    cases.case_reopen(case_id=case.id, reason="又坏了", by=lamps.by("supervisor"), at=AT)
    with refused(NotClosedYet):
        rate(lamps, 1)
    lamps.do(case, "kernel_rework", at=AT, answer="已返工")
    lamps.close(lamps.verify(lamps.submit(lamps.case(case.id), at=AT), at=AT), at=AT)
    rate(lamps, 5)

    assert [one.stars for one in outcomes.ratings_of(case_id=case.id, by=HOUSE)] == [4, 5]
    assert [one.body["round"] for one in lines(case, "record.rate")] == [0, 1]


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_stars_go_from_one_to_five(lamps: Lamps, stars: int) -> None:
    lamps.closed()

    with refused(StarsOutOfRange, stars=stars):
        rate(lamps, stars)


def test_only_number_and_code_together_rate(lamps: Lamps) -> None:
    lamps.closed()

    for other in ({"code": "WRONGCODE1"}, {"number": "JL00000000-000000"}):
        with nothing_changes(), pytest.raises(NotFound):
            rate(lamps, **other)


def test_what_is_still_handled_is_not_yet_rated(lamps: Lamps) -> None:
    case = lamps.handled()

    with refused(NotClosedYet):
        rate(lamps)

    assert outcomes.ratings_of(case_id=case.id, by=lamps.by(LAMP)) == []
    assert [one.state for one in lamps.tasks(case)] == [TaskState.OPEN]
