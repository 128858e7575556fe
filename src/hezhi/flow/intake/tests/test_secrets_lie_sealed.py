"""A secret value lies in clear in no table, whatever became of its record."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from hezhi.flow.intake import api, sealing
from hezhi.flow.intake.contracts import RecordState
from hezhi.flow.intake.models import Record
from hezhi.flow.intake.tests.factories import AT, HOUSE, Ear, jsonl, report, row, source_make, take
from hezhi.spine.ledger import api as ledger
from hezhi.spine.vault.errors import EnvelopeRefused
from hezhi.spine.vault.models import SubjectKeyRow

PHONE = "13900000101"


def clear_in(value: str) -> list[str]:
    """Return the tables of the house in whose rows the value lies, as the database holds them."""
    found = []
    with connection.cursor() as cursor:
        for table in sorted(model._meta.db_table for model in apps.get_models()):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{value}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_the_scan_finds_what_lies_in_clear(ear: Ear) -> None:
    report(1)
    assert "intake_record" in clear_in("花坛里有旧家具")


def test_a_report_lies_sealed_and_opens_through_the_one_function(ear: Ear) -> None:
    record = Record.objects.get(id=report(1).record.id)

    assert clear_in(PHONE) == []
    assert list(record.secrets) == ["contact_phone"]
    assert sealing.secrets_of([record]) == {record.id: {"contact_phone": PHONE}}
    assert record.raw == ""


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({}, RecordState.ACCEPTED),
        ({"region": "339901009999"}, RecordState.HELD),
        ({"happened_at": "昨天"}, RecordState.REFUSED),
        ({"contact_phone": None, "mobile": PHONE}, RecordState.ACCEPTED),
        ({"contact_phone": f"{PHONE}转8"}, RecordState.REFUSED),
    ],
)
def test_a_row_of_a_source_lies_sealed_in_every_state(ear: Ear, given: dict[str, str | None], state: str) -> None:
    source_make()
    take(jsonl(row(1, **given)))

    assert Record.objects.get().state == state
    assert clear_in(PHONE) == []


def test_a_correction_finds_what_was_given_and_seals_it_again(ear: Ear) -> None:
    record_id = report(1, region="339901009999").record.id

    corrected = api.record_correct(record_id=record_id, values={"region": "339901001201"}, by=HOUSE, at=AT)

    record = Record.objects.get(id=record_id)
    assert (corrected.state, record.raw) == (RecordState.ACCEPTED, "")
    assert sealing.secrets_of([record]) == {record_id: {"contact_phone": PHONE}}
    assert clear_in(PHONE) == []


def test_a_change_taken_over_is_sealed_for_the_record_it_changes(ear: Ear) -> None:
    source_make()
    take(jsonl(row(1)))
    take(jsonl(row(1, contact_phone="13900000202")), hours=1)
    original, change = Record.objects.order_by("id")

    api.record_take_change(record_id=change.id, by=HOUSE, at=AT)

    original.refresh_from_db()
    assert sealing.secrets_of([original]) == {original.id: {"contact_phone": "13900000202"}}
    assert ledger.lines_of(chain=f"record:{original.id}")[-1].body["changed"] == ["contact_phone"]
    assert clear_in("13900000202") == clear_in(PHONE) == []


def test_a_sealed_value_moved_to_another_record_does_not_open(ear: Ear) -> None:
    one, other = (Record.objects.get(id=report(number).record.id) for number in (1, 2))
    Record.objects.filter(id=other.id).update(secrets=one.secrets)

    with pytest.raises(EnvelopeRefused):
        sealing.secrets_of([Record.objects.get(id=other.id)])


def test_a_record_with_nothing_to_seal_gets_no_key(ear: Ear) -> None:
    report(1, contact_phone=None)

    assert SubjectKeyRow.objects.count() == 0
