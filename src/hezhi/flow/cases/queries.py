"""Reads of the cases room."""

from __future__ import annotations

import base64
import json
from datetime import datetime

from django.db.models import F, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable

from hezhi.flow.cases.contracts import CaseFilter, CaseRow, CaseState, PrecedentRow
from hezhi.flow.cases.models import OPEN_Q, Case, CaseRecord, Precedent, late_q
from hezhi.kit.errors import Invalid
from hezhi.kit.paging import Page
from hezhi.packkit.shape.base import Limit
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Fields, Right, RowPlace
from hezhi.spine.reads.api import FixedRead, any_of

FIELDS = Fields(region="scope_path", agencies="agency_ids", case="id")


class BadCursor(Invalid):
    """This page address is damaged; start from the first page."""

    code = "bad_cursor"


with_agencies = Case.objects.select_related("lead_agency", "owner_agency")
by_id = FixedRead(lambda given: with_agencies.filter(id=given("case_id")))
locked_by_id = FixedRead(lambda given: with_agencies.select_for_update(of=("self",)).filter(id=given("case_id")))

links_of = FixedRead(lambda given: CaseRecord.objects.filter(case_id=given("case_id")).order_by("attached_at", "id"))
links_to = FixedRead(
    lambda given: (
        CaseRecord.objects.select_related("case").filter(any_of("record_id", given("record_ids"))).order_by("id")
    )
)


def place_of(case: Case) -> RowPlace:
    return RowPlace(case.scope_path, frozenset([*case.agency_ids, case.owner_agency_id]), case.id)


def visible(actor: Actor, right: Right = Right.CASE_READ) -> QuerySet[Case]:
    return Case.objects.filter(permissions.scope_q(actor, right, FIELDS))


def seen(case: Case | None, by: Actor) -> bool:
    """Say whether ``visible`` would show the case to the actor."""
    if case is None:
        return False
    return permissions.may(by, Right.CASE_READ, RowPlace(case.scope_path, frozenset(case.agency_ids), case.id))


def case_row(case: Case) -> CaseRow:
    lead = case.lead_agency
    return CaseRow(
        id=case.id,
        number=case.number,
        pack=case.pack,
        pack_id=case.pack_id,
        title=case.title,
        matter=case.matter,
        subject=case.subject,
        region_code=case.region_code,
        region_path=case.region_path,
        state=CaseState(case.state),
        grade=case.grade,
        lead_agency_id=case.lead_agency_id,
        lead_agency_name=lead.name if lead else "",
        owner_agency_id=case.owner_agency_id,
        owner_agency_name=case.owner_agency.name,
        handler_id=case.handler_id,
        agency_ids=frozenset(case.agency_ids),
        opened_at=case.opened_at,
        due_at=case.due_at,
        limit=Limit.model_validate(case.limit),
        waiting_until=case.waiting_until,
        closed_at=case.closed_at,
        ring=case.ring,
        bounce_count=case.bounce_count,
        is_confidential=case.is_confidential,
        outcome=case.outcome,
        verdict=case.verdict,
        alert_id=case.alert_id,
        is_contested=case.is_contested,
        reopened_count=case.reopened_count,
        is_audit_drawn=case.is_audit_drawn,
        erased_at=case.erased_at,
    )


def _narrow(rows: QuerySet[Case], by: Actor, wanted: CaseFilter, at: datetime) -> QuerySet[Case]:
    if wanted.is_overdue:
        rows = rows.filter(late_q(at))
    elif wanted.is_open:
        rows = rows.filter(OPEN_Q)  # said once: PostgreSQL would take a second time for a narrower question
    if wanted.is_open is False:
        rows = rows.filter(state=CaseState.CLOSED)
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.pack_id:
        rows = rows.filter(pack_id=wanted.pack_id)
    if wanted.agency_id is not None:
        rows = rows.filter(agency_ids__contains=[wanted.agency_id])
    if wanted.is_mine:
        rows = rows.filter(owner_agency_id=by.agency_id)
    if wanted.ring_at_least:
        rows = rows.filter(ring__gte=wanted.ring_at_least)
    if wanted.text:
        rows = rows.filter(Q(title__icontains=wanted.text) | Q(number__iexact=wanted.text.strip()))
    return rows


