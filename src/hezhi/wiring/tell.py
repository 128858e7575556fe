"""Who is told what when something happens: a pack's notices, joined to people and reporters.

A confidential matter is told to reporters and coordinators only by number: its content and its author
never travel in a message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseActed, CaseRow, Part
from hezhi.flow.intake import api as intake
from hezhi.flow.supply.contracts import SourcesTroubled
from hezhi.kit.moments import CITY_ZONE, day_of
from hezhi.packkit import api as packkit
from hezhi.packkit.shape.playbook import Notice
from hezhi.services.devices.contracts import DevicesSilent
from hezhi.services.notices import api as notices
from hezhi.services.notices.contracts import Channel, Recipient, Words
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import AccountTouched, GlassBroken, OfficerLeft, PersonRow, Role
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("notices")
HIDDEN = Words(zh="（内容保密）", en="(confidential)")


def case_acted(event: CaseActed) -> None:
    """Send every notice the pack's playbook declares for this act."""
    pack = packkit.shelf().of(event.case.pack)
    for number, notice in enumerate(pack.playbook.notices):
        if notice.on == event.act:
            _send(event, notice, f"{event.line_hash}:{number}")


def glass_broken(event: GlassBroken) -> None:
    """Tell every supervisor and every operator that somebody was given rights in an emergency."""
    watchers = people.holders_of(roles=(Role.SUPERVISOR, Role.OPERATOR), at=event.at)
    until = f"{event.to_at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"
    words = Words(
        f"应急授权：{event.person}获得{event.agency}的权限，至{until}止。事由：{event.reason}",
        f"Emergency rights: {event.person} has those of {event.agency} until {until}. Reason: {event.reason}",
    )
    for ways, recipients in _by_ways(watchers, (Channel.IN_APP, Channel.MAIL)).items():
        notices.notice_send(
            recipients=recipients, words=words, about=f"glass:{event.id}", act="glass.break", channels=ways, by=HOUSE,
            at=event.at, key=f"glass:{event.id}",
        )  # fmt: skip


def officer_left(event: OfficerLeft) -> None:
    """Tell who takes over, or everybody in the agency when it goes to the desk, that there is a hand-over list."""
    there = people.officers(agency_id=event.agency_id, at=event.at)
    others = [one for one in there if one.id != event.person_id]
    told = [one for one in others if one.id == event.successor_id] or others
    name = people.person_names([event.person_id]).get(event.person_id, "")
    words = Words(
        f"{name}离任，所办事项已交接，请查看交接单第{event.hand_over_id}号",
        f"{name} has left; what was in hand is handed over, see hand-over list no. {event.hand_over_id}",
    )
    for ways, recipients in _by_ways(told, (Channel.IN_APP,)).items():
        notices.notice_send(
            recipients=recipients, words=words, about=f"handover:{event.hand_over_id}", act="officer.leave",
            channels=ways, by=HOUSE, at=event.at, key=f"handover:{event.hand_over_id}",
        )  # fmt: skip


TOUCHED = {
    "account.second_reset": Words("您的第二道验证已由运维人员关闭", "Your second step was switched off by an operator"),
    "account.password_reset": Words("您的密码已由运维人员重置", "Your password was reset by an operator"),
    "account.unlink": Words("您的外部登录关联已由运维人员解除", "A link to another sign-in was taken off your account"),
    "glass.end": Words("您的应急授权已提前终止", "Your emergency rights were ended before their time"),
}


def account_touched(event: AccountTouched) -> None:
    """Tell an account's owner, here and by mail, what somebody else changed about signing in."""
    if event.person_id is None:
        return
    mail, said = people.contact_get(event.person_id).email, TOUCHED[event.act]
    notices.notice_send(
        recipients=[Recipient(f"person:{event.person_id}", mail=mail)],
        words=Words(f"{said.zh}。事由：{event.reason}", f"{said.en}. Reason: {event.reason}"),
        about=f"account:{event.account_id}", act=event.act, channels=(Channel.IN_APP, Channel.MAIL), by=HOUSE,
        at=event.at, key=f"{event.act}:{event.account_id}:{event.person_id}:{event.at.isoformat()}",
    )  # fmt: skip


NAMED = 5  # devices a notice names; the page lists them all


def devices_silent(event: DevicesSilent) -> None:
    """Tell the handlers of an agency, or whoever is there, which of its devices fell silent: once for each silence."""
    there = people.officers(agency_id=event.agency_id, at=event.at)
    told = [one for one in there if one.role is Role.HANDLER] or there
    first = event.silences[:NAMED]
    names, rest = "、".join(f"{one.device_name}（{one.spot}）" for one in first), len(event.silences) - len(first)
    english = ", ".join(f"{one.device_name} ({one.spot})" for one in first)
    line = len(event.silences) > NAMED and 2 * len(event.silences) > event.device_count
    words = Words(
        f"设备失联：{names}{f'等{len(event.silences)}台' if rest else ''}"
        + ("。半数以上同时失联，请先查线路" if line else ""),
        f"Not heard from: {english}{f' and {rest} more' if rest else ''}"
        + (". More than half at once: look at the line first" if line else ""),
    )
    for ways, recipients in _by_ways(told, (Channel.IN_APP,)).items():
        notices.notice_send(
            recipients=recipients, words=words, about=f"device:{event.silences[0].device_id}", act="device.silent",
            channels=ways, by=HOUSE, at=event.at, key=f"silence:{event.silences[0].id}",
        )  # fmt: skip


