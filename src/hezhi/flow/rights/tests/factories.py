"""A town that has every agency of the messages' pack and of the pack that serves the rights of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from hezhi.edge.stories.town import Town, town_make
from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Receipt
from hezhi.flow.rights import api as rights
from hezhi.flow.rights.contracts import Filed, RightKind
from hezhi.flow.tasks import api as tasks
from hezhi.packkit import api as packkit
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("test")
PHONE = "13900000501"


def moment(text: str) -> datetime:
    """Return a city moment of 2026 written as ``03-02 09:00``; 2 March 2026 is a Monday."""
    return packkit.moment_of(f"2026-{text}")


MONDAY = moment("03-02 09:00")


@dataclass
class Subject:
    """Somebody who reported something, and the officers who will answer their requests."""

    town: Town
    receipt: Receipt

    @property
    def number(self) -> str:
        return self.receipt.record.number

    @property
    def code(self) -> str:
        return self.receipt.code

    @property
    def record_id(self) -> int:
        return self.receipt.record.id

    def by(self, name: str, at: datetime = MONDAY) -> Actor:
        return self.town.actor(name, at)

    def ask(self, right: RightKind, at: datetime = MONDAY, *, key: str = "", **given: Any) -> Filed:
        asked = rights.Asked(right, **given)
        return rights.request_file(number=self.number, code=self.code, asked=asked, at=at, key=key)

    def case(self, filed: Filed) -> CaseRow:
        record = intake.record_by_number(number=filed.request.number, code=filed.code)
        case_id = cases.case_of_record(record_ids=[record.id])
        assert case_id is not None
        return cases.case_get(case_id=case_id, by=HOUSE)

    def answer(
        self, filed: Filed, outcome: str, *, at: datetime = MONDAY, words: str = "已按请求办理", ground: str = "none"
    ) -> CaseRow:
        """Let the data bureau decide and the coordinator verify and close."""
        case, handler = self.case(filed), self.by("data_bureau", at)
        cases.case_accept(case_id=case.id, by=handler, at=at)
        [task] = [one for one in tasks.tasks_of_case(case_id=case.id, by=HOUSE) if one.element == "examine"]
        result = {"is_subject": True, "ground": ground, "reasons": "编号和查询码相符，依据已经核对"}
        tasks.task_done(task_id=task.id, result=result, by=handler, at=at)
        return self.decide(filed, outcome, at=at, words=words)

    def decide(self, filed: Filed, outcome: str, *, at: datetime = MONDAY, words: str = "已按请求办理") -> CaseRow:
        """Let the data bureau submit what it has examined, and the coordinator verify and close."""
        case, handler, coordinator = self.case(filed), self.by("data_bureau", at), self.by("coordinator", at)
        tasks.work_submit(case_id=case.id, outcome=outcome, summary=words, by=handler, at=at)
        cases.case_verify(case_id=case.id, papers=[], by=coordinator, at=at)
        return cases.case_close(case_id=case.id, by=coordinator, at=at)

    def confirm(self, at: datetime = MONDAY) -> CaseRow:
        """Let the duty officer make a case of the report."""
        alert_id = alerts.alerts_of_records(record_ids=[self.record_id])[self.record_id]
        done = alerts.alert_confirm(alert_id=alert_id, by=self.by("duty_officer", at), at=at)
        assert done.case_id is not None
        return cases.case_get(case_id=done.case_id, by=HOUSE)

    def whole(self) -> dict[str, Any]:
        return intake.record_whole(record_id=self.record_id)


def town_of_both(at: datetime = MONDAY) -> Town:
    """Write a town for both packs; call inside a transaction."""
    messages, serving = packkit.shelf().get("public_message"), packkit.shelf().get("personal_rights")
    return town_make(messages.model_copy(update={"matters": (*messages.matters, *serving.matters)}), at)


def subject_at(at: datetime) -> Subject:
    """Make the town and let somebody report a broken lamp."""
    return _reported(town_of_both(at), at, "1")


def subject_again(before: Subject) -> Subject:
    """Let somebody else report one in the same town."""
    return _reported(before.town, MONDAY, "2")


def _reported(town: Town, at: datetime, number: str) -> Subject:
    told = {
        "message_no": f"R-{number}", "region": town.region, "received_at": at, "channel": "portal", "kind": "help",
        "matter": "cp01", "topic": "村口路灯坏了", "body": "村口路灯坏了三盏。", "contact_phone": PHONE,
    }  # fmt: skip
    by = Actor.citizen("web")
    return Subject(town, intake.record_report(pack_id="public_message", kind="message", values=told, by=by, at=at))


@pytest.fixture
def subject(db: None) -> Subject:
    return subject_at(MONDAY)
