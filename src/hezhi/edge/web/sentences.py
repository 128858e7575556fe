"""The ledger as sentences: one line of a chain becomes what an officer, or a citizen, reads.

Every act has a sentence; an act that has none yet is told by its own name, so that nothing that
stands in the ledger is missing from a page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hezhi.edge.web import labels
from hezhi.edge.web.refusals import said
from hezhi.edge.web.templatetags.hz import due_day
from hezhi.packkit.shape import Pack


class LineLike(Protocol):
    act: str
    actor: str
    at: datetime
    body: dict[str, Any]


@dataclass(frozen=True)
class Names:
    """What ids in the ledger stand for, read beforehand in a few queries."""

    persons: Mapping[int, str] = field(default_factory=dict)
    agencies: Mapping[int, str] = field(default_factory=dict)
    pack: Pack | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)  # kind of agency → the one that is nearest


@dataclass(frozen=True)
class Told:
    """One dated sentence; ``quote`` is what the actor wrote, ``is_machine`` marks what nobody decided."""

    at: datetime
    who: str
    what: str
    quote: str = ""
    is_machine: bool = False


PLAIN: Mapping[str, str | Promise] = {
    "case.open": _("opened the case for %(lead)s, due %(due)s (ground: %(ground)s)"),
    "case.attach_record": _("attached a further report"),
    "case.accept": _("accepted the case"),
    "case.return": _("returned the case: %(reason_label)s; proposed owner: %(proposed)s (return no. %(bounces)s)"),
    "case.rule": _("ruled that %(agency)s is responsible; the ruling is a precedent"),
    "case.transfer": _("transferred the case from %(from_agency)s to %(agency)s"),
    "case.add_co": _("asked %(agency)s in as %(part)s"),
    "case.join": _("%(agency)s joined as %(part)s because a task names it"),
    "case.part_done": _("%(agency)s finished its part as %(part)s"),
    "case.hand_over": _("handed the case from %(from_person)s to %(person)s"),
    "case.force_member": _("put %(person)s in the place of %(from_person)s in the task force"),
    "case.form_task_force": _("formed a task force that ends %(ends)s"),
    "case.dissolve_task_force": _("dissolved the task force"),
    "case.urge": _("urged %(agency)s; an answer is due %(due)s"),
    "case.supervise": _("put %(agency)s under supervision; an answer is due %(due)s"),
    "case.answer": _("answered the %(kind)s"),
    "case.suspend": _("suspended the case (%(reason_label)s), waiting for %(waiting_for)s"),
    "case.resume": _("resumed the case"),
    "case.extend": _("lengthened the limit by %(amount)s; now due %(due)s"),
    "case.wait": _("limits wait until %(until)s for %(waiting_for)s"),
    "case.wait_over": _("the waiting time is over; now due %(due)s"),
    "case.due_moved": _("the working calendar changed; the due date moved from %(old_due)s to %(due)s"),
    "case.raise_ring": _("raised the case to level %(ring)s: %(ring_label)s"),
    "case.submit": _("submitted the case as: %(outcome)s"),
    "case.send_back": _("sent the case back to the handler"),
    "case.verify": _("verified the result"),
    "case.close": _("closed the case as: %(outcome)s (%(on_time)s)"),
    "case.reopen": _("reopened the case; now due %(due)s"),
    "case.recuse": _("kept %(person)s out of the case for an interest in it"),
    "case.lift_recusal": _("let %(person)s back to the case"),
    "case.contest": _("an objection was filed; an answer is due %(due)s"),
    "case.decide_contest": _("answered the objection: %(decision)s"),
    "case.erase": _("what was said in this case was erased with the last of its reports, on the basis of: %(basis)s"),
    "task.open": _("task for %(agency)s: %(task)s; due %(due)s"),
    "task.wait": _("task for %(agency)s opens on %(opens)s: %(task)s"),
    "task.take": _("took the task: %(task)s"),
    "task.hand_over": _("handed the task to %(person)s: %(task)s"),
    "task.done": _("finished the task: %(task)s"),
    "task.cancel": _("tasks that are no longer needed fell away"),
    "record.rate": _("rated the answer: %(stars)s of 5"),
    "record.report": _("reported the matter"),
    "record.correct": _("corrected the report"),
    "record.merge": _("merged reports that concern one matter"),
    "record.split": _("took merged reports apart again"),
    "record.link": _("linked reports"),
    "record.unlink": _("ended a link between reports"),
    "record.accept": _("the report %(number)s was accepted"),
    "record.hold": _("the report %(number)s is held: a person has to decide"),
    "record.take_change": _("took over what the source changed"),
    "record.confirm_matter": _("confirmed what kind of matter it is: %(matter)s"),
    "record.refuse": _("the report %(number)s was refused"),
    "ticket.open": _("opened masked fields for a purpose"),
    "ticket.close": _("the masked fields that were open are masked again"),
    "record.offer_change": _("the change %(number)s of the record was offered"),
    "record.withdraw_consent": _("consent was taken back; what rested on it was blanked"),
    "rights.ask": _("the person used a right in their own data"),
    "rights.carry_out": _("what a request about own data was granted was carried out"),
    "rights.copy": _("the person fetched the copy of their own data"),
    "record.keep": _("keeps the report as evidence until %(until)s, on the basis of: %(law)s"),
    "record.let_go": _("the report is no longer kept as evidence"),
    "record.erase": _("erased the content of the report by law, on the basis of: %(law)s"),
    "alert.raise": _("an alert was raised, graded %(grade)s"),
    "alert.add": _("a further finding was added; the grade is %(grade)s"),
    "alert.confirm": _("confirmed the alert"),
    "alert.dismiss": _("dismissed the alert: %(verdict)s"),
    "alert.snooze": _("put the alert aside until %(until)s"),
    "alert.wake": _("the alert came back"),
    "alert.trust": _("let the subject raise no alerts until %(until)s"),
    "alert.untrust": _("ended the trust"),
}
SELF_TOLD = frozenset(
    {"case.join", "case.part_done", "case.wait", "case.wait_over", "case.due_moved", "case.contest", "task.open",
     "task.wait", "task.cancel", "alert.raise", "alert.add", "alert.wake", "case.open", "record.accept", "record.hold",
     "record.refuse", "ticket.close", "case.erase"}
)  # fmt: skip
"""Acts whose sentence stands by itself when the house did them."""

CITIZEN: Mapping[str, str | Promise] = {
    "case.open": _("Your report became a case."),
    "case.accept": _("The responsible agency accepted it."),
    "case.return": _("An agency said that it is not responsible; another one is being asked."),
    "case.rule": _("It was settled which agency is responsible."),
    "case.transfer": _("The case went to another agency."),
    "case.suspend": _("Handling was suspended (%(reason_label)s)."),
    "case.resume": _("Handling goes on."),
    "case.extend": _("The limit was lengthened; the answer is now due %(due)s."),
    "case.supervise": _("The agency was put under supervision."),
    "case.submit": _("The agency reported that it is done; a second person checks."),
    "case.send_back": _("The check found it not finished; the agency goes on."),
    "case.verify": _("A second person confirmed the result."),
    "case.close": _("The case was closed."),
    "case.reopen": _("The case was opened again."),
    "case.contest": _("An objection was filed; an answer is due %(due)s."),
    "case.decide_contest": _("The objection was answered: %(decision)s."),
    "case.erase": _("What was said in the case was erased by law."),
}
"""What a reporter reads: no officer's name, no other reporter, no words that officers wrote to each other."""