def source_troubled(event: SourcesTroubled) -> None:
    """Tell who keeps sources, and the handlers of the agency that answers for it, what is wrong with a source: once."""
    told = people.holders_of(roles=(Role.OPERATOR,), at=event.at)
    if event.agency_id is not None:
        told += people.officers(agency_id=event.agency_id, role=Role.HANDLER, at=event.at)
    says = [one.says for one in event.episodes]
    words = Words(
        f"数据来源“{event.source_name}”异常：{'；'.join(one.zh for one in says)}",
        f"Source '{event.source_name}' in trouble: {'; '.join(one.en for one in says)}",
    )
    once = list({one.id: one for one in told}.values())  # who holds two posts is told once
    for ways, recipients in _by_ways(once, (Channel.IN_APP,)).items():
        notices.notice_send(
            recipients=recipients, words=words, about=f"source:{event.source_id}", act="source.trouble", channels=ways,
            by=HOUSE, at=event.at, key=f"supply:{event.episodes[0].id}",
        )  # fmt: skip


def _send(event: CaseActed, notice: Notice, key: str) -> None:
    case = event.case
    # The notice goes on after it, or ends with a full stop of its own.
    reason = str(event.body.get("reason", "")).rstrip().rstrip("。.")
    spoken = {"title": Words(case.title, case.title), "reason": Words(reason, reason)}
    if case.is_confidential:
        spoken = dict.fromkeys(spoken, HIDDEN)
    facts = {"due_on": f"{day_of(case.due_at)}"}
    channels = tuple(Channel(one) for one in notice.channels)
    about, send = f"case:{case.id}", notices.notice_send
    if notice.to == "reporter":
        # Each reporter reads the own number; nobody learns that others reported the same.
        for contact in intake.contacts_of(record_ids=cases.records_of(case_id=case.id)):
            words = _words(notice, {**facts, "number": contact.number}, spoken)
            who = Recipient(ref=f"citizen:{contact.number}", phone=contact.phone)
            send(
                recipients=[who], words=words, about=about, act=event.act, channels=channels, by=HOUSE, at=event.at,
                key=f"{key}:{contact.number}",
            )  # fmt: skip
        return
    words = _words(notice, {**facts, "number": case.number}, spoken)
    kept_out = people.persons_recused(about)
    officers = [one for one in _officers(case, notice.to, event) if one.id not in kept_out]
    for ways, recipients in _by_ways(officers, channels).items():
        send(
            recipients=recipients, words=words, about=about, act=event.act, channels=ways, by=HOUSE, at=event.at,
            key=key,
        )  # fmt: skip


def _words(notice: Notice, facts: dict[str, str], spoken: dict[str, Words]) -> Words:
    """Fill a notice's text in one pass, so that braces in what somebody wrote stay what they are."""
    return Words(
        _filled(notice.text.zh, facts | {name: words.zh for name, words in spoken.items()}),
        _filled(notice.text.en, facts | {name: words.en for name, words in spoken.items()}),
    )


def _filled(text: str, facts: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: facts.get(found[1], found[0]), text)


def _officers(case: CaseRow, to: str, event: CaseActed) -> list[PersonRow]:
    at = event.at
    if to == "lead":
        return _lead(case, at)
    if to == "co":
        members = cases.participants_of(case_id=case.id)
        agencies = [one.agency_id for one in members if one.part is not Part.LEAD]
        return [who for agency_id in agencies for who in people.officers(agency_id=agency_id, role=Role.HANDLER, at=at)]
    role = Role.COORDINATOR if to == "coordinator" else Role.SUPERVISOR
    agency = people.agency_for_role(role=role, region_code=case.region_code, at=at)
    return people.officers(agency_id=agency.id, role=role, at=at) if agency else []


def _lead(case: CaseRow, at: datetime) -> list[PersonRow]:
    """Return the handler; all handlers of the lead agency while there is none, or when the one there was has left."""
    if case.lead_agency_id is None:
        return []
    there = people.officers(agency_id=case.lead_agency_id, at=at)
    handler = [one for one in there if one.id == case.handler_id][:1]
    return handler or [one for one in there if one.role is Role.HANDLER]


def _by_ways(
    officers: Sequence[PersonRow], channels: tuple[Channel, ...]
) -> dict[tuple[Channel, ...], list[Recipient]]:
    """Return officers by the ways they are told: those the pack names, and those an officer asked for besides."""
    found: dict[tuple[Channel, ...], list[Recipient]] = {}
    contacts = people.contacts_get([one.id for one in officers]) if officers else {}
    for person_id, contact in contacts.items():
        asked = ((Channel.MAIL, contact.wants_mail), (Channel.SMS, contact.wants_sms))
        ways = tuple(dict.fromkeys((*channels, *(way for way, is_wanted in asked if is_wanted))))
        who = Recipient(f"person:{person_id}", mail=contact.email, phone=contact.phone)
        found.setdefault(ways, []).append(who)
    return found
