"""A masked text that comes back through the API is refused by name, and nothing is written."""

from __future__ import annotations

import pytest

from hezhi.edge.api.tests.factories import Place, post
from hezhi.flow.intake.models import Record
from hezhi.spine.ledger import api as ledger

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("mask", ["138****1234", "••••••"])
def test_a_report_with_a_mask_is_refused(place: Place, mask: str) -> None:
    shape = next(one for one in place.pack.records if one.contact)
    client = place.client(next(name for name in place.town.persons))
    before = (Record.objects.count(), ledger.last_line_id())
    values = {**place.values, shape.contact: mask}

    answer = post(client, "/records", {"pack_id": place.pack.id, "kind": shape.id, "values": values})

    assert (answer.status_code, answer.json()["code"]) == (422, "record_invalid")
    told = [one for one in answer.json()["findings"] if shape.contact in str(one)]
    assert len(told) == 1
    assert "是遮盖符号，不能写回" in str(told)
    assert (Record.objects.count(), ledger.last_line_id()) == before
