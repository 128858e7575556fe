"""The door of the outcomes room: what was found, what each reporter reads, and how they rate it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordRow
from hezhi.flow.outcomes.contracts import AnswerRow, OutcomeRow, RatingRow
from hezhi.flow.outcomes.errors import NotClosedYet, RatedAlready, StarsOutOfRange
from hezhi.flow.outcomes.models import Outcome, Rating
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import KernelTask
from hezhi.kit.erased import ERASED_TITLE
from hezhi.packkit import api as packkit
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import Role
from hezhi.spine.permissions.contracts import Actor

__all__ = ["answer_get", "outcomes_of", "rating_give", "ratings_of"]

HOUSE = Actor.system("outcomes")


def outcomes_of(*, case_id: int, by: Actor) -> list[OutcomeRow]:
    """Return every closing of a case the actor may see, oldest first."""
    cases.case_get(case_id=case_id, by=by)
    return [
        OutcomeRow(one.case_id, one.outcome, one.verdict, one.is_wrongful, one.summary, one.at)
        for one in Outcome.objects.filter(case_id=case_id).order_by("id")
    ]


def ratings_of(*, case_id: int, by: Actor) -> list[RatingRow]:
    """Return the reporters' ratings of a case the actor may see, oldest first."""
    cases.case_get(case_id=case_id, by=by)
    return [
        RatingRow(one.record_id, one.case_id, one.stars, one.comment, one.at)
        for one in Rating.objects.filter(case_id=case_id).order_by("id")
    ]


def _case_of(record_id: int) -> CaseRow | None:
    """Return the case a report is answered by: its own, or that of the report it was merged into."""
    case_id = cases.case_of_record(record_ids=[record_id]) or cases.case_of_record(
        record_ids=intake.group_ids(record_id=record_id)
    )
    return cases.case_get(case_id=case_id, by=HOUSE) if case_id else None


@guard.house_read
def answer_get(*, number: str, code: str, at: datetime) -> AnswerRow:
    """Return what one reporter may read about the own report.

    Raises:
        NotFound: number and code do not belong together.
    """
    record = intake.record_by_number(number=number, code=code)
    case = _case_of(record.id)
    if case is None:
        return AnswerRow(record.number, record.state, "", "", "", "", None, None, False, False, None, **_erased(record))
    last = Outcome.objects.filter(case_id=case.id).order_by("-id").first()
    rating = Rating.objects.filter(record_id=record.id, round=case.reopened_count).first()
    is_closed = case.state is CaseState.CLOSED
    pack = packkit.shelf().of(case.pack)
    until = None
    if case.closed_at is not None:
        until = cases.limit_ends_at(case.closed_at, pack.playbook.contest_within)
    return AnswerRow(
        record_number=record.number,
        state=case.state,
        case_number=case.number,
        title=ERASED_TITLE if record.erased_at else case.title,
        outcome=last.outcome if last and is_closed else "",
        summary=last.summary if last and is_closed and record.erased_at is None else "",
        closed_at=case.closed_at,
        stars=rating.stars if rating else None,
        can_rate=is_closed and rating is None and record.erased_at is None,
        can_contest=record.erased_at is None and (until is None or at < until),
        contest_until=until,
        **_erased(record),
    )


def _erased(record: RecordRow) -> dict[str, Any]:
    return {"erased_at": record.erased_at, "erased_basis": record.erased_basis}


@guard.act
def rating_give(*, number: str, code: str, stars: int, comment: str, at: datetime) -> RatingRow:
    """A reporter rates the answer to the own report; a poor rating opens a re-visit by the coordinator.

    Ratings are the reporter's alone: no officer can give one, and no index is built on a person's ratings.

    Raises:
        NotFound, RecordIsErased, StarsOutOfRange, NotClosedYet, RatedAlready.
    """
    record = intake.record_by_number(number=number, code=code)
    intake.number_require_kept(number=record.number)
    if stars not in (1, 2, 3, 4, 5):
        raise StarsOutOfRange(stars=stars)
    case = _case_of(record.id)
    if case is None or case.state is not CaseState.CLOSED:
        raise NotClosedYet(number=number)
    cases.case_touch(case_id=case.id, act="record.rate", at=at)
    pack = packkit.shelf().of(case.pack)
    rating, is_new = Rating.objects.get_or_create(
        record_id=record.id, round=case.reopened_count,
        defaults={"case_id": case.id, "stars": stars, "comment": comment[:2000], "at": at},
    )  # fmt: skip
    if not is_new:
        raise RatedAlready(number=number)
    body = {"record": record.id, "stars": stars, "round": case.reopened_count}
    ledger.line_append(
        chain=f"case:{case.id}", act="record.rate", by=Actor.citizen(number), at=at, body=body, pack=case.pack
    )
    if stars <= pack.playbook.rating.revisit_at_most:
        second_look(case, KernelTask.REVISIT, at)
    return RatingRow(rating.record_id, rating.case_id, rating.stars, rating.comment, rating.at)


def second_look(case: CaseRow, element: KernelTask, at: datetime) -> None:
    """Open a task for the coordinator, who did not handle the case, to look at it again."""
    coordinator = people.agency_for_role(role=Role.COORDINATOR, region_code=case.region_code, at=at)
    agency_id = coordinator.id if coordinator else case.owner_agency_id
    limit = packkit.shelf().of(case.pack).playbook.supervision.supervise_answer
    tasks.task_open(case=case, element=element, agency_id=agency_id, part="coordinator", limit=limit, by=HOUSE, at=at)
