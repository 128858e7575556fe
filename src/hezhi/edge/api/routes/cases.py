"""Cases: lists, and everything one case page shows."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import answers
from hezhi.edge.api.shapes import AgencyId, Cursor, RowId, Rows, Size, Word, page
from hezhi.edge.now import now
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseFilter, CaseRow, CaseState, CaseView, PrecedentRow
from hezhi.flow.outcomes import api as outcomes
from hezhi.flow.outcomes.contracts import OutcomeRow, RatingRow
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskRow
from hezhi.services.documents import api as documents
from hezhi.services.documents.contracts import DocumentRow
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockRow, Explanation
from hezhi.spine.ledger import api as ledger
from hezhi.spine.ledger.contracts import Line

router = Router(tags=["cases"])


class CaseQuery(Schema):
    """Empty fields do not narrow."""

    show: Literal["open", "closed", "all"] = "open"
    state: list[CaseState] = []
    pack_id: Word = ""
    agency_id: AgencyId | None = None
    is_mine: bool = False
    is_overdue: bool = False
    ring_at_least: Annotated[int, Field(ge=0, le=3)] = 0
    text: Word = ""


class ClockPage(Schema):
    """One clock and how its due date came about, as dated steps that add up."""

    clock: ClockRow
    explanation: Explanation


class Ended(Schema):
    """How a case ended each time it was closed, and what reporters think of it."""

    outcomes: list[OutcomeRow]
    ratings: list[RatingRow]


@router.get("", response=answers(Rows[CaseRow]), summary="List cases")
def page_of_cases(request: HttpRequest, wanted: Query[CaseQuery], cursor: Cursor = "", size: Size = 50) -> dict:
    """Return cases I may read: open ones by due date, others newest first."""
    narrowed = CaseFilter(
        is_open={"open": True, "closed": False, "all": None}[wanted.show],
        states=tuple(wanted.state),
        pack_id=wanted.pack_id,
        agency_id=wanted.agency_id,
        is_mine=wanted.is_mine,
        is_overdue=wanted.is_overdue,
        ring_at_least=wanted.ring_at_least,
        text=wanted.text,
    )
    return page(cases.case_page(by=by(request), wanted=narrowed, at=now(), cursor=cursor, size=size))


@router.get("/{case_id}", response=answers(CaseView, 404), summary="Read a case")
def case(request: HttpRequest, case_id: RowId) -> CaseView:
    """Return a case with who takes part, orders, returns, contests, and the acts I may perform now."""
    return cases.case_view(case_id=case_id, by=by(request))


@router.get("/{case_id}/timeline", response=answers(list[Line], 404), summary="What was done")
def timeline(request: HttpRequest, case_id: RowId) -> list[Line]:
    """Return every act on the case as the ledger holds it, oldest first."""
    cases.case_get(case_id=case_id, by=by(request))
    return ledger.lines_of(chain=f"case:{case_id}")


@router.get("/{case_id}/clocks", response=answers(list[ClockPage], 404), summary="Why is it due then?")
def clocks_of(request: HttpRequest, case_id: RowId) -> list[ClockPage]:
    """Return the clocks of the case, each explained as dated steps that add up."""
    cases.case_get(case_id=case_id, by=by(request))
    at = now()
    return [
        ClockPage(clock=one, explanation=clocks.clock_explain(clock_id=one.id, at=at))
        for one in clocks.clocks_of(subject=f"case:{case_id}")
    ]


@router.get("/{case_id}/tasks", response=answers(list[TaskRow], 404), summary="Work on the case")
def tasks_of(request: HttpRequest, case_id: RowId) -> list[TaskRow]:
    """Return the tasks of the case that I may see."""
    asker = by(request)
    cases.case_get(case_id=case_id, by=asker)
    return tasks.tasks_of_case(case_id=case_id, by=asker)


@router.get("/{case_id}/papers", response=answers(list[DocumentRow], 404), summary="Papers of the case")
def papers(request: HttpRequest, case_id: RowId) -> list[DocumentRow]:
    """Return the papers made for the case, oldest first."""
    cases.case_get(case_id=case_id, by=by(request))
    return documents.documents_of(about=f"case:{case_id}")


@router.get("/{case_id}/outcomes", response=answers(Ended, 404), summary="How did it end?")
def ended(request: HttpRequest, case_id: RowId) -> Ended:
    """Return every closing of the case and the reporters' ratings."""
    asker = by(request)
    return Ended(
        outcomes=outcomes.outcomes_of(case_id=case_id, by=asker), ratings=outcomes.ratings_of(case_id=case_id, by=asker)
    )


@router.get("/{case_id}/precedents", response=answers(list[PrecedentRow], 404), summary="Earlier rulings")
def precedents(request: HttpRequest, case_id: RowId) -> list[PrecedentRow]:
    """Return rulings on the same matter around here, closest and newest first."""
    cases.case_get(case_id=case_id, by=by(request))
    return cases.precedents_offer(case_id=case_id)
