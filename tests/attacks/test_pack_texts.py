"""Every text field of every pack, filled with a script: it is stored as text and shown as text, whoever looks.

The packs' own stories are played through the doors, with the payload before every text that a person writes in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.db import transaction
from django.template import engines
from django.urls import reverse
from tests.attacks.reading import PAYLOAD, wrong_on

from hezhi.edge.stories import play
from hezhi.edge.stories.play import HOUSE, Telling
from hezhi.edge.stories.town import town_make
from hezhi.edge.web.tests.office import Office
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import Paper
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.models import Record
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks import opening
from hezhi.flow.tasks.models import Task
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Field, Pack
from hezhi.packkit.shape.story import StoryStep

WRITTEN = ("text", "reason", "note", "summary", "comment", "purpose", "name", "answer")
"""What steps of stories call a person's own words, besides the fields that packs declare."""
PACKS = packkit.shelf().packs()
READERS = ("duty_officer", "coordinator", "supervisor")


def texts_of(fields: Mapping[str, Field], but: str = "") -> list[str]:
    """Return the texts that people or sources write; a pattern is the pack's own word on what may stand there."""
    return [name for name, one in fields.items() if one.type == "text" and not one.pattern and name != but]


def marked(fields: Mapping[str, Field], given: Mapping[str, Any], but: str = "") -> dict[str, Any]:
    """Return values with the payload before every text, in the fields that were left out too."""
    texts = {name: int(fields[name].at_most or 200) for name in texts_of(fields, but)}
    return {**given, **{name: f"{PAYLOAD}{given.get(name, '')}"[:most] for name, most in texts.items()}}


def attacked(pack: Pack, step: StoryStep) -> StoryStep:
    """Return a step of a story with the payload in every text of it; what is to be refused stays as it is."""
    given = dict(step.given)
    catalogue = {one.id for one in pack.playbook.return_reasons + pack.playbook.suspend_reasons}
    if step.refused:
        return step
    if step.do == "record.report":
        shape = pack.record(given["record"])
        given["values"] = marked(shape.fields, given["values"], but=shape.key)
    elif step.do == "task.done":
        element = next((one for one in pack.playbook.tasks if one.id == given["task"]), None)
        given["result"] = marked(element.asked if element else {}, given.get("result", {}))
        if element is None:
            given["result"] = {"answer": PAYLOAD}
    else:
        written = {name for name in given if name in WRITTEN and given[name] not in catalogue}
        given |= {name: f"{PAYLOAD}{given[name]}" for name in written}
    return step.model_copy(update={"given": given, "expect": {}})


def finished_too(told: Telling, step: StoryStep) -> None:
    """Finish the tasks that no story of the pack comes to, before the case of this one is submitted."""
    at, pack = packkit.moment_of(step.at), told.pack
    come_to = {one.given.get("task") for story in pack.stories for one in story.steps if not one.refused}
    for element in pack.playbook.tasks:
        if element.id in come_to or not texts_of(element.asked):
            continue
        case = cases.case_get(case_id=told.case_id or 0, by=HOUSE)
        task = opening.task_open(
            case=case, element=element.id, agency_id=case.lead_agency_id or 0, part="lead", limit=element.limit,
            by=HOUSE, at=at,
        )  # fmt: skip
        papers = [Paper(name, told.town.paper, f"{PAYLOAD}.txt") for name in element.papers]
        result = marked(element.asked, {name: told_of(one, told) for name, one in element.asked.items()})
        tasks.task_done(task_id=task, result=result, papers=papers, by=told.town.actor(step.by, at), at=at)


def told_of(one: Field, told: Telling) -> Any:
    plain = {"flag": True, "day": "2026-03-02", "moment": "2026-03-02 09:00", "file": told.town.photo, "text": ""}
    return one.choices[0].id if one.choices else plain.get(one.type, one.at_least or 1)


def addresses(told: Telling) -> Iterator[str]:
    """Yield the pages of the matter of a story."""
    if told.receipt is not None:
        yield f"/intake/records/{told.receipt.record.id}/"
    if told.alert_id is not None:
        yield f"/alerts/{told.alert_id}/"
    if told.case_id is not None:
        yield f"/cases/{told.case_id}/"


def shown(office: Office, told: Telling) -> list[str]:
    """Return what broke out of its text on any page of any reader, the reporter's own included."""
    seen = [(who, address) for who in (*READERS, *told.town.agencies) for address in addresses(told)]
    seen += [(READERS[0], one) for one in ("/alerts/?show=decided", "/intake/?show=accepted")]
    seen += [("supervisor", one) for one in (reverse("web:work"), "/cases/?show=all", "/board/", "/notices/")]
    wrong = [
        f"{who} {address} {one}"
        for who, address in seen
        if who in office.town.persons
        for one in wrong_on(office.client(who), address)
    ]
    if told.receipt is None:
        return wrong
    sent = {"number": told.receipt.record.number, "code": told.receipt.code}
    return wrong + [f"reporter {one}" for one in wrong_on(office.client(""), "/track/", sent)]


def stored(pack: Pack) -> set[str]:
    """Return the text fields in which the payload stands, as they were stored."""
    begins, found = PAYLOAD[:12], set()
    for row in Record.objects.filter(pack_id=pack.id):
        opened = intake.record_values(record_id=row.id)
        found |= {f"{row.kind}.{name}" for name, value in opened.items() if str(value).startswith(begins)}
        found |= {f"{row.kind}.{name}" for name in row.secrets}
    for task in Task.objects.all():
        found |= {f"{task.element}.{name}" for name, value in task.result.items() if str(value).startswith(begins)}
    return found


def wanted(pack: Pack) -> set[str]:
    """Return every text field that a pack declares, but for the numbers by which sources know their rows.

    Records without an entrance lie in the lake and come into no story; their page is the same as that of the others.
    """
    entering = {one.record for one in pack.playbook.entrances}
    records = [one for one in pack.records if one.id in entering]
    of_records = {f"{one.id}.{name}" for one in records for name in texts_of(one.fields, one.key)}
    return of_records | {f"{one.id}.{name}" for one in pack.playbook.tasks for name in texts_of(one.asked)}


def played(pack: Pack) -> tuple[list[str], set[str]]:
    """Play every story of a pack; return what was wrong, and which fields held the payload.

    Pages are looked at where a story fills fields or does acts that none before it did.
    """
    wrong: list[str] = []
    held: set[str] = set()
    for story in pack.stories:
        with transaction.atomic():
            telling = Telling(pack, town_make(pack, packkit.moment_of(story.steps[0].at)))
            for step in story.steps:
                if step.do == "case.submit" and not wanted(pack) <= held:
                    finished_too(telling, step)
                wrong += [f"{story.name}: {one}" for one in play._step(telling, attacked(pack, step))]
            found = stored(pack) | {step.do for step in story.steps if not step.refused}
            wrong += shown(Office(pack, telling.town), telling) if found - held else []
            held |= found
            transaction.set_rollback(True)
    return wrong, held


@pytest.mark.django_db
@pytest.mark.parametrize("pack", PACKS, ids=lambda one: one.id)
def test_scripts_in_the_texts_of_a_pack_stay_texts(pack: Pack) -> None:
    wrong, held = played(pack)

    assert wrong == []
    assert wanted(pack) - held == set()


@pytest.mark.django_db
def test_without_escaping_they_become_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines["django"].engine, "autoescape", False)
    pack = PACKS[0].model_copy(update={"stories": PACKS[0].stories[:1]})

    assert any("<hzx>" in one for one in played(pack)[0])
