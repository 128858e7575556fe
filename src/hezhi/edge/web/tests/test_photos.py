"""A photo is seen by whoever decides about the report it came with, before it is a case."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from hezhi.edge.now import now
from hezhi.edge.stories.town import PHOTO
from hezhi.edge.web.tests.office import Office
from hezhi.flow.alerts.contracts import AlertRow
from hezhi.spine.files import api as files
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db


def with_photo(office: Office, key: str = "k1", **changed: object) -> tuple[AlertRow, str]:
    """Report a vehicle with a photo; return the alert and the photo's hash."""
    ref = files.file_put(content=PHOTO, name="车.png", by=Actor.citizen("test"), at=now() - timedelta(minutes=1))
    return office.alerted(key, photo=ref.sha256, **changed), ref.sha256


def photo_on(client: Client, page: str) -> str:
    """Return the address of the one photo on a page; its hash stands nowhere else on it."""
    text = client.get(page).content.decode()
    [address] = re.findall(r'href="([^"]+/files/[0-9a-f]{64}/)"', text)
    assert len(re.findall(r"[0-9a-f]{64}", text)) == 1
    return str(address)


def test_the_duty_officer_sees_the_photo_of_an_alert(office: Office) -> None:
    alert, sha256 = with_photo(office)
    duty = office.client("duty_officer")

    address = photo_on(duty, f"/alerts/{alert.id}/")
    answer = duty.get(address)

    assert address == f"/alerts/{alert.id}/files/{sha256}/"
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, PHOTO, "image/png")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_record_shows_its_photo_too(office: Office) -> None:
    alert, sha256 = with_photo(office)
    [record_id] = alert.record_ids
    duty = office.client("duty_officer")

    address = photo_on(duty, f"/intake/records/{record_id}/")

    assert address == f"/intake/records/{record_id}/files/{sha256}/"
    assert duty.get(address).content == PHOTO


def test_a_photo_is_handed_out_only_with_its_own_report(office: Office) -> None:
    _alert, sha256 = with_photo(office)
    other = office.alerted("k2", spot="春江路18号旁空地", standing_on="marked_bay")

    duty = office.client("duty_officer")

    assert duty.get(f"/alerts/{other.id}/files/{sha256}/").status_code == 404
    assert duty.get(f"/intake/records/{other.record_ids[0]}/files/{sha256}/").status_code == 404