RECENT = 50_000  # so many cases are quickly walked; they fill a page for whom a thousandth of all belongs to


def case_page(*, by: Actor, wanted: CaseFilter, at: datetime, cursor: str = "", size: int = 50) -> Page[CaseRow]:
    """Return cases the actor may read: open ones by due date, others newest first.

    Raises:
        BadCursor: the cursor is damaged.
    """
    rows = _narrow(visible(by), by, wanted, at)
    after = _cursor_read(cursor)
    page = (_by_due if wanted.is_open is True else _by_age)(rows, after, size + 1)
    last = page[size - 1] if len(page) > size else None
    following = _cursor_write([last.due_at.isoformat(), last.id]) if last else ""
    return Page(tuple(case_row(one) for one in page[:size]), following)


def _by_due(rows: QuerySet[Case], after: tuple[str, int] | None, count: int) -> list[Case]:
    if after:
        moment = datetime.fromisoformat(after[0])
        rows = rows.filter(Q(due_at__gt=moment) | Q(id__gt=after[1]), due_at__gte=moment)
    return _first(rows, count, "due_at", "id")


def _by_age(rows: QuerySet[Case], after: tuple[str, int] | None, count: int) -> list[Case]:
    """Return the newest cases first.

    WHY two ways: PostgreSQL cannot know that an agency has no case, or none of this year. Walking from the
    newest one back, it would then pass over a million. So it walks the recent ones; where they do not fill
    the page the reader sees few, and those are found by scope and sorted. ``+ 0`` takes the walk away from it.
    """
    newest = Value(after[1]) if after else Subquery(Case.objects.order_by("-id").values("id")[:1])
    if after:
        rows = rows.filter(id__lt=newest)
    page = _first(rows.filter(id__gt=newest - RECENT), count, "-id")
    return page if len(page) == count else _first(rows, count, -(F("id") + 0))


def _first(rows: QuerySet[Case], count: int, *order: str | Combinable) -> list[Case]:
    """Return the first ``count`` of ``rows``.

    WHY their ids first: the indexes ``case_due_open`` and ``case_newest`` hold what rights look at, so that
    PostgreSQL passes over the cases of others without fetching them, five times as fast.
    """
    ids = rows.order_by(*order).values("id")[:count]
    return list(Case.objects.filter(id__in=ids).select_related("lead_agency", "owner_agency").order_by(*order))


def _cursor_write(parts: list[object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _cursor_read(cursor: str) -> tuple[str, int] | None:
    if not cursor:
        return None
    try:
        moment, number = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        is_ours = datetime.fromisoformat(moment).tzinfo is not None and isinstance(number, int) and 0 < number < 2**63
    except (ValueError, TypeError) as broken:
        raise BadCursor() from broken
    if not is_ours:
        raise BadCursor()
    return moment, number


def paths_above(region_path: str) -> list[str]:
    """Return the path itself and every path above it."""
    parts = region_path.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]


def precedents_for(pack_id: str, matter: str, region_path: str) -> list[Precedent]:
    """Return rulings on a matter whose region contains ``region_path``, newest first."""
    return list(
        Precedent.objects.filter(pack_id=pack_id, matter=matter, region_path__in=paths_above(region_path))
        .select_related("agency", "case")
        .order_by("-at", "-id")
    )


def precedent_row(one: Precedent) -> PrecedentRow:
    return PrecedentRow(
        id=one.id,
        pack_id=one.pack_id,
        matter=one.matter,
        region_path=one.region_path,
        agency_id=one.agency_id,
        agency_name=one.agency.name,
        reason=one.reason,
        case_number=one.case.number,
        by=one.by,
        at=one.at,
    )
