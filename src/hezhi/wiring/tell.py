"""Who is told what when something happens: a pack's notices, joined to people and reporters.

A confidential matter is told to reporters and coordinators only by number: its content and its author
never travel in a message.
"""

from __future__ import annotations

from hezhi.flow.alerts.contracts import AlertRaised
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseActed, CaseRow, Part
from hezhi.flow.intake import api as intake
from hezhi.kit.moments import day_of
from hezhi.packkit import api as packkit
from hezhi.packkit.shape.playbook import Notice
from hezhi.services.notices import api as notices
from hezhi.services.notices.contracts import Channel, Recipient, Words
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import PersonRow, Role
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("notices")
HIDDEN = Words(zh="（内容保密）", en="(confidential)")


def alert_raised(event: AlertRaised) -> None:
    """Tell the duty officer of the place that an alert waits."""
    agency = people.agency_for_role(role=Role.DUTY_OFFICER, region_code=event.alert.region_code, at=event.at)
    if agency is None:
        return
    officer = people.on_duty(agency_id=agency.id, role=Role.DUTY_OFFICER, at=event.at)
    officers = [officer] if officer else people.officers(agency_id=agency.id, role=Role.DUTY_OFFICER, at=event.at)
    words = Words(zh=f"新预警待研判：{event.alert.title}", en=f"A new alert waits for triage: {event.alert.number}")
    notices.notice_send(
        recipients=[_officer(one) for one in officers], words=words, about=f"alert:{event.alert.id}", act="alert.raise",
        channels=(Channel.IN_APP,), by=HOUSE, at=event.at, key=f"alert:{event.alert.id}:raise",
    )  # fmt: skip


def case_acted(event: CaseActed) -> None:
    """Send every notice the pack's playbook declares for this act."""
    pack = packkit.shelf().get(event.case.pack_id)
    for number, notice in enumerate(pack.playbook.notices):
        if notice.on == event.act:
            _send(event, notice, f"{event.line_hash}:{number}")


def _send(event: CaseActed, notice: Notice, key: str) -> None:
    case = event.case
    title = Words(case.title, case.title)
    if case.is_confidential:
        title = HIDDEN
    facts = {"due_on": f"{day_of(case.due_at)}", "reason": str(event.body.get("reason", ""))}
    channels = tuple(Channel(one) for one in notice.channels)
    about, send = f"case:{case.id}", notices.notice_send
    if notice.to == "reporter":
        # Each reporter reads the own number; nobody learns that others reported the same.
        for contact in intake.contacts_of(record_ids=cases.records_of(case_id=case.id)):
            words = _words(notice, {**facts, "number": contact.number}, title)
            who = Recipient(ref=f"citizen:{contact.number}", phone=contact.phone)
            send(
                recipients=[who], words=words, about=about, act=event.act, channels=channels, by=HOUSE, at=event.at,
                key=f"{key}:{contact.number}",
            )  # fmt: skip
        return
    words = _words(notice, {**facts, "number": case.number}, title)
    recipients = [_officer(one) for one in _officers(case, notice.to, event)]
    send(
        recipients=recipients,
        words=words,
        about=about,
        act=event.act,
        channels=channels,
        by=HOUSE,
        at=event.at,
        key=key,
    )


def _words(notice: Notice, facts: dict[str, str], title: Words) -> Words:
    zh, en = notice.text.zh, notice.text.en
    for name, fact in facts.items():
        zh, en = zh.replace("{" + name + "}", fact), en.replace("{" + name + "}", fact)
    return Words(zh.replace("{title}", title.zh), en.replace("{title}", title.en))


def _officers(case: CaseRow, to: str, event: CaseActed) -> list[PersonRow]:
    at = event.at
    if to == "lead":
        if case.handler_id is not None:
            return [people.person_get(case.handler_id, at=at)]
        return people.officers(agency_id=case.lead_agency_id, role=Role.HANDLER, at=at) if case.lead_agency_id else []
    if to == "co":
        members = cases.case_view(case_id=case.id, by=HOUSE).participants
        agencies = [one.agency_id for one in members if one.part is not Part.LEAD]
        return [who for agency_id in agencies for who in people.officers(agency_id=agency_id, role=Role.HANDLER, at=at)]
    role = Role.COORDINATOR if to == "coordinator" else Role.SUPERVISOR
    agency = people.agency_for_role(role=role, region_code=case.region_code, at=at)
    return people.officers(agency_id=agency.id, role=role, at=at) if agency else []


def _officer(person: PersonRow) -> Recipient:
    return Recipient(ref=f"person:{person.id}")
