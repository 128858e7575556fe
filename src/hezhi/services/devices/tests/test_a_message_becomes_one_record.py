"""A message becomes one record, however often and in whatever order it comes; a bad one holds nothing up."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hezhi.flow.alerts.models import Alert, AlertItem
from hezhi.flow.intake.models import Batch, Record
from hezhi.services.devices import api
from hezhi.services.devices.contracts import Incoming
from hezhi.services.devices.models import Message, Quarantine
from hezhi.services.devices.tests.factories import (
    AT,
    HOUSE,
    Ranger,
    Sender,
    records,
    rules_told,
    sender,
    states,
    take,
)
from hezhi.spine.ledger import api as ledger

pytestmark = pytest.mark.django_db
SERIAL = count()


@pytest.fixture
def smoke(ranger: Ranger) -> Sender:
    return sender(ranger.agency_id)


def test_what_the_record_holds_is_what_was_said_and_what_is_registered(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)

    [taken] = take(smoke.says(7, 31.5))

    [record] = Record.objects.filter(kind="signal")
    assert record.values == {
        "signal_no": "smoke-1:7", "region": "339901001201", "spot": "东坡防火道", "happened_at": "2026-03-02T02:00:00Z",
        "device": "smoke-1", "sensor": "smoke", "reading": 31.5, "unit": "ppm", "zone": "core",
    }  # fmt: skip
    assert (record.state, record.number, record.agency_ids) == ("accepted", taken.record_number, [ranger.agency_id])
    assert record.received_from.startswith("source:devices-")
    [message] = api.messages_of(device_id=smoke.row.id, by=HOUSE)
    assert (message.message_id, message.state, message.value) == ("7", "taken", 31.5)
    assert (message.record_number, message.is_late) == (taken.record_number, False)


def test_copies_change_nothing_within_one_delivery_and_across_deliveries(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)
    assert states(smoke.says(1), smoke.says(1), smoke.says(2)) == ["taken", "repeated", "taken"]
    lines = ledger.last_line_id()

    assert states(smoke.says(2), smoke.says(1), minutes=3) == ["repeated", "repeated"]

    assert ledger.last_line_id() == lines
    assert [one["signal_no"] for one in records()] == ["smoke-1:1", "smoke-1:2"]
    assert Message.objects.count() == 2


def test_ten_thousand_copies_of_a_message_are_one_record_and_one_alert(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)
    copies = [smoke.says(1)] * 1_000

    for _ in range(10):
        take(*copies)

    assert (Record.objects.count(), Alert.objects.count(), AlertItem.objects.count()) == (1, 1, 1)


def test_ten_thousand_messages_of_one_fact_are_braked_counted_and_one_alert(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id, most_per_minute=5)

    told = [one for start in range(0, 10_000, 1_000) for one in states(*(smoke.says(start + n) for n in range(1_000)))]

    assert (told.count("taken"), told.count("braked")) == (5, 9_995)
    assert (Record.objects.count(), Batch.objects.count(), Alert.objects.count()) == (5, 1, 1)
    assert api.braked_count(device_id=smoke.row.id, by=HOUSE, at=AT + timedelta(minutes=2)) == 9_995
    assert states(smoke.says(9_999)) == ["repeated"]
    assert states(smoke.says("next", minutes=1)) == ["taken"]


def test_what_was_kept_during_an_outage_is_no_storm(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id, most_per_minute=1)
    kept = [smoke.says(n, minutes=-n) for n in range(1, 61)]

    assert states(*kept) == ["taken"] * 60

    late = Record.objects.filter(is_late=True).count()
    assert late == 1  # older than the hour the pack allows: minute 60, when it came at minute 1
    assert sum(one.is_late for one in api.messages_of(device_id=smoke.row.id, by=HOUSE, size=100)) == 56


def test_the_order_of_arrival_does_not_matter(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)

    take(smoke.says(3, minutes=3), minutes=4)
    take(smoke.says(1, minutes=1), smoke.says(2, minutes=2), minutes=5)

    assert [one.message_id for one in api.messages_of(device_id=smoke.row.id, by=HOUSE)] == ["3", "2", "1"]
    assert api.device_get(device_id=smoke.row.id, by=HOUSE).heard_at == AT + timedelta(minutes=3)


def bad_ones(smoke: Sender) -> dict[str, Incoming]:
    good = smoke.says(1)
    return {
        "unknown": Incoming("nobody", good.body, good.sign),
        "sign": Incoming("smoke-1", good.body, "0" * 64),
        "form": smoke.raw(b"\xff{"),
        "size": smoke.raw(b'{"id": "' + b"a" * 2_000 + b'"}'),
        "id": smoke.says("a b"),
        "type": smoke.says(2, "12"),
        "unit": smoke.says(3, unit="mg"),
        "clock": smoke.says(4, minutes=60),
        "field": smoke.says(5, photo="aGVsbG8="),
    }


@pytest.mark.parametrize("rule", ["unknown", "sign", "form", "size", "id", "type", "unit", "clock", "field"])
def test_a_bad_message_is_quarantined_with_one_finding_and_the_rest_goes_on(ranger: Ranger, rule: str) -> None:
    smoke = sender(ranger.agency_id)

    told = rules_told(smoke.says("before"), bad_ones(smoke)[rule], smoke.says("after"))

    assert told == ["taken", rule, "taken"]
    [row] = api.quarantine_page(by=HOUSE)
    assert (row.rule, row.count, row.first_at) == (rule, 1, AT + timedelta(minutes=1))
    assert bool(row.body) == (rule not in ("unknown", "sign"))
    assert [one["signal_no"] for one in records()] == ["smoke-1:before", "smoke-1:after"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "true", "null", '"1"', "[1]"])
def test_a_number_is_a_number(ranger: Ranger, value: str) -> None:
    smoke = sender(ranger.agency_id)
    body = f'{{"id": 1, "at": "{AT.isoformat()}", "unit": "ppm", "value": {value}}}'.encode()

    assert rules_told(smoke.raw(body))[0] in ("form", "type")

    assert Record.objects.count() == 0


def test_a_yes_or_no_has_no_unit_and_is_no_number(ranger: Ranger) -> None:
    warm = sender(ranger.agency_id, "ir-1", kind="infrared", unit="")

    assert rules_told(warm.says(1, True), warm.says(2, 1), warm.says(3, True, unit="ppm")) == ["taken", "type", "unit"]

    assert [one["is_warm"] for one in records()] == [True]


def test_a_message_of_a_name_that_said_something_else_is_quarantined(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)
    take(smoke.says(1, 12.5))

    assert rules_told(smoke.says(1, 99.0), smoke.says(1, 12.5)) == ["changed", "repeated"]

    assert [one["reading"] for one in records()] == [12.5]


def test_bad_messages_are_counted_and_fill_no_table(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)
    same = [smoke.says(1, "12")] * 3
    many = [smoke.says(n, "12") for n in range(2, 252)]
    strangers = [Incoming(f"made-up-{n}", b"{}", "") for n in range(250)]

    take(*same, *many, *strangers)

    counts = {row.code: 0 for row in Quarantine.objects.all()}
    for row in Quarantine.objects.all():
        counts[row.code] += row.count
    assert sum(counts.values()) == 503
    assert Quarantine.objects.filter(code="smoke-1").count() == 101
    assert Quarantine.objects.get(code="smoke-1", digest="").count == 151
    assert Quarantine.objects.filter(code__startswith="made-up").count() == 100
    assert Quarantine.objects.get(code="").count == 150


def test_what_the_records_contract_refuses_waits_for_a_person_and_is_told_as_refused(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)

    assert states(smoke.says(1, 5_000.0), smoke.says(2)) == ["refused", "taken"]

    assert list(Record.objects.order_by("id").values_list("state", flat=True)) == ["refused", "accepted"]


def test_only_words_the_record_agreed_on_are_taken(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)

    told = rules_told(
        smoke.says(1, more={"plate": "浙A00000"}), smoke.says(2, more={"note": "x"}),
        smoke.says(3, more={"plate": "x" * 61}),
        smoke.says(4, more={"plate": ["x"]}), smoke.says(5, more="x"),
    )  # fmt: skip

    assert told == ["taken", "field", "type", "type", "type"]
    assert [one.get("plate") for one in records()] == ["浙A00000"]


def test_a_retired_device_is_not_listened_to(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)
    api.device_retire(device_id=smoke.row.id, reason="换新", by=HOUSE, at=AT)

    assert rules_told(smoke.says(1)) == ["retired"]

    assert Record.objects.count() == 0


def test_a_renewed_key_ends_the_old_one(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)
    key = api.device_key_renew(device_id=smoke.row.id, by=HOUSE, at=AT)

    assert rules_told(smoke.says(1), Sender(smoke.row, key).says(1)) == ["sign", "taken"]


def test_forgotten_messages_say_nothing_and_their_copies_bring_nothing_back(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)
    take(smoke.says(1))
    record = Record.objects.get()

    api.messages_forget(record_ids=[record.id])

    [message] = Message.objects.all()
    assert (message.value, message.digest) == (None, "")
    assert states(smoke.says(1)) == ["repeated"]
    assert Quarantine.objects.count() == 0


def test_old_messages_are_purged_and_their_copies_are_too_old_to_come_in(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)
    take(smoke.says(1), smoke.says(2, "bad"))
    month = 31 * 24 * 60

    assert api.messages_purge(at=AT + timedelta(minutes=month)) == 2
    assert api.messages_purge(at=AT + timedelta(minutes=month)) == 0

    assert rules_told(smoke.says(1), minutes=month) == ["clock"]
    assert Record.objects.count() == 1


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations([n for n in range(6) for _ in range(3)]),
    cuts=st.sets(st.integers(1, 17), max_size=6),
)
def test_any_order_and_any_cut_of_copies_gives_each_message_once(
    ranger: Ranger, order: list[int], cuts: set[int]
) -> None:
    smoke = sender(ranger.agency_id, f"s-{next(SERIAL)}")
    messages = [smoke.says(n, float(n), minutes=-n) for n in order]
    bounds = [0, *sorted(cuts), len(messages)]

    told = [one for a, b in pairwise(bounds) for one in states(*messages[a:b])]

    assert (told.count("taken"), told.count("repeated")) == (6, 12)
    assert sorted(one["reading"] for one in records() if one["device"] == smoke.row.code) == [0, 1, 2, 3, 4, 5]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.one_of(
        st.binary(max_size=80),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=9),
            lambda inner: st.dictionaries(st.sampled_from(["id", "at", "value", "unit", "more", "x"]), inner),
        ).map(lambda one: json.dumps(one).encode()),
    )
)
def test_whatever_is_sent_one_finding_says_why_not(smoke: Sender, said: bytes) -> None:
    [told] = take(smoke.raw(said))

    assert told.finding is not None
    assert Record.objects.count() == 0
