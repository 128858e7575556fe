"""The pages of devices: what is silent stands first, and taking note of it is one step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from hezhi.edge.now import now
from hezhi.edge.web.tests.office import Office, office  # noqa: F401
from hezhi.services.devices import api as devices
from hezhi.services.devices.models import Device, Message, Quarantine
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")


@pytest.fixture
def smoke(office: Office) -> Device:  # noqa: F811
    """A smoke detector of the housing bureau that said two things and fell silent."""
    case, at = office.opened("k1"), now()
    device = Device.objects.create(
        code="ym-1", name="一号烟感", kind="smoke", unit="%/m", pack_id=office.pack.id, record="none",
        region_code=case.region_code, region_path=case.region_path, spot="东坡防火道",
        agency_id=office.town.agencies["housing_bureau"], every_seconds=60, most_per_minute=9,
        registered_at=at - timedelta(days=1), heard_at=at - timedelta(hours=2), silent_at=at - timedelta(hours=1),
    )  # fmt: skip
    for number, (state, value) in enumerate((("taken", 9.5), ("braked", 4.25))):
        Message.objects.create(
            device=device, message_id=str(number), digest="x", state=state, value=value, received_at=at,
            happened_at=at - timedelta(hours=2, minutes=number), is_late=True,
            record_number="" if number else "JL1",
        )  # fmt: skip
    devices.devices_silent(at=at)
    return device


def read(office: Office, who: str, name: str, *args: object) -> str:  # noqa: F811
    return office.client(who).get(reverse(f"web:{name}", args=args)).content.decode()


def test_the_list_tells_what_is_silent_and_where(office: Office, smoke: Device) -> None:  # noqa: F811
    shown = read(office, "housing_bureau", "devices")

    for words in ("一号烟感", "东坡防火道", "烟感", "失联", "无人确认"):
        assert words in shown
    assert "隔离的消息" not in shown
    assert "一号烟感" not in read(office, "market_supervision", "devices")


def test_who_keeps_sources_sees_what_was_set_aside(office: Office, smoke: Device) -> None:  # noqa: F811
    at = now()
    Quarantine.objects.create(code="ym-9", rule="sign", zh="签名不符", en="x", count=7, first_at=at, last_at=at)

    shown = read(office, "operator", "devices")

    assert "隔离的消息" in shown
    assert "签名不符" in shown


def test_one_device_tells_what_it_said_and_what_became_of_it(office: Office, smoke: Device) -> None:  # noqa: F811
    shown = read(office, "housing_bureau", "device", smoke.id)

    for words in (
        "9.5 %/m",
        "4.25 %/m",
        "JL1",
        "限流，只计数",
        "迟报",
        "近一天限流",
        office.town_name("housing_bureau"),
    ):
        assert words in shown


def test_taking_note_is_shown_with_the_name_and_stays_when_it_is_tried_again(office: Office, smoke: Device) -> None:  # noqa: F811
    [silence] = devices.silences_page(by=HOUSE)
    client = office.client("housing_bureau")
    address = reverse("web:silence_see", args=[silence.id])

    empty = client.post(address, {"note": " ", "device": smoke.id})
    seen = client.post(address, {"note": "已派人换电池", "device": smoke.id}, follow=True)
    again = client.post(address, {"note": "再次", "device": smoke.id})

    assert (empty.status_code, seen.status_code, again.status_code) == (422, 200, 409)
    assert "已派人换电池" in seen.content.decode()
    assert office.actor("housing_bureau").name in seen.content.decode()
    assert devices.silences_page(by=HOUSE)[0].note == "已派人换电池"
