"""An officer says where messages go and asks for mail or text messages; notices of acts then go there too."""

from __future__ import annotations

import pytest
from django.test import Client

from hezhi.edge.web.tests.office import Office
from hezhi.services.notices import api as notices
from hezhi.services.notices.contracts import Channel, DeliveryState
from hezhi.services.notices.models import Address
from hezhi.services.notices.sealing import address_of
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import Contact
from hezhi.spine.people.models import Account

pytestmark = pytest.mark.django_db
MAIL, PHONE = "lead@example.org", "0579-00001234"


def ways(office: Office, key: str) -> list[tuple[Channel, DeliveryState, str]]:
    """Open a case; return how its notice went to the lead's handler."""
    case = office.opened(key, spot=f"和畅苑{key}幢")
    ref = f"person:{office.town.persons['housing_bureau']}"
    found = [one for one in notices.deliveries_of(about=f"case:{case.id}") if one.recipient == ref]
    assert {one.act for one in notices.notices_page(recipient=ref)} == {"case.open"}
    return [(one.channel, one.state, one.address) for one in found]


def saved(client: Client, **typed: str) -> str:
    page = client.get("/account/").content.decode()
    assert 'name="wants_mail"' in page
    return client.post("/account/", {"email": "", "phone": "", **typed}, follow=True).content.decode()


def test_an_officer_who_asks_for_it_gets_notices_by_mail_and_text_message_too(office: Office) -> None:
    assert ways(office, "1") == [(Channel.IN_APP, DeliveryState.SENT, "")]

    client = office.client("housing_bureau")
    saved(client, email=MAIL, phone=PHONE, wants_mail="true", wants_sms="true")

    asked = Contact(MAIL, PHONE, wants_mail=True, wants_sms=True)
    assert people.contact_get(office.town.persons["housing_bureau"]) == asked
    assert ways(office, "2") == [
        (Channel.IN_APP, DeliveryState.SENT, ""),
        (Channel.MAIL, DeliveryState.QUEUED, "l***@example.org"),
        (Channel.SMS, DeliveryState.QUEUED, "057****1234"),
    ]
    kept = Address.objects.select_related("delivery__notice")
    assert {MAIL, PHONE} < {address_of(one.delivery) for one in kept}


def test_an_address_alone_is_no_wish(office: Office) -> None:
    saved(office.client("housing_bureau"), email=MAIL, phone=PHONE)

    assert ways(office, "1") == [(Channel.IN_APP, DeliveryState.SENT, "")]


def test_a_wish_without_an_address_is_refused_and_what_was_typed_is_kept(office: Office) -> None:
    client = office.client("housing_bureau")
    saved(client, email=MAIL, wants_mail="true")

    page = client.post("/account/", {"email": "", "phone": PHONE, "wants_mail": "true"})

    assert page.status_code == 422
    assert f'value="{PHONE}"' in page.content.decode()
    account = Account.objects.get(person_id=office.town.persons["housing_bureau"])
    assert (account.email, account.phone, account.wants_mail) == (MAIL, "", True)
