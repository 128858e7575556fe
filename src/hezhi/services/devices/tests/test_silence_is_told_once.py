"""A device that is not heard from is told of once, until it has spoken again; looking at it is another matter."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hezhi.services.devices import api
from hezhi.services.devices.errors import DeviceInvalid, SilenceNotFound, SilenceSeen
from hezhi.services.devices.models import Silence
from hezhi.services.devices.tests.factories import AT, HOUSE, Ranger, sender, take
from hezhi.services.notices import api as notices
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor, Grant, Right, Scope, ScopeKind
from hezhi.spine.permissions.errors import NotAllowed

pytestmark = pytest.mark.django_db


def sweep(minutes: float) -> int:
    return api.devices_silent(at=AT + timedelta(minutes=minutes))


def told(ranger: Ranger) -> list[str]:
    return [one.words.zh for one in notices.notices_page(recipient=f"person:{ranger.person_id}")]


def lines(device_id: int) -> list[str]:
    return [one.act for one in ledger.lines_of(chain=f"device:{device_id}")]


def test_three_missed_signs_of_life_are_told_once_to_the_agency(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)  # every ten minutes
    take(smoke.beats(minutes=5), minutes=5)

    assert [sweep(34.9), sweep(35), sweep(36), sweep(600)] == [0, 1, 0, 0]

    assert told(ranger) == ["设备失联：一号烟感（东坡防火道）"]
    [silence] = api.silences_page(by=HOUSE)
    assert (silence.since_at, silence.raised_at) == (AT + timedelta(minutes=5), AT + timedelta(minutes=35))
    assert (silence.cleared_at, silence.seen_at) == (None, None)
    assert lines(smoke.row.id) == ["device.register", "device.silent"]


def test_a_device_that_never_spoke_is_missed_too(ranger: Ranger) -> None:
    sender(ranger.agency_id)

    assert [sweep(29), sweep(30), sweep(31)] == [0, 1, 0]

    assert api.silences_page(by=HOUSE)[0].since_at == AT


@pytest.mark.parametrize("is_heartbeat", [True, False])
def test_it_ends_when_the_device_speaks_and_the_next_one_is_told_anew(ranger: Ranger, is_heartbeat: bool) -> None:
    smoke = sender(ranger.agency_id)
    sweep(30)
    word = smoke.beats(minutes=40) if is_heartbeat else smoke.says(1, minutes=40)

    take(word, minutes=40)
    take(word, minutes=41)

    assert api.silences_page(by=HOUSE) == []
    [over] = api.silences_page(by=HOUSE, is_over=True)
    assert over.cleared_at == AT + timedelta(minutes=40)
    assert [sweep(69), sweep(70), sweep(71)] == [0, 1, 0]
    assert len(told(ranger)) == 2
    assert lines(smoke.row.id) == ["device.register", "device.silent", "device.heard", "device.silent"]


def test_what_a_broker_kept_is_no_sign_of_life_now(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)
    take(smoke.beats(minutes=1), minutes=1)
    sweep(31)

    take(smoke.beats(minutes=2), smoke.says(1, minutes=5), minutes=300)

    assert [one.cleared_at for one in api.silences_page(by=HOUSE)] == [None]
    assert sweep(301) == 0
    assert api.device_get(device_id=smoke.row.id, by=HOUSE).heard_at == AT + timedelta(minutes=5)


def test_an_old_sign_of_life_sent_again_hides_no_loss(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)
    old = smoke.beats(minutes=1)
    take(old, minutes=1)

    take(old, minutes=20)
    take(old, minutes=30)

    assert sweep(31) == 1


def test_bad_messages_are_no_sign_of_life(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)

    take(smoke.says(1, "bad", minutes=20), minutes=20)

    assert sweep(30) == 1


def test_many_losses_of_one_agency_are_one_notice_which_names_the_line(ranger: Ranger) -> None:
    for number in range(8):
        sender(ranger.agency_id, f"smoke-{number}", name=f"{number}号烟感")

    assert sweep(30) == 8

    names = "、".join(f"{number}号烟感（东坡防火道）" for number in range(5))
    assert told(ranger) == [f"设备失联：{names}等8台。半数以上同时失联，请先查线路"]
    assert len(api.silences_page(by=HOUSE)) == 8


def test_a_retired_device_is_missed_by_nobody(ranger: Ranger) -> None:
    silent, other = sender(ranger.agency_id, "a1"), sender(ranger.agency_id, "a2")
    sweep(30)

    api.device_retire(device_id=silent.row.id, reason="换新", by=HOUSE, at=AT + timedelta(minutes=31))

    assert [one.device_id for one in api.silences_page(by=HOUSE)] == [other.row.id]
    assert sweep(600) == 0


def test_taking_note_and_being_over_are_two_things(ranger: Ranger) -> None:
    smoke = sender(ranger.agency_id)
    sweep(30)
    [silence] = api.silences_page(by=HOUSE)
    handler = Actor(
        "person:7", "林", agency_id=ranger.agency_id,
        grants=frozenset(
            Grant(right, Scope(ScopeKind.AGENCY, str(ranger.agency_id)))
            for right in (Right.CASE_READ, Right.CASE_HANDLE)
        ),
    )  # fmt: skip

    seen = api.silence_see(silence_id=silence.id, note="已派人更换电池", by=handler, at=AT + timedelta(minutes=33))

    assert (seen.seen_by, seen.note, seen.cleared_at) == ("person:7", "已派人更换电池", None)
    with pytest.raises(SilenceSeen):
        api.silence_see(silence_id=silence.id, note="又一次", by=handler, at=AT + timedelta(minutes=34))
    take(smoke.beats(minutes=50), minutes=50)
    [over] = api.silences_of(device_id=smoke.row.id, by=handler)
    assert (over.seen_at, over.cleared_at) == (AT + timedelta(minutes=33), AT + timedelta(minutes=50))


def actor(*grants: tuple[Right, ScopeKind, str]) -> Actor:
    return Actor("person:9", "x", grants=frozenset(Grant(right, Scope(kind, value)) for right, kind, value in grants))


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        (actor(), SilenceNotFound),
        (actor((Right.RECORD_READ, ScopeKind.REGION, "330000.339900.339902")), SilenceNotFound),
        (actor(*((right, ScopeKind.AGENCY, "999") for right in (Right.CASE_HANDLE, Right.CASE_READ))), SilenceNotFound),
        (actor((Right.RECORD_READ, ScopeKind.REGION, "330000")), NotAllowed),
    ],
)  # fmt: skip
def test_who_does_not_look_after_it_takes_no_note(ranger: Ranger, who: Actor, refusal: type[Exception]) -> None:
    sender(ranger.agency_id)
    sweep(30)
    [silence] = api.silences_page(by=HOUSE)
    before = ledger.last_line_id()

    with pytest.raises(refusal):
        api.silence_see(silence_id=silence.id, note="看过了", by=who, at=AT)

    assert Silence.objects.get().seen_at is None
    assert ledger.last_line_id() == before


def test_a_note_says_something(ranger: Ranger) -> None:
    sender(ranger.agency_id)
    sweep(30)
    [silence] = api.silences_page(by=HOUSE)

    with pytest.raises(DeviceInvalid):
        api.silence_see(silence_id=silence.id, note="  ", by=HOUSE, at=AT)

    assert Silence.objects.get().seen_at is None
