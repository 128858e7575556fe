"""Reads of the cases room."""

from __future__ import annotations

import base64
import json
from datetime import datetime

from django.db.models import Q, QuerySet

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
    )


def _narrow(rows: QuerySet[Case], by: Actor, wanted: CaseFilter, at: datetime) -> QuerySet[Case]:
    if wanted.is_open is not None:
        rows = rows.filter(OPEN_Q) if wanted.is_open else rows.filter(state=CaseState.CLOSED)
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.pack_id:
        rows = rows.filter(pack_id=wanted.pack_id)
    if wanted.agency_id is not None:
        rows = rows.filter(agency_ids__contains=[wanted.agency_id])
    if wanted.is_mine:
        rows = rows.filter(owner_agency_id=by.agency_id)
    if wanted.is_overdue:
        rows = rows.filter(late_q(at))
    if wanted.ring_at_least:
        rows = rows.filter(ring__gte=wanted.ring_at_least)
    if wanted.text:
        rows = rows.filter(Q(title__icontains=wanted.text) | Q(number__iexact=wanted.text.strip()))
    return rows


FEW_OPEN, FEW_ALL = 1_000, 2_000  # up to so many rows, finding and sorting all of them is quick


def case_page(*, by: Actor, wanted: CaseFilter, at: datetime, cursor: str = "", size: int = 50) -> Page[CaseRow]:
    """Return cases the actor may read: open ones by due date, others newest first.

    Raises:
        BadCursor: the cursor is damaged.
    """
    rows = _narrow(visible(by), by, wanted, at)
    by_due = wanted.is_open is True
    order = ("due_at", "id") if by_due else ("-id",)
    after = _cursor_read(cursor)
    if after and by_due:
        moment = datetime.fromisoformat(after[0])
        rows = rows.filter(Q(due_at__gt=moment) | Q(due_at=moment, id__gt=after[1]))
    elif after:
        rows = rows.filter(id__lt=after[1])
    # WHY two ways: PostgreSQL walks the order's index hoping to meet enough visible rows soon, which
    # takes seconds for an actor who sees few of a million. Few rows are found by their scope instead.
    few = FEW_OPEN if by_due else FEW_ALL
    found = list(rows.order_by().values_list("due_at", "id")[: few + 1])
    if len(found) <= few:
        found.sort(key=(lambda one: one) if by_due else (lambda one: -one[1]))
        rows = Case.objects.filter(id__in=[one for _, one in found[: size + 1]])
    page = list(rows.select_related("lead_agency", "owner_agency").order_by(*order)[: size + 1])
    last = page[size - 1] if len(page) > size else None
    following = _cursor_write([last.due_at.isoformat(), last.id]) if last else ""
    return Page(tuple(case_row(one) for one in page[:size]), following)


def _cursor_write(parts: list[object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _cursor_read(cursor: str) -> tuple[str, int] | None:
    if not cursor:
        return None
    try:
        moment, number = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        datetime.fromisoformat(moment)
        return moment, int(number)
    except (ValueError, TypeError) as broken:
        raise BadCursor() from broken


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
