"""A reporter's own view: number and code open one report, nothing else."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Header, Path, Router
from pydantic import StringConstraints

from hezhi.edge.api.auth import STRANGERS
from hezhi.edge.api.errors import NoCaseYet, answers
from hezhi.edge.api.once import Key, once
from hezhi.edge.api.shapes import In
from hezhi.edge.now import now
from hezhi.flow.cases import api as cases
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import OpeningRow
from hezhi.flow.outcomes import api as outcomes
from hezhi.flow.outcomes.contracts import AnswerRow, RatingRow
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor

router = Router(tags=["reports"], auth=None, throttle=[STRANGERS])
Number = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{4,40}$", description="Number of the report.")]
Code = Annotated[
    str,
    Header(
        alias="X-Report-Code",
        pattern=r"^[A-Za-z0-9]{4,20}$",
        description="The code given with the number. A header, because addresses end up in logs.",
    ),
]


class RatingIn(In):
    stars: Literal[1, 2, 3, 4, 5]
    comment: Annotated[str, StringConstraints(max_length=2000)] = ""


class ContestIn(In):
    text: Annotated[str, StringConstraints(min_length=1, max_length=5000)]


@router.get("/{number}", response=answers(AnswerRow, 404, anonymous=True), summary="Where does my report stand?")
def report(request: HttpRequest, number: Number, code: Code) -> AnswerRow:
    """Return state and answer of one report. A wrong code reads like a wrong number."""
    return outcomes.answer_get(number=number, code=code, at=now())


@router.get("/{number}/openings", response=answers(list[OpeningRow], 404, anonymous=True), summary="Who looked?")
def openings(request: HttpRequest, number: Number, code: Code) -> list[OpeningRow]:
    """Return which agency opened masked fields of the own report, on which basis, what for, and whether it looked."""
    return intake.openings_of(number=number, code=code)


@router.post("/{number}/rating", response=answers(RatingRow, 404, 409, anonymous=True), summary="Rate the answer")
def rate(request: HttpRequest, number: Number, code: Code, body: RatingIn, key: Key) -> RatingRow:
    """Give one rating to the answer, once it is closed; a poor one leads to a call back."""
    reporter = _reporter(number, code)
    return once(
        request,
        key,
        lambda _, at, __: outcomes.rating_give(number=number, code=code, stars=body.stars, comment=body.comment, at=at),
        actor=reporter,
    )


@router.post("/{number}/contests", response=answers(AnswerRow, 404, 409, anonymous=True), summary="Contest")
def contest(request: HttpRequest, number: Number, code: Code, body: ContestIn, key: Key) -> AnswerRow:
    """Contest what was done; a coordinator owes an answer with reasons. The way to court stays open."""
    reporter = _reporter(number, code)
    record = intake.record_by_number(number=number, code=code)
    case_id = _case_of(record.id)

    def do(who: Actor, at, act_key: str) -> AnswerRow:
        cases.case_contest(case_id=case_id, record_number=record.number, text=body.text, by=who, at=at, key=act_key)
        return outcomes.answer_get(number=number, code=code, at=at)

    return once(request, key, do, actor=reporter)


@guard.house_read
def _case_of(record_id: int) -> int:
    case_id = cases.case_of_record(record_ids=intake.group_ids(record_id=record_id) or [record_id])
    if case_id is None:
        raise NoCaseYet
    return case_id


def _reporter(number: str, code: str) -> Actor:
    """Return the reporter, after number and code were found to belong together."""
    return Actor.citizen(intake.record_by_number(number=number, code=code).number)
