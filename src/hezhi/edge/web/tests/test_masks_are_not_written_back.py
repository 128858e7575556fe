"""A masked text that comes back by a form is refused in words, and nothing is written."""

from __future__ import annotations

import pytest
from django.test import Client

from hezhi.edge.now import now
from hezhi.edge.stories.town import VILLAGE
from hezhi.edge.web.tests.office import Office
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.models import Case, Order
from hezhi.flow.intake.models import Record
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskRow
from hezhi.flow.tasks.models import Task
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.vault.models import SubjectKeyRow

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("mask", ["138****1234", "••••••", "138××××1234"])
def test_a_form_with_a_mask_is_refused(office: Office, client: Client, mask: str) -> None:
    before = ledger.last_line_id()

    page = client.post(
        "/report/zombie_vehicles/report/",
        {
            "key": "k1",
            "place": ["890000", "890100", "890101", "890101001000", VILLAGE],
            "spot": "和畅苑3幢南侧",
            "standing_on": "compound",
            "happened_at": "2026-03-02T08:50",
            "found_by": "citizen",
            "vehicle": "白色轿车",
            "blocks": "true",
            "wrecked": "false",
            "contact_phone": mask,
        },
        follow=True,
    )

    assert "是遮盖符号，不能写回" in page.content.decode()
    assert (Record.objects.count(), SubjectKeyRow.objects.count()) == (0, 0)
    assert ledger.last_line_id() == before


def at_work(office: Office) -> tuple[int, TaskRow]:
    """Return a case that its lead has accepted, and the lead's first task."""
    case, lead = office.opened(), office.actor("housing_bureau")
    cases.case_accept(case_id=case.id, by=lead, at=now())
    of_case = tasks.tasks_of_case(case_id=case.id, by=Actor.system("test"))
    return case.id, next(one for one in of_case if one.agency_id == lead.agency_id)


def test_a_task_form_with_a_mask_comes_back_and_nothing_is_written(office: Office) -> None:
    _case_id, task = at_work(office)
    name = next(name for name, declared in tasks.fields_of(task).items() if declared.type == "text")
    before = ledger.last_line_id()

    page = office.client("housing_bureau").post(f"/tasks/{task.id}/done/", {"key": "k", name: "••••••"})

    assert page.status_code == 422
    assert "是遮盖符号，不能写回" in page.content.decode()
    assert (Task.objects.get(id=task.id).state, ledger.last_line_id()) == ("open", before)


@pytest.mark.parametrize(
    ("who", "act", "words"),
    [
        ("supervisor", "case.urge", {"text": "请联系••••••，尽快办理"}),
        ("supervisor", "case.supervise", {"text": "请联系••••••，尽快办理"}),
        ("housing_bureau", "case.submit", {"summary": "已电话••••••答复", "outcome": "not_abandoned"}),
    ],
)
def test_an_act_whose_words_hold_a_mask_comes_back_and_nothing_is_written(
    office: Office, who: str, act: str, words: dict[str, str]
) -> None:
    case_id, _task = at_work(office)
    Task.objects.filter(case_id=case_id).update(state="done")  # so that nothing else keeps it from being submitted
    if act == "case.submit":
        needed = next(one for one in office.pack.playbook.outcomes if one.id == "not_abandoned").needs
        assert set(needed) <= set(Task.objects.filter(case_id=case_id).values_list("element", flat=True))
    before = (ledger.last_line_id(), Case.objects.get(id=case_id).state)

    page = office.client(who).post(f"/cases/{case_id}/act/{act}/", {"key": "k", **words})

    assert page.status_code == 422
    assert "遮盖的值不能写回" in page.content.decode()
    assert (ledger.last_line_id(), Case.objects.get(id=case_id).state) == before
    assert Order.objects.count() == 0