def told(line: LineLike, names: Names) -> Told:
    """Return one line of a chain as officers read it."""
    kind, _sep, ref = line.actor.partition(":")
    is_machine = kind in ("system", "service")
    words = PLAIN.get(line.act)
    what = str(words) % _Facts(line.body, names) if words is not None else line.act
    who = "" if is_machine and line.act in SELF_TOLD else _who(kind, ref, names)
    if line.body.get("for"):
        who = gettext("%(deputy)s (for %(person)s)") % {"deputy": who, "person": who_of(str(line.body["for"]), names)}
    words_of = ("reason", "purpose", "summary")
    quote = "" if is_machine else next((str(line.body[one]) for one in words_of if line.body.get(one)), "")
    return Told(line.at, who, what, quote, is_machine)


def told_citizen(line: LineLike, names: Names) -> Told | None:
    """Return one line as a reporter reads it; None for what is no reporter's business."""
    words = CITIZEN.get(line.act)
    if words is None:
        return None
    return Told(line.at, "", str(words) % _Facts(line.body, names))


def refs_in(lines: list[Any]) -> tuple[set[int], set[int]]:
    """Return ``(person ids, agency ids)`` that the sentences of these lines will name."""
    persons, agencies = set(), set()
    for line in lines:
        kind, _sep, ref = line.actor.partition(":")
        if kind == "person" and ref.isdecimal():
            persons.add(int(ref))
        behalf = str(line.body.get("for", "")).removeprefix("person:")
        persons |= {int(behalf)} if behalf.isdecimal() else set()
        persons |= {line.body[key] for key in ("person", "from_person") if isinstance(line.body.get(key), int)}
        agencies |= {
            line.body[key] for key in ("agency", "from_agency", "lead", "owner") if isinstance(line.body.get(key), int)
        }
    return persons, agencies


def who_of(ref: str, names: Names) -> str:
    """Return the name behind an actor's reference."""
    kind, _sep, number = ref.partition(":")
    return _who(kind, number, names)


def _who(kind: str, ref: str, names: Names) -> str:
    if kind == "person" and ref.isdecimal():
        return names.persons.get(int(ref), gettext("an officer"))
    if kind == "citizen":
        return gettext("the reporter")
    if kind in ("service", "source"):
        return gettext("a data source")
    return gettext("the system") if kind == "system" else kind


