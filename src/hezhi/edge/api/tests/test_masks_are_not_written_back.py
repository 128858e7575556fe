"""A masked text that comes back through the API is refused by name, and nothing is written."""

from __future__ import annotations

import pytest

from hezhi.edge.api.tests.factories import HOUSE, Place, post
from hezhi.edge.api.tests.test_once import lead_of
from hezhi.edge.now import now
from hezhi.flow.cases import api as cases
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.models import Record
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.models import Task
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


def left() -> tuple[int, int, list[str]]:
    return Record.objects.count(), ledger.last_line_id(), sorted(Task.objects.values_list("state", flat=True))


@pytest.mark.parametrize("mask", ["138****1234", "••••••", "他的号码••••••"])
def test_a_correction_with_a_mask_is_refused_by_name(place: Place, mask: str) -> None:
    shape = place.pack.record(place.kind)
    values = {**place.values, shape.key: "k1", shape.place: "890101001999"}
    held = intake.record_report(pack_id=place.pack.id, kind=shape.id, values=values, by=HOUSE, at=now()).record
    client, before = place.client("coordinator"), left()
    sealed = Record.objects.get(id=held.id).raw

    sent = {"values": {shape.place: place.town.region, shape.contact: mask}}
    answer = post(client, f"/records/{held.id}/correct", sent)

    assert held.state == "held"
    assert (answer.status_code, answer.json()["code"]) == (422, "record_invalid")
    assert [one["place"] for one in answer.json()["findings"]] == [shape.contact]
    assert "是遮盖符号，不能写回" in answer.content.decode()
    assert left() == before
    assert (Record.objects.get(id=held.id).state, Record.objects.get(id=held.id).raw) == ("held", sealed)


def test_a_result_of_a_task_with_a_mask_is_refused_by_name(place: Place) -> None:
    case = place.case()
    name = lead_of(place, case)
    lead = place.town.actor(name, now())
    cases.case_accept(case_id=case.id, by=lead, at=now())
    task = next(one for one in tasks.tasks_of_case(case_id=case.id, by=HOUSE) if one.agency_id == lead.agency_id)
    client = place.client(name)
    before = left()
    field = next(iter(tasks.fields_of(task)))

    answer = post(client, f"/tasks/{task.id}/done", {"result": {field: "••••••"}})

    assert (answer.status_code, answer.json()["code"]) == (422, "result_incomplete")
    told = {one["place"]: one["cause"] for one in answer.json()["findings"]}
    assert "是遮盖符号，不能写回" in told[field]
    assert left() == before


def test_words_of_an_act_with_a_mask_are_refused(place: Place) -> None:
    case, client = place.case(), place.client("supervisor")
    before = left()

    answer = post(client, f"/cases/{case.id}/urge", {"text": "请联系反映人••••••，尽快办理"})

    assert (answer.status_code, answer.json()["code"]) == (422, "mask_written")
    assert left() == before
    assert cases.case_view(case_id=case.id, by=HOUSE).orders == ()
