"""A person asks: with number and code, or at a counter before an officer who saw a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from hezhi.flow.cases import api as cases
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Receipt, RecordFilter, RecordRow
from hezhi.flow.intake.errors import RecordNotFound
from hezhi.flow.rights import queries
from hezhi.flow.rights.contracts import Filed, Proof, RequestRow, RightKind
from hezhi.flow.rights.errors import (
    AlreadyErased,
    AskedAlready,
    FieldNotCorrectable,
    NoPlaceYet,
    NotAnsweredYet,
    NothingByConsent,
    ProofMissing,
)
from hezhi.flow.rights.models import Request
from hezhi.flow.rights.rules import chain_of, checked_words, correctable
from hezhi.packkit import api as packkit
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor


@dataclass(frozen=True)
class Asked:
    """What is asked for. ``field`` and ``value`` are for a correction alone; ``value`` is as people write it."""

    right: RightKind
    asks: str = ""
    field: str = ""
    value: str = ""


@guard.act
def request_file(*, number: str, code: str, asked: Asked, at: datetime, key: str = "") -> Filed:
    """Take a request of whoever knows number and code of a record; the same ``key`` again gives the same answer.

    An explanation is given at once where a colour is there to explain, and taking consent back works at once;
    everything else becomes a case with a clock.

    Raises:
        RecordNotFound: number and code do not belong together.
        AskedAlready: this right was asked for and waits for its answer.
        FieldNotCorrectable, RecordInvalid: the correction cannot be used.
        NothingByConsent, AlreadyErased, NoPlaceYet, NotServed.
    """
    record = queries.concerned_by(number=number, code=code)
    return _file(record, asked, by=Actor.citizen(record.number), at=at, key=key, proof=Proof.CODE)


@guard.act
def request_file_at_counter(
    *, record_number: str, asked: Asked, checked: str, by: Actor, at: datetime, key: str = ""
) -> Filed:
    """Take a request of somebody at a counter, whose document the officer saw in person.

    Args:
        checked: kind of the document; its number is not written down.

    Raises:
        RecordNotFound: there is no such record, or the officer may not read it.
        NotAllowed: the officer may not report there.
        ProofMissing: no kind of document, or something that looks like its number.
        Everything ``request_file`` raises.
    """
    seen = checked_words(checked)
    if not seen:
        raise ProofMissing()
    wanted = record_number.strip().upper()
    found = [one for one in intake.record_page(by=by, wanted=RecordFilter(text=wanted)).rows if one.number == wanted]
    if not found:
        raise RecordNotFound(number=wanted[:24])
    return _file(found[0], asked, by=by, at=at, key=key, proof=Proof.COUNTER, checked=seen)


def _file(
    record: RecordRow, asked: Asked, *, by: Actor, at: datetime, key: str, proof: Proof, checked: str = ""
) -> Filed:
    with connection.cursor() as cursor:  # two impatient fingers file one request
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"rights:{record.id}"])
    known = Request.objects.filter(concerned_id=record.id, key=key[:120]).first() if key else None
    if known is not None:
        again = _record_filed(record, asked, by, at, key) if known.record_id else None
        return Filed(_row(known, at), again.code if again else "")
    if asked.right is RightKind.EXPLANATION and (told := _told_today(record, at)) is not None:
        return Filed(_row(told, at), "")
    if record.erased_at is not None:
        raise AlreadyErased(number=record.number)
    request = Request(
        right=asked.right, concerned_id=record.id, key=key[:120], proof=proof, checked=checked, filed_by=by.ref,
        filed_at=at,
    )  # fmt: skip
    if asked.right is RightKind.EXPLANATION and queries.explained_of(record, at=at):
        request.done_at = at
        request.save()
        _note(request, record, by, at)
        return Filed(_row(request, at), "")
    _may_ask(record, asked, at)
    receipt = _record_filed(record, asked, by, at, key)
    request.record_id = receipt.record.id
    if asked.right is RightKind.WITHDRAWAL:
        request.done = list(intake.consent_withdraw(record_id=record.id, by=by, at=at))
        request.done_at = at
    request.save()
    _note(request, record, by, at)
    return Filed(_row(request, at), receipt.code)


def _told_today(record: RecordRow, at: datetime) -> Request | None:
    """Return the explanation that was given at once within the last day: asking again is no new request."""
    told = Request.objects.filter(concerned_id=record.id, right=RightKind.EXPLANATION, record=None)
    return told.filter(filed_at__gt=at - timedelta(days=1)).order_by("-id").first()


@guard.act
def answer_contest(*, number: str, code: str, about: str, text: str, at: datetime, key: str = "") -> None:
    """Object to the handling of the own record or to the answer to an own request, by its number.

    Raises:
        RecordNotFound: number and code do not belong together, or ``about`` is neither of theirs.
        NotAnsweredYet: there is no case to object to.
        Everything ``cases.case_contest`` raises.
    """
    record = queries.concerned_by(number=number, code=code)
    own = {one.record.number: one.record.id for one in queries.requests_about(record.id) if one.record is not None}
    own[record.number] = record.id
    if about not in own:
        raise RecordNotFound(number=about[:24])
    case_id = cases.case_of_record(record_ids=intake.group_ids(record_id=own[about]) or [own[about]])
    if case_id is None:
        raise NotAnsweredYet(number=about)
    by = Actor.citizen(about)
    cases.case_contest(case_id=case_id, record_number=about, text=text, by=by, at=at, key=key)


def _may_ask(record: RecordRow, asked: Asked, at: datetime) -> None:
    if any(one.right == asked.right and queries.is_open(one) for one in queries.requests_about(record.id)):
        raise AskedAlready(right=str(asked.right))
    if asked.right is RightKind.WITHDRAWAL and not intake.consent_fields(record_id=record.id):
        raise NothingByConsent(number=record.number)
    if asked.right is RightKind.CORRECTION:
        pack = packkit.shelf().of(record.pack)
        names = {name for name, _ in correctable(pack, record.kind)}
        if asked.field not in names or not asked.value.strip():
            raise FieldNotCorrectable(field=asked.field[:48])
        value = packkit.written_read(pack.record(record.kind).fields[asked.field], asked.value)
        intake.record_change_check(record_id=record.id, values={asked.field: value}, at=at)


def _record_filed(record: RecordRow, asked: Asked, by: Actor, at: datetime, key: str) -> Receipt:
    pack = queries.pack_serving()
    shape = pack.records[0]
    is_correction = asked.right is RightKind.CORRECTION
    values: Mapping[str, Any] = {
        shape.place: record.region_code or _own_place(by),
        shape.happened: at,
        str(shape.matter): str(asked.right),
        "about": record.number,
        "asks": asked.asks.strip(),
        "field": asked.field if is_correction else "",
        "wanted": asked.value.strip() if is_correction else "",
    }
    form = f"rights-{record.id}-{key}" if key else ""
    return intake.record_report(pack_id=pack.id, kind=shape.id, values=values, by=by, at=at, key=form)


def _own_place(by: Actor) -> str:
    """A report without a known place is asked about where the counter stands."""
    if by.agency_id is None:
        raise NoPlaceYet()
    return people.agency_get(by.agency_id).region_code


def _note(request: Request, record: RecordRow, by: Actor, at: datetime) -> None:
    """Write down that a right was used, in a chain that the agencies of the record concerned do not read."""
    body = {"request": request.id, "right": request.right, "proof": request.proof, "checked": request.checked}
    body |= {"concerned": record.id, "record": request.record_id, "done": request.done}
    ledger.line_append(chain=chain_of(request.id), act="rights.ask", by=by, at=at, body=body, pack=record.pack)


def _row(request: Request, at: datetime) -> RequestRow:
    found = next(one for one in queries.requests_about(request.concerned_id) if one.id == request.id)
    return queries.request_row(found, at=at)
