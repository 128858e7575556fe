"""People write and read yuan; rooms and the lake count whole cents."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from hezhi.edge.stories.town import VILLAGE
from hezhi.edge.web.casefile import value_text
from hezhi.edge.web.fields import FormField, for_rooms, of_pack, with_typed
from hezhi.edge.web.tests.office import Office
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.models import Record
from hezhi.packkit import api as packkit

pytestmark = pytest.mark.django_db
PACK, KIND, SUM = "finance_tricolour", "clue", "paid_cents"
TRAIL = ["890000", "890100", "890101", "890101001000", VILLAGE]


def asked(stored: Any = "") -> FormField:
    pack = packkit.shelf().get(PACK)
    return of_pack(SUM, pack.record(KIND).fields[SUM], pack=pack, value=stored)


def report(**typed: str) -> dict[str, Any]:
    told = {"target": "某某养老项目", "channel": "hotline", "promised": "fixed_return", "contact_phone": "13900000102"}
    return {"key": "k1", "place": TRAIL, "happened_at": "2026-03-02T08:50", **told, **typed}


@pytest.mark.parametrize("cents", [0, 1, 99, 100, 123450, 10**12 + 7])
def test_what_is_stored_comes_back_unchanged_when_nobody_touches_the_form(cents: int) -> None:
    field = asked(cents)

    assert (field.unit, field.input_type) == ("元", "number")
    assert 'min="0"' in field.attributes and 'step="0.01"' in field.attributes
    assert for_rooms([field], {SUM: field.value, "other": "3.5"}) == {SUM: str(cents), "other": "3.5"}


@pytest.mark.parametrize("typed", ["1.234", "三元", "1,234", ""])
def test_what_is_no_sum_is_not_turned_into_one(typed: str) -> None:
    assert for_rooms([asked()], {SUM: typed}) == {SUM: typed}


def test_a_sum_that_was_typed_stands_on_the_page_as_it_was_typed() -> None:
    [again] = with_typed([asked(123450)], {SUM: "88.5"}, None)

    assert again.value == "88.5"


def test_a_citizen_types_yuan_and_the_house_keeps_cents(office: Office, client: Client) -> None:
    form = f"/report/{PACK}/{KIND}/"

    refused = client.post(form, report(paid_cents="5000.555"))
    page = unescape(refused.content.decode())
    assert refused.status_code == 422
    assert re.search(r'name="paid_cents" value="5000\.555"', page) and "“已交金额”不是整分的金额" in page
    assert not Record.objects.exists()

    client.post(form, report(paid_cents="5000.5"))
    [record] = Record.objects.all()
    assert intake.record_values(record_id=record.id)[SUM] == 500_050


def test_an_officer_reads_yuan(office: Office) -> None:
    pack = packkit.shelf().get(PACK)

    assert value_text(pack, pack.record(KIND).fields[SUM], 500_050) == "5,000.50 元"
