"""A device is registered whole or not at all, and none that could identify anybody."""

from __future__ import annotations

from typing import Any

import pytest

from hezhi.flow.intake.models import Source
from hezhi.packkit.shape import DEVICE_KINDS
from hezhi.services.devices import api
from hezhi.services.devices.errors import CursorDamaged, DeviceInvalid, DeviceNotFound, DeviceRetired
from hezhi.services.devices.models import Device
from hezhi.services.devices.tests.factories import AT, HOUSE, Ranger, draft, sender
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people.errors import AgencyNotFound
from hezhi.spine.permissions.contracts import Actor, Grant, Right, Scope, ScopeKind
from hezhi.spine.permissions.errors import NotAllowed

pytestmark = pytest.mark.django_db


def findings(agency_id: int, **more: Any) -> set[tuple[str, str, str]]:
    before = ledger.last_line_id()
    with pytest.raises(DeviceInvalid) as refused:
        api.device_register(draft=draft(agency_id, **more), by=HOUSE, at=AT)
    assert Device.objects.count() == 0
    assert ledger.last_line_id() == before
    return {(one.field, one.rule, one.nearest) for one in refused.value.findings}


@pytest.mark.parametrize("kind", ["camera", "face", "plate_reader", "microphone", "wifi_probe", "smok"])
def test_kinds_outside_the_closed_list_are_refused(ranger: Ranger, kind: str) -> None:
    told = findings(ranger.agency_id, kind=kind)

    assert {one[:2] for one in told} == {("kind", "kind")}


def test_the_closed_list_measures_things(ranger: Ranger) -> None:
    assert set(DEVICE_KINDS) == {
        "smoke", "infrared", "temperature", "gate", "water_level", "water_flow", "water_quality", "rain", "gas", "air",
        "noise", "tilt", "weighbridge", "tank_level", "power",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"kind": "smok"}, ("kind", "kind", "smoke")),
        ({"kind": "gate", "unit": ""}, ("kind", "kind", "")),
        ({"unit": "mg"}, ("unit", "unit", "")),
        ({"kind": "infrared", "unit": "ppm"}, ("unit", "unit", "")),
        ({"record": "signa"}, ("record", "record", "signal")),
        ({"record": "report"}, ("record", "record", "")),
        ({"region_code": "339999"}, ("region_code", "region", "")),
        ({"region_code": "x"}, ("region_code", "region", "")),
        ({"code": "A b"}, ("code", "pattern", "")),
        ({"name": " "}, ("name", "range", "")),
        ({"every_seconds": 1}, ("every_seconds", "range", "")),
        ({"most_per_minute": 0}, ("most_per_minute", "range", "")),
        ({"also": {"zon": "core"}}, ("also.zon", "field", "zone")),
        ({"also": {"note": "x"}}, ("also.note", "field", "")),
    ],
)
def test_every_mistake_is_named(ranger: Ranger, more: dict[str, Any], told: tuple[str, str, str]) -> None:
    assert findings(ranger.agency_id, **more) == {told}


def test_an_agency_that_does_not_exist_owns_nothing(ranger: Ranger) -> None:
    with pytest.raises(AgencyNotFound):
        api.device_register(draft=draft(9_999), by=HOUSE, at=AT)
    assert Device.objects.count() == 0


def test_a_code_is_taken_once(ranger: Ranger) -> None:
    sender(ranger.agency_id)

    with pytest.raises(DeviceInvalid):
        sender(ranger.agency_id)

    assert Device.objects.count() == 1


def test_only_who_manages_sources_registers_changes_and_retires(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)
    here = frozenset({Grant(Right.RECORD_READ, Scope(ScopeKind.REGION, "330000"))})
    reader = Actor("person:3", "x", grants=here)
    before = ledger.last_line_id()

    for command in (
        lambda: api.device_register(draft=draft(ranger.agency_id, "other"), by=reader, at=AT),
        lambda: api.device_change(device_id=smoke.row.id, changes={"name": "x"}, by=reader, at=AT),
        lambda: api.device_key_renew(device_id=smoke.row.id, by=reader, at=AT),
        lambda: api.device_retire(device_id=smoke.row.id, reason="x", by=reader, at=AT),
        lambda: api.quarantine_page(by=reader),
    ):
        with pytest.raises(NotAllowed):
            command()

    assert ledger.last_line_id() == before
    assert [one.draft.name for one in api.device_page(by=reader)] == ["一号烟感"]