class _Facts(dict):  # type: ignore[type-arg]
    """The facts of one line by the names that sentences use; what is missing reads as a dash."""

    def __init__(self, body: Mapping[str, Any], names: Names) -> None:
        super().__init__()
        self.body, self.names = body, names

    def __missing__(self, name: str) -> str:
        made = _MADE.get(name)
        value = made(self.body, self.names) if made else self.body.get(name)
        return "–" if value in (None, "") else str(value)


def _moment(key: str) -> Callable[[Mapping[str, Any], Names], str]:
    def read(body: Mapping[str, Any], names: Names) -> str:
        value = body.get(key)
        if not value:
            return ""
        try:
            return due_day(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)))
        except ValueError:
            return str(value)

    return read


def _agency(key: str) -> Callable[[Mapping[str, Any], Names], str]:
    return lambda body, names: names.agencies.get(body.get(key) or 0, "")


def _person(key: str) -> Callable[[Mapping[str, Any], Names], str]:
    return lambda body, names: names.persons.get(body.get(key) or 0, "")


def _taker(body: Mapping[str, Any], names: Names) -> str:
    """Return who is named; what names nobody on purpose went to the agency's desk."""
    to_desk = "from_person" in body and body.get("person") is None
    return gettext("the agency's desk") if to_desk else _person("person")(body, names)


def _worded(key: str, words: labels.Labels) -> Callable[[Mapping[str, Any], Names], str]:
    return lambda body, names: labels.label(words, body[key]) if body.get(key) else ""


def _reason_label(body: Mapping[str, Any], names: Names) -> str:
    wanted = str(body.get("reason_id", ""))
    if names.pack is None:
        return wanted
    book = names.pack.playbook
    return next((said(one.label) for one in (*book.return_reasons, *book.suspend_reasons) if one.id == wanted), wanted)


def _outcome(body: Mapping[str, Any], names: Names) -> str:
    wanted = str(body.get("outcome", ""))
    outcomes = names.pack.playbook.outcomes if names.pack else ()
    return next((said(one.label) for one in outcomes if one.id == wanted), wanted)


def _ring_label(body: Mapping[str, Any], names: Names) -> str:
    wanted = str(body.get("to_ring", ""))
    rings = names.pack.playbook.rings if names.pack else ()
    return next((said(one.label) for one in rings if one.id == wanted), wanted)


def task_title(element: str, names: Names) -> str:
    """Return what a task asks for, by its element id."""
    tasks = names.pack.playbook.tasks if names.pack else ()
    found = next((said(one.says) for one in tasks if one.id == element), None)
    return found or labels.label(KERNEL_TASKS, element)


KERNEL_TASKS: labels.Labels = {
    "kernel_assist": _("assist the lead agency"),
    "kernel_rework": _("go on as the reason for sending back asks"),
    "kernel_revisit": _("ask the reporter what is still wrong"),
    "kernel_audit": _("second look at a closed case"),
}


def _ground(body: Mapping[str, Any], names: Names) -> str:
    ground = str(body.get("ground", ""))
    return gettext("an earlier ruling") if ground.startswith("precedent:") else ground


def _matter(body: Mapping[str, Any], names: Names) -> str:
    wanted = str(body.get("matter", ""))
    matters = names.pack.matters if names.pack else ()
    return next((said(one.label) for one in matters if one.id == wanted), wanted)


def _lead(body: Mapping[str, Any], names: Names) -> str:
    return names.agencies.get(body.get("lead") or 0, "") or gettext("nobody yet: the coordinator rules")


_MADE: Mapping[str, Callable[[Mapping[str, Any], Names], str]] = {
    "due": _moment("due_at"),
    "old_due": _moment("old_due_at"),
    "until": _moment("until"),
    "ends": _moment("ends_at"),
    "opens": _moment("not_before"),
    "agency": _agency("agency"),
    "from_agency": _agency("from_agency"),
    "lead": _lead,
    "person": _taker,
    "from_person": _person("from_person"),
    "part": _worded("part", labels.PARTS),
    "kind": _worded("kind", labels.ORDER_KINDS),
    "grade": _worded("grade", labels.GRADES),
    "verdict": _worded("verdict", labels.VERDICTS),
    "decision": _worded("decision", labels.DECISIONS),
    "waiting_for": _worded("waiting_for", labels.PARTIES),
    "reason_label": _reason_label,
    "proposed": lambda body, names: names.kinds.get(str(body.get("proposed", "")), str(body.get("proposed", ""))),
    "outcome": _outcome,
    "ring_label": _ring_label,
    "ground": _ground,
    "matter": _matter,
    "task": lambda body, names: task_title(str(body.get("element", "")), names),
    "on_time": lambda body, names: gettext("in time") if body.get("is_on_time") else gettext("not in time"),
}
