"""An erased record is its number, its place and its moments: nothing of its content is left or can be confirmed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from hezhi.flow.intake import api, erasing, sealing
from hezhi.flow.intake.contracts import ErasureBasis, Hold, HoldKind, RecordErased, RecordState, RecordUse, RelationKind
from hezhi.flow.intake.errors import (
    BasisMissing,
    HoldInvalid,
    HoldNotFound,
    RecordIsErased,
    RecordKept,
    RecordNotFound,
)
from hezhi.flow.intake.models import Batch, Record, Relation, Ticket
from hezhi.flow.intake.rules import row_check
from hezhi.flow.intake.tests.factories import AT, HOUSE, Ear, jsonl, officer, report, row, shelf_with, source_make, take
from hezhi.flow.intake.tests.factories import pack_base as pack
from hezhi.flow.intake.tests.test_secrets_lie_sealed import clear_in
from hezhi.kit import bus
from hezhi.kit.errors import NotAllowed
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.identity import Basis, Keeping
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people.models import Agency
from hezhi.spine.permissions.contracts import Right
from hezhi.spine.vault.errors import SubjectErased

PHONE, WORDS, SPOT = "13900000101", "花坛里有旧家具", "东门花坛1"
LATER = AT + timedelta(days=1)


@pytest.fixture
def told(ear: Ear) -> Iterator[list[RecordErased]]:
    heard: list[RecordErased] = []
    bus._table[RecordErased] = (heard.append,)
    yield heard


@contextmanager
def kept_by(*holds: Hold) -> Iterator[None]:
    before = list(erasing._uses)
    api.record_uses_ask(lambda ids, lock: {one: RecordUse(holds=holds) for one in ids})
    yield
    erasing._uses[:] = before


def erase(record_id: int, **more):
    given = {"basis": ErasureBasis.CONSENT_WITHDRAWN, "by": HOUSE, "at": LATER, **more}
    return api.record_erase(record_id=record_id, **given)


def kept_whole(record_id: int, lines: int) -> bool:
    record = Record.objects.get(id=record_id)
    return record.erased_at is None and record.text.startswith(WORDS) and ledger.last_line_id() == lines


def test_nothing_of_the_content_is_left(told) -> None:
    record_id = report(1).record.id
    assert clear_in(WORDS) == clear_in(SPOT) == ["intake_record"]

    done = erase(record_id, request="SQ-7")

    assert (done.erased_at, done.erased_basis) == (LATER, "个人信息保护法 47(3)")
    assert (done.subject, done.excerpt, done.state) == ("", "", RecordState.ACCEPTED)
    assert clear_in(WORDS) == clear_in(SPOT) == clear_in(PHONE) == []
    record = Record.objects.get(id=record_id)
    assert (record.values, record.secrets, record.raw, record.salt, record.files) == ({}, {}, "", "", [])
    with pytest.raises(SubjectErased):
        sealing.keys_for([record_id])


def test_the_act_is_recorded_with_its_basis_and_heard_once(told) -> None:
    receipt = report(1)
    before = receipt.record.subject

    erase(receipt.record.id, request="SQ-7")
    after = ledger.last_line_id()
    erase(receipt.record.id)

    line = ledger.lines_of(chain=f"record:{receipt.record.id}")[-1]
    assert (line.act, line.actor, line.at) == ("record.erase", "system:test", LATER)
    law = "个人信息保护法 47(3)"
    assert line.body == {"basis": "consent_withdrawn", "law": law, "changes": [], "request": "SQ-7"}
    assert ledger.last_line_id() == after
    assert ledger.ledger_breaks() == []
    [event] = told
    assert (event.record_ids, event.number, event.subject) == ((receipt.record.id,), receipt.record.number, before)


def test_the_reporter_still_opens_the_number_and_reads_that_it_was_erased(told) -> None:
    receipt = report(1)
    erase(receipt.record.id)

    found = api.record_by_number(number=receipt.record.number, code=receipt.code)
    assert (found.erased_at, found.excerpt) == (LATER, "")


def test_a_guess_of_the_content_cannot_be_confirmed(told) -> None:
    """What the ledger says of the content stays for ever; without the salt no guess fits it."""
    source_make()
    take(jsonl(row(1)))
    record = Record.objects.get()
    [salt] = sealing.salts_of([record]).values()
    content = ledger.lines_of(chain=f"record:{record.id}")[0].body["content"]
    guess = row_check(pack(), pack().records[0], row(1)).content
    assert content not in (guess, hashlib.sha256(guess.encode()).hexdigest())
    assert sealing.salted(salt, guess) == content
    assert salt not in str(record.__dict__)  # the salt itself is sealed, for a phone is quickly guessed
    batch = Batch.objects.get()
    delivered = hashlib.sha256(jsonl(row(1))).hexdigest()
    assert sealing.salted(batch.salt, delivered) == batch.content

    erase(record.id)

    assert sealing.salts_of([Record.objects.get()]) == {}
    assert Batch.objects.get().salt == ""


def test_what_was_erased_is_not_taken_in_again(told) -> None:
    source_make()
    take(jsonl(row(1), row(2)))
    first = Record.objects.order_by("id").first()
    erase(first.id)

    again = take(jsonl(row(1, details="换了说法"), row(2)), hours=30)

    assert (again.counts.rows, again.counts.repeated) == (2, 2)
    assert clear_in("换了说法") == []
    assert "R-0001" not in Record.objects.get(id=first.id).source_key


def test_a_change_that_waits_goes_with_its_record(told) -> None:
    source_make()
    take(jsonl(row(1)))
    take(jsonl(row(1, details="花坛里有旧家具，换了一处")), hours=1)
    original, change = Record.objects.order_by("id")

    erase(change.id)

    assert clear_in(WORDS) == []
    assert {one.erased_at for one in Record.objects.all()} == {LATER}
    assert ledger.lines_of(chain=f"record:{original.id}")[-1].body["changes"] == [change.id]


def test_words_about_it_go_and_what_others_reported_stays(told) -> None:
    one, other = report(1).record, report(2).record
    api.record_link(record_id=one.id, other_id=other.id, kind=RelationKind.LINKED, reason="同一户人家", by=HOUSE, at=AT)
    agency = Agency.objects.create(code="a", name="某局", kind="lamp", region_code="890000", region_path="890000")
    Ticket.objects.create(
        record_id=one.id, fields=["contact_phone"], basis="示范条例 3", case_id=1, agency=agency, role="handler",
        opened_by="person:1", opened_at=AT, until_at=LATER + timedelta(days=1), near="kin",
    )  # fmt: skip

    erase(one.id)

    assert (Relation.objects.get().reason, Ticket.objects.get().near, Ticket.objects.get().closed_at) == ("", "", LATER)
    assert Record.objects.get(id=other.id).text.startswith(WORDS)
    assert sealing.secrets_of([Record.objects.get(id=other.id)]) == {other.id: {"contact_phone": PHONE}}


@pytest.mark.parametrize("kind", [HoldKind.CASE_OPEN, HoldKind.CONTEST_OPEN, HoldKind.EVIDENCE])
def test_a_duty_to_keep_refuses_with_its_reason_and_leaves_no_trace(told, kind) -> None:
    record_id, hold = report(1).record.id, Hold(kind, "示范条例 3")
    lines = ledger.last_line_id()

    with kept_by(hold), pytest.raises(RecordKept) as refused:
        erase(record_id)

    assert refused.value.holds == (hold,)
    assert kept_whole(record_id, lines)
    assert told == []


def test_the_least_time_a_pack_states_holds_against_every_basis(told) -> None:
    law = Basis(cite="示范条例 9", says=Text(zh="保存", en="Kept"), is_verified=True, checked_on=AT.date())
    rule = Keeping(record="report", days=90, at_least_days=30, basis=law)
    base = pack()
    kept = base.model_copy(update={"identity": base.identity.model_copy(update={"retention": (rule,)})})
    with shelf_with(kept):
        record_id = report(1).record.id
        lines = ledger.last_line_id()
        with pytest.raises(RecordKept) as refused:
            erase(record_id, basis=ErasureBasis.UNLAWFUL, at=AT + timedelta(days=29))
        assert refused.value.holds == (Hold(HoldKind.KEPT_BY_LAW, "示范条例 9", AT + timedelta(days=30)),)
        assert kept_whole(record_id, lines)

        assert erase(record_id, at=AT + timedelta(days=30)).erased_at == AT + timedelta(days=30)


@pytest.mark.parametrize(
    "given",
    [{"basis": "because"}, {"basis": "other_law"}, {"basis": "retention", "law": "x" * 101}, {"request": "张三的请求"}],
)
def test_without_a_basis_in_law_nothing_is_erased(told, given) -> None:
    record_id = report(1).record.id
    lines = ledger.last_line_id()

    with pytest.raises(BasisMissing):
        erase(record_id, **given)

    assert kept_whole(record_id, lines)


def test_only_whoever_has_the_right_there_erases(told) -> None:
    record_id = report(1).record.id
    lines = ledger.last_line_id()

    with pytest.raises(NotAllowed):
        erase(record_id, by=officer(Right.RECORD_READ, Right.RECORD_CORRECT))
    with pytest.raises(RecordNotFound):
        erase(record_id, by=officer(Right.RECORD_READ, Right.RECORD_ERASE, path="330000.339900.339902"))
    assert kept_whole(record_id, lines)

    erase(record_id, by=officer(Right.RECORD_READ, Right.RECORD_ERASE))
    assert clear_in(WORDS) == []


def test_nothing_can_be_done_with_an_erased_record(told) -> None:
    one, other = report(1).record.id, report(2).record.id
    erase(one)
    lines = ledger.last_line_id()

    with pytest.raises(RecordIsErased):
        api.record_merge(record_ids=[one, other], by=HOUSE, at=LATER)
    with pytest.raises(RecordIsErased):
        api.record_correct(record_id=one, values={"details": "又写"}, by=HOUSE, at=LATER)
    with pytest.raises(RecordIsErased):
        api.matter_confirm(record_id=one, matter="damage", by=HOUSE, at=LATER)
    assert api.contacts_of(record_ids=[one]) == []
    assert ledger.last_line_id() == lines


def test_what_is_needed_as_evidence_is_not_erased_until_it_is_not_needed(told) -> None:
    record_id, until = report(1).record.id, AT + timedelta(days=30)
    hold = api.record_keep(record_id=record_id, law="  监察法 25 ", until=until, by=HOUSE, at=AT)
    lines = ledger.last_line_id()

    with pytest.raises(RecordKept) as refused:
        erase(record_id)
    assert refused.value.holds == (Hold(HoldKind.EVIDENCE, "监察法 25", until),)
    assert kept_whole(record_id, lines)

    api.record_let_go(hold_id=hold.id, by=HOUSE, at=LATER)
    api.record_let_go(hold_id=hold.id, by=HOUSE, at=LATER)
    assert [one.act for one in ledger.lines_of(chain=f"record:{record_id}")][-2:] == ["record.keep", "record.let_go"]
    assert erase(record_id).erased_at == LATER


@pytest.mark.parametrize(("law", "days"), [("", 30), ("法", 30), ("x" * 101, 30), ("监察法 25", 0)])
def test_a_hold_without_law_or_end_is_refused(told, law, days) -> None:
    record_id = report(1).record.id
    lines = ledger.last_line_id()

    with pytest.raises(HoldInvalid):
        api.record_keep(record_id=record_id, law=law, until=AT + timedelta(days=days), by=HOUSE, at=AT)
    assert kept_whole(record_id, lines)


def test_only_whoever_may_erase_may_hold_and_let_go(told) -> None:
    record_id, until = report(1).record.id, AT + timedelta(days=30)
    reader, stranger = officer(Right.RECORD_READ), officer(Right.RECORD_ERASE, path="330000.339900.339902")
    hold = api.record_keep(record_id=record_id, law="监察法 25", until=until, by=HOUSE, at=AT)
    lines = ledger.last_line_id()

    with pytest.raises(NotAllowed):
        api.record_keep(record_id=record_id, law="监察法 25", until=until, by=reader, at=AT)
    with pytest.raises(RecordNotFound):
        api.record_keep(record_id=record_id, law="监察法 25", until=until, by=stranger, at=AT)
    with pytest.raises(NotAllowed):
        api.record_let_go(hold_id=hold.id, by=reader, at=AT)
    with pytest.raises(HoldNotFound):
        api.record_let_go(hold_id=hold.id, by=stranger, at=AT)
    assert kept_whole(record_id, lines)