def test_registering_makes_one_source_and_tells_the_key_once(ranger: Ranger) -> None:
    first, second = sender(ranger.agency_id, "a1"), sender(ranger.agency_id, "a2")

    assert Source.objects.count() == 1
    assert len(first.key) == 64
    assert first.key != second.key
    assert first.key not in Device.objects.get(code="a1").key
    [line] = ledger.lines_of(chain=f"device:{first.row.id}")
    assert first.key not in str(line)


def test_a_change_tells_what_changed_and_the_same_again_nothing(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)

    changed = api.device_change(device_id=smoke.row.id, changes={"spot": "西坡", "every_seconds": 60}, by=HOUSE, at=AT)
    api.device_change(device_id=smoke.row.id, changes={"spot": "西坡"}, by=HOUSE, at=AT)

    assert (changed.draft.spot, changed.draft.every_seconds) == ("西坡", 60)
    lines = ledger.lines_of(chain=f"device:{smoke.row.id}")
    assert [one.act for one in lines] == ["device.register", "device.change"]
    for name, value in (("kind", "gate"), ("code", "x1"), ("unit", "mg"), ("region_code", "339999")):
        with pytest.raises(DeviceInvalid):
            api.device_change(device_id=smoke.row.id, changes={name: value}, by=HOUSE, at=AT)
    assert len(ledger.lines_of(chain=f"device:{smoke.row.id}")) == 2


def test_retiring_owes_a_reason_and_is_done_once(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)
    with pytest.raises(DeviceInvalid):
        api.device_retire(device_id=smoke.row.id, reason=" ", by=HOUSE, at=AT)

    api.device_retire(device_id=smoke.row.id, reason="换新", by=HOUSE, at=AT)

    for command in (
        lambda: api.device_retire(device_id=smoke.row.id, reason="换新", by=HOUSE, at=AT),
        lambda: api.device_change(device_id=smoke.row.id, changes={"name": "x"}, by=HOUSE, at=AT),
        lambda: api.device_key_renew(device_id=smoke.row.id, by=HOUSE, at=AT),
    ):
        with pytest.raises(DeviceRetired):
            command()
    assert list(api.device_page(by=HOUSE)) == []
    assert [one.code for one in api.device_page(by=HOUSE, text="烟感")] == ["smoke-1"]


def test_who_sees_a_device(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)
    other_place = Actor(
        "p", "x", grants=frozenset({Grant(Right.RECORD_READ, Scope(ScopeKind.REGION, "330000.339900.1"))})
    )
    own = Actor("p", "x", grants=frozenset({Grant(Right.CASE_READ, Scope(ScopeKind.AGENCY, str(ranger.agency_id)))}))

    assert [one.code for one in api.device_page(by=own)] == ["smoke-1"]
    assert list(api.device_page(by=other_place)) == []
    assert api.silences_page(by=other_place) == []
    for read in (api.device_get, api.messages_of, api.silences_of):
        with pytest.raises(DeviceNotFound):
            read(device_id=smoke.row.id, by=other_place)


def test_pages_follow_each_other(ranger: Ranger) -> None:
    for number in range(5):
        sender(ranger.agency_id, f"a{number}")

    first = api.device_page(by=HOUSE, size=3)
    second = api.device_page(by=HOUSE, size=3, cursor=first.next_cursor)

    assert [one.code for one in (*first, *second)] == ["a0", "a1", "a2", "a3", "a4"]
    assert second.next_cursor == ""
    with pytest.raises(CursorDamaged):
        api.device_page(by=HOUSE, cursor="x")
