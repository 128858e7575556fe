"""The door of the cases room: every act on a case, and the reads other rooms and the edge need."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection

from hezhi.flow.cases import queries
from hezhi.flow.cases.acts.base import case_lock, case_touch, case_turn, check_right, limit_ends_at
from hezhi.flow.cases.acts.closing import (
    case_close,
    case_contest,
    case_decide_contest,
    case_reopen,
    case_send_back,
    case_submit,
    case_verify,
)
from hezhi.flow.cases.acts.dispatch import case_accept, case_return, case_rule, case_transfer, precedents_offer
from hezhi.flow.cases.acts.joint import (
    case_add_co,
    case_dissolve_force,
    case_form_force,
    case_hand_over,
    participant_done,
    participant_join,
)
from hezhi.flow.cases.acts.leaving import successor_for
from hezhi.flow.cases.acts.opening import NewCase, case_open, record_attach
from hezhi.flow.cases.acts.oversight import (
    case_answer_order,
    case_raise_ring,
    case_supervise,
    case_urge,
    cases_sweep,
)
from hezhi.flow.cases.acts.recusal import case_lift_recusal, case_recuse, check_no_interest
from hezhi.flow.cases.acts.time import (
    case_extend,
    case_resume,
    case_suspend,
    case_wait,
    case_wait_drop,
    due_follow,
    wait_follow,
)
from hezhi.flow.cases.boards import agency_board, cases_related, cases_unaccepted, contests_owed, orders_owed
from hezhi.flow.cases.catalogue import responsibilities_load
from hezhi.flow.cases.contracts import (
    CaseRow,
    CaseState,
    CaseView,
    ContestRow,
    OrderKind,
    OrderRow,
    Part,
    ParticipantRow,
    ReturnRow,
    TaskForceRow,
)
from hezhi.flow.cases.erasing import record_uses
from hezhi.flow.cases.errors import CaseNotFound
from hezhi.flow.cases.kept import cases_stranded, pack_kept
from hezhi.flow.cases.models import OPEN_Q, Case, CaseRecord, Contest, Order, Participant, Return, TaskForce, late_q
from hezhi.flow.cases.queries import case_page, case_row, place_of, visible
from hezhi.flow.cases.states import MOVES, acts_from
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordView
from hezhi.kit.errors import NotAllowed, NotFound
from hezhi.spine.clocks import api as clocks
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor, Right, RowPlace

__all__ = [
    "NewCase",
    "agency_board",
    "case_accept",
    "case_add_co",
    "case_answer_order",
    "case_by_number",
    "case_close",
    "case_contest",
    "case_counts",
    "case_decide_contest",
    "case_dissolve_force",
    "case_extend",
    "case_form_force",
    "case_get",
    "case_hand_over",
    "case_lift_recusal",
    "case_lock",
    "case_of_record",
    "case_open",
    "case_page",
    "case_place",
    "case_raise_ring",
    "case_records",
    "case_recuse",
    "case_reopen",
    "case_resume",
    "case_return",
    "case_rule",
    "case_send_back",
    "case_submit",
    "case_supervise",
    "case_suspend",
    "case_touch",
    "case_transfer",
    "case_turn",
    "case_urge",
    "case_verify",
    "case_view",
    "case_wait",
    "case_wait_drop",
    "cases_of_records",
    "cases_related",
    "cases_stranded",
    "cases_sweep",
    "cases_unaccepted",
    "check_no_interest",
    "contests_owed",
    "due_follow",
    "limit_ends_at",
    "open_case_about",
    "orders_owed",
    "pack_kept",
    "participant_done",
    "participant_join",
    "participants_of",
    "precedents_offer",
    "record_attach",
    "record_uses",
    "records_of",
    "responsibilities_load",
    "successor_for",
    "wait_follow",
]  # fmt: skip


def case_get(*, case_id: int, by: Actor) -> CaseRow:
    """Return one case.

    Raises:
        CaseNotFound: no such case, or the actor may not see it.
    """
    case = queries.by_id.first(case_id=case_id)
    if case is None or not queries.seen(case, by):
        raise CaseNotFound(case_id=case_id)
    return case_row(case)


def case_by_number(*, number: str, by: Actor) -> CaseRow:
    """Return one case by its public number; same errors as ``case_get``."""
    case = visible(by).select_related("lead_agency", "owner_agency").filter(number=number).first()
    if case is None:
        raise CaseNotFound(number=number)
    return case_row(case)


def case_view(*, case_id: int, by: Actor) -> CaseView:
    """Return a case with everything its page shows; same errors as ``case_get``."""
    case = queries.by_id.first(case_id=case_id)
    if case is None or not queries.seen(case, by):
        raise CaseNotFound(case_id=case_id)
    return CaseView(
        case=case_row(case),
        participants=participants_of(case_id=case.id),
        orders=tuple(
            OrderRow(
                o.id,
                OrderKind(o.kind),
                o.agency_id,
                o.agency.name,
                o.text,
                o.given_by,
                o.given_at,
                o.due_at,
                o.answer,
                o.answered_by,
                o.answered_at,
            )
            for o in Order.objects.filter(case=case).select_related("agency").order_by("id")
        ),
        returns=tuple(
            ReturnRow(r.id, r.agency.name, r.reason, r.note, r.proposed_kind, r.by, r.at)
            for r in Return.objects.filter(case=case).select_related("agency").order_by("id")
        ),
        contests=tuple(
            ContestRow(
                c.id, c.record_number, c.text, c.filed_at, c.due_at, c.decision, c.reason, c.decided_by, c.decided_at
            )
            for c in Contest.objects.filter(case=case).order_by("id")
        ),
        task_forces=tuple(
            TaskForceRow(f.id, f.name, f.purpose, tuple(f.member_ids), f.formed_at, f.ends_at, f.dissolved_at)
            for f in TaskForce.objects.filter(case=case).order_by("id")
        ),
        record_ids=tuple(records_of(case_id=case.id)),
        acts=_acts_for(case, by),
    )


def _acts_for(case: Case, by: Actor) -> tuple[str, ...]:
    possible: list[str] = []
    if case.erased_at is not None:
        return ()
    for act in acts_from(CaseState(case.state)):
        try:
            check_right(case, MOVES[act], by, act)
        except (NotAllowed, NotFound):
            continue
        possible.append(act)
    return tuple(possible)


def participants_of(*, case_id: int) -> tuple[ParticipantRow, ...]:
    """Return who takes part in a case now, in the order they joined; asks for no right."""
    members = Participant.objects.filter(case_id=case_id, left_at__isnull=True).select_related("agency").order_by("id")
    dues = {clock.id: clock.due_at for clock in clocks.clocks_of(subject=f"case:{case_id}")}
    return tuple(
        ParticipantRow(
            one.agency_id, one.agency.name, one.agency.kind, Part(one.part), one.joined_at, dues.get(one.clock_id),
            one.done_at, one.result,
        )
        for one in members
    )  # fmt: skip


def records_of(*, case_id: int) -> list[int]:
    """Return the ids of the records a case is about, oldest first."""
    return [one.record_id for one in queries.links_of.all(case_id=case_id)]


@guard.house_read
def case_basis(*, case_ids: Collection[int]) -> tuple[list[int], list[int]]:
    """Return the ids of all records that cases are about, and of the alerts they were opened from; for rooms only."""
    records = CaseRecord.objects.filter(case_id__in=list(case_ids)).order_by("record_id")
    alerts = Case.objects.filter(id__in=list(case_ids), alert_id__isnull=False).order_by("alert_id")
    return list(records.values_list("record_id", flat=True)), list(alerts.values_list("alert_id", flat=True))


@guard.house_read
def case_ids_of(*, pack_id: str, from_at: datetime, to_at: datetime, is_closed: bool, most: int) -> list[int]:
    """Return the ids of at most ``most`` cases of a pack that were opened, or closed, in a span; for rooms only."""
    moment = "closed_at" if is_closed else "opened_at"
    rows = Case.objects.filter(pack_id=pack_id, **{f"{moment}__gte": from_at, f"{moment}__lt": to_at})
    return list(rows.order_by("id").values_list("id", flat=True)[:most])


def cases_readable(*, case_ids: Collection[int], by: Actor) -> list[tuple[int, str]]:
    """Return id and number of those of some cases that the actor may read, by number."""
    return list(queries.visible(by).filter(id__in=list(case_ids)).order_by("number").values_list("id", "number"))


def case_records(*, case_id: int, by: Actor) -> list[RecordView]:
    """Return the records a case is about to whoever may read the case; same errors as ``case_get``."""
    case_get(case_id=case_id, by=by)
    return intake.records_get(record_ids=records_of(case_id=case_id))


def case_place(case_id: int, record_ids: list[int]) -> RowPlace | None:
    """Return where a case stands for rights, None when it is about none of the records (asked by intake)."""
    case = Case.objects.filter(id=case_id).first()
    is_about = CaseRecord.objects.filter(case_id=case_id, record_id__in=record_ids).exists()
    return place_of(case) if case is not None and is_about else None


def cases_of_records(*, record_ids: Collection[int]) -> dict[int, int]:
    """Return ``{record id: id of its case}`` of those records that belong to a case."""
    links = CaseRecord.objects.filter(record_id__in=record_ids)
    return dict(links.values_list("record_id", "case_id"))


def case_of_record(*, record_ids: Sequence[int]) -> int | None:
    """Return the id of the case that one of these records belongs to, None when there is none."""
    link = queries.links_to.first(record_ids=list(record_ids))
    return link.case_id if link else None


def open_case_about(*, pack_id: str, subject: str, matter: str) -> int | None:
    """Return the id of the oldest open case of a pack about a matter of a subject, None when there is none.

    Until the transaction ends nobody else opens or closes a case of this answer: two records that arrive at
    once share one case. Another matter is another case, so that a confidential one never joins an open one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"case:{pack_id}:{subject}:{matter}"])
    same = Case.objects.select_for_update().filter(OPEN_Q, pack_id=pack_id, subject=subject, matter=matter)
    return same.order_by("id").values_list("id", flat=True).first()


def case_counts(*, by: Actor, at: datetime) -> dict[str, int]:
    """Return how many cases the actor sees: open, mine to act on, overdue, escalated."""
    rows = visible(by, Right.CASE_READ).filter(OPEN_Q)
    return {
        "open": rows.count(),
        "mine": rows.filter(owner_agency_id=by.agency_id).count(),
        "overdue": rows.filter(late_q(at)).count(),
        "escalated": rows.filter(ring__gt=0).count(),
    }
