"""How requests stand, told from their own rows and from the cases that answer them. Asks for no right."""

from __future__ import annotations

from datetime import datetime

from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertState
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordRow, RecordState, RecordView
from hezhi.flow.intake.errors import RecordNotFound
from hezhi.flow.outcomes import api as outcomes
from hezhi.flow.rights.contracts import (
    ANSWERED,
    ContestTold,
    Explained,
    Offer,
    Proof,
    RequestRow,
    RightKind,
    RightsOfRecord,
)
from hezhi.flow.rights.errors import NotServed
from hezhi.flow.rights.models import Request
from hezhi.flow.rights.rules import correctable, hindrance, serving
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.base import Text
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("rights")
EXPIRED = ("评级已过期，按“数据不足”对待", "The grade expired and counts as 'not enough data'")


def pack_serving() -> Pack:
    """Return the pack that serves the rights of people now.

    Raises:
        NotServed: no pack does.
    """
    pack = serving(packkit.shelf().packs())
    if pack is None:
        raise NotServed()
    return pack


def view_of(record_id: int) -> RecordView:
    """Return one record, secret values masked.

    Raises:
        RecordNotFound: no such record.
    """
    found = intake.records_get(record_ids=[record_id])
    if not found:
        raise RecordNotFound(record=record_id)
    return found[0]


def concerned_by(*, number: str, code: str) -> RecordRow:
    """Return the record that number and code are about: the report itself, or the one a request is about.

    Raises:
        RecordNotFound: they do not belong together.
    """
    record = intake.record_by_number(number=number, code=code)
    request = Request.objects.filter(record_id=record.id).first()
    return view_of(request.concerned_id).row if request else record


@guard.house_read
def record_known(*, number: str, code: str) -> str:
    """Return the number of the record that number and code open, so that a page may go on.

    Raises:
        RecordNotFound: they do not belong together.
    """
    return concerned_by(number=number, code=code).number


def requests_about(record_id: int) -> list[Request]:
    """Return every request about a record, the newest first."""
    return list(Request.objects.filter(concerned_id=record_id).select_related("record", "concerned").order_by("-id"))


def case_of(request: Request) -> CaseRow | None:
    """Return the case that answers a request; None for one answered at once."""
    case_id = cases.case_of_record(record_ids=[request.record_id]) if request.record_id else None
    return cases.case_get(case_id=case_id, by=HOUSE) if case_id else None


def is_open(request: Request) -> bool:
    """Say whether a request still waits for its answer."""
    case = case_of(request)
    return case is not None and case.state is not CaseState.CLOSED


def request_row(request: Request, *, at: datetime) -> RequestRow:
    """Return one request as its subject reads it."""
    case = case_of(request)
    pack = packkit.shelf().of(case.pack) if case else pack_serving()
    closed_at = case.closed_at if case else None
    told = outcomes.outcomes_of(case_id=case.id, by=HOUSE) if case and closed_at else []
    until = cases.limit_ends_at(closed_at, pack.playbook.contest_within) if closed_at else None
    return RequestRow(
        id=request.id,
        right=RightKind(request.right),
        label=pack.matter(request.right).label,
        number=request.record.number if request.record else "",
        record_number=request.concerned.number,
        proof=Proof(request.proof),
        filed_at=request.filed_at,
        state=case.state if case else ANSWERED,
        due_at=case.due_at if case else None,
        is_late=case is not None and (closed_at or at) >= case.due_at,
        limit=case.limit if case else None,
        outcome=told[-1].outcome if told else "",
        outcome_label=pack.outcome(told[-1].outcome).label if told else None,
        answer=told[-1].summary if told else "",
        answered_at=closed_at if case else request.done_at,
        done=tuple(request.done),
        open_until=request.open_until,
        can_contest=until is not None and at < until,
        contest_until=until,
    )


def contests_about(record: RecordRow, requests: list[Request]) -> tuple[ContestTold, ...]:
    """Return the person's objections to the handling of the record and to answers, the newest first."""
    about = {record.number: cases.case_of_record(record_ids=intake.group_ids(record_id=record.id) or [record.id])}
    about |= {
        one.record.number: cases.case_of_record(record_ids=[one.record.id])
        for one in requests
        if one.record is not None
    }
    found = [
        ContestTold(number, one.text, one.filed_at, one.due_at, one.decision, one.reason, one.decided_at)
        for number, case_id in about.items()
        if case_id is not None
        for one in cases.case_view(case_id=case_id, by=HOUSE).contests
        if one.record_number == number
    ]
    return tuple(sorted(found, key=lambda one: one.filed_at, reverse=True))


def explained_of(record: RecordRow, *, at: datetime) -> tuple[Explained, ...]:
    """Return why the colours of the alerts about a record are what they are; empty where none was, or was erased."""
    ids = alerts.alerts_of_records(record_ids=[record.id])
    found = []
    for alert_id in sorted(set(ids.values())):
        alert = alerts.alert_get(alert_id=alert_id, by=HOUSE)
        if not alert.reasons:
            continue
        pack = packkit.shelf().of(alert.pack)
        is_over = alert.grade_until_at is not None and alert.grade_until_at <= at
        found.append(
            Explained(
                alert_number=alert.number,
                pack_title=pack.identity.title,
                grade="grey" if is_over else alert.grade,
                reasons=(EXPIRED, *alert.reasons) if is_over else alert.reasons,
                until_at=alert.grade_until_at,
                is_decided=alert.state in (AlertState.CONFIRMED, AlertState.DISMISSED),
            )
        )
    return tuple(found)


def offers_on(record: RecordRow, requests: list[Request], *, at: datetime) -> tuple[Offer, ...]:
    """Return every right with what stands against using it now."""
    pack, waiting = pack_serving(), {one.right for one in requests if is_open(one)}
    has_colour, is_erased = bool(explained_of(record, at=at)), record.erased_at is not None
    by_consent = bool(intake.consent_fields(record_id=record.id))
    return tuple(
        Offer(
            right=right,
            label=pack.matter(right).label,
            basis=pack.matter(right).basis,
            limit=pack.matter(right).limit or pack.playbook.main_limit,
            is_at_once=right is RightKind.WITHDRAWAL or (right is RightKind.EXPLANATION and has_colour),
            hindrance=hindrance(
                right, waits=right in waiting, is_erased=is_erased, has_consent=by_consent,
                is_used=record.state is RecordState.ACCEPTED,
            ),
        )
        for right in RightKind
    )  # fmt: skip


def consent_labels(record: RecordRow) -> tuple[Text, ...]:
    """Return what the fields that rest on consent are called."""
    fields = packkit.shelf().of(record.pack).record(record.kind).fields
    return tuple(fields[name].label for name in intake.consent_fields(record_id=record.id) if name in fields)


@guard.house_read
def rights_of(*, number: str, code: str, at: datetime) -> RightsOfRecord:
    """Return everything a person may read and do about one own record.

    Raises:
        RecordNotFound: number and code do not belong together.
        NotServed: no pack serves the rights of people.
    """
    record = concerned_by(number=number, code=code)
    requests, pack = requests_about(record.id), packkit.shelf().of(record.pack)
    return RightsOfRecord(
        record_number=record.number,
        pack_title=pack.identity.title,
        remedy=pack_serving().identity.safeguards.contest,
        offers=offers_on(record, requests, at=at),
        requests=tuple(request_row(one, at=at) for one in requests),
        contests=contests_about(record, requests),
        explained=explained_of(record, at=at),
        correctable=correctable(pack, record.kind),
        by_consent=consent_labels(record),
        field_labels={name: one.label for name, one in pack.record(record.kind).fields.items()},
    )
