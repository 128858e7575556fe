"""The form of each act on a case: which fields it asks for, and the one call that performs it.

Only acts that ``CaseView.acts`` names are offered, and of those only the ones that make sense now: answering
without an order, or deciding without an objection, would only be refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from hezhi.edge.web import labels
from hezhi.edge.web.casefile import CaseFile
from hezhi.edge.web.fields import PAPERS, FormField
from hezhi.edge.web.refusals import paper_title, said
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import Paper
from hezhi.flow.tasks import api as tasks
from hezhi.kit.moments import day_ends_at
from hezhi.spine.clocks.contracts import Party

Given = Mapping[str, Any]
Fields = Callable[[CaseFile], list[FormField]]


@dataclass(frozen=True)
class ActForm:
    """``do`` is called with the case file, what was given, and the common arguments of every act."""

    do: Callable[..., object]
    fields: Fields = lambda _file: []
    fits: Callable[[CaseFile], bool] = lambda _file: True
    is_burden: bool = False  # drawn quietly: it takes something away or goes back


def reason(label: str, help: str = "", name: str = "reason") -> FormField:
    return FormField(name, label, "area", help=help, most=2000, rows=3)


def _agencies(file: CaseFile, *, but: set[int | None]) -> tuple[tuple[str, str], ...]:
    return tuple((str(one.id), one.name) for one in file.agencies_here if one.id not in but)


def _members(file: CaseFile) -> tuple[tuple[str, str], ...]:
    known = {file.case.owner_agency_id: file.case.owner_agency_name}
    known |= {one.agency_id: one.agency_name for one in file.view.participants}
    return tuple((str(id_), name) for id_, name in known.items())


def _return_fields(file: CaseFile) -> list[FormField]:
    reasons = tuple((one.id, said(one.label)) for one in file.pack.playbook.return_reasons)
    kinds = tuple((one.kind, one.name) for one in file.agencies_here if one.id != file.by.agency_id)
    return [
        FormField("reason", _("Reason"), "radios", options=reasons),
        FormField("proposed_kind", _("Who is responsible instead"), "choice", options=kinds),
        reason(_("Why, in words the other agency can check"), name="note"),
    ]


def _rule_fields(file: CaseFile) -> list[FormField]:
    offered = file.precedents[0].agency_id if file.precedents else ""
    options = _agencies(file, but=set())
    return [
        FormField("agency_id", _("Responsible is"), "choice", options=options, value=str(offered)),
        reason(_("Grounds of the ruling"), _("They are offered as a precedent the next time.")),
    ]


def _transfer_fields(file: CaseFile) -> list[FormField]:
    options = _agencies(file, but={file.case.lead_agency_id})
    return [FormField("agency_id", _("New lead agency"), "choice", options=options), reason(_("Reason"))]


def _add_co_fields(file: CaseFile) -> list[FormField]:
    inside: set[int | None] = {one.agency_id for one in file.view.participants}
    parts = tuple((one, labels.label(labels.PARTS, one)) for one in ("co", "support"))
    return [
        FormField("agency_id", _("Agency"), "choice", options=_agencies(file, but=inside)),
        FormField("part", _("As"), "radios", options=parts, value="co"),
    ]


def _colleague_fields(file: CaseFile) -> list[FormField]:
    options = tuple((str(one.id), one.name) for one in file.colleagues if one.id != file.case.handler_id)
    return [FormField("person_id", _("Colleague"), "choice", options=options)]


def _recuse_fields(file: CaseFile) -> list[FormField]:
    mine = ((str(file.by.person_id), _("Myself")),) if file.by.person_id is not None else ()
    others = _officers(file) if "case.lift_recusal" in file.view.acts else ()
    options = (*mine, *(one for one in others if one[0] != str(file.by.person_id)))
    told = _("You reported this matter yourself; that alone keeps nobody out.") if file.is_own_report else ""
    why = _("Kinship, a stake of one's own, or another tie that could colour the handling. It takes effect at once.")
    value = options[0][0] if options else ""
    return [
        FormField("person_id", _("Who has nothing to do with it"), "choice", options=options, value=value, help=told),
        reason(_("Which interest"), why),
    ]


def _lift_fields(file: CaseFile) -> list[FormField]:
    options = tuple((str(one.person_id), one.name) for one in file.recusals)
    return [FormField("person_id", _("Person"), "choice", options=options), reason(_("Reason"))]


def _officers(file: CaseFile) -> tuple[tuple[str, str], ...]:
    from hezhi.spine.people import api as people

    ids = [int(id_) for id_, _name in _members(file)]
    officers = {one.id: one for id_ in ids for one in people.officers(agency_id=id_, at=file.at)}
    return tuple((str(one.id), f"{one.name} · {one.agency_name}") for one in officers.values())


def _force_fields(file: CaseFile) -> list[FormField]:
    return [
        FormField("name", _("Name"), most=60),
        FormField("member_ids", _("Members"), "checks", options=_officers(file)),
        FormField("ends_on", _("Last day"), "day", help=_("The task force ends by itself after this day.")),
        reason(_("Purpose")),
    ]


def _dissolve_fields(file: CaseFile) -> list[FormField]:
    options = tuple((str(one.id), one.name) for one in file.view.task_forces if one.dissolved_at is None)
    return [FormField("force_id", _("Task force"), "radios", options=options), reason(_("Reason"))]


def _order_fields(file: CaseFile) -> list[FormField]:
    owner = str(file.case.owner_agency_id)
    return [
        FormField("agency_id", _("To which agency"), "choice", options=_members(file), value=owner),
        reason(_("What is expected, until the answer is due"), name="text"),
    ]


def _open_orders(file: CaseFile) -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(one.id), f"{labels.label(labels.ORDER_KINDS, one.kind)}: {one.text[:60]}")
        for one in file.view.orders
        if one.answered_at is None and one.agency_id == file.by.agency_id
    )


def _answer_fields(file: CaseFile) -> list[FormField]:
    orders = _open_orders(file)
    return [
        FormField("order_id", _("Order"), "radios", options=orders, value=orders[0][0] if orders else ""),
        reason(_("Answer"), name="answer"),
    ]


def _suspend_fields(file: CaseFile) -> list[FormField]:
    reasons = tuple((one.id, said(one.label)) for one in file.pack.playbook.suspend_reasons)
    parties = tuple((one.value, labels.label(labels.PARTIES, one.value)) for one in Party if one is not Party.SYSTEM)
    return [
        FormField("reason", _("Reason"), "radios", options=reasons),
        FormField("waiting_for", _("Who is waited for"), "radios", options=parties),
        reason(_("Note"), name="note"),
    ]


def _extend_fields(file: CaseFile) -> list[FormField]:
    unit = labels.label(labels.UNITS, file.pack.playbook.main_limit.unit)
    most = file.pack.playbook.extension.budget
    return [
        FormField("amount", _("By how much"), "integer", unit=unit, least=1, most=most, value=most),
        reason(_("Reason"), _("The reporter reads that the limit was lengthened.")),
    ]


def _submit_fields(file: CaseFile) -> list[FormField]:
    outcomes = tuple((one.id, said(one.label)) for one in file.pack.playbook.outcomes)
    help = _("Honest outcomes exist for what cannot be done; nobody needs a cosmetic end.")
    return [
        FormField("outcome", _("Outcome"), "choice", options=outcomes, help=help),
        reason(_("Answer to the reporter"), _("The reporter reads these words."), name="summary"),
    ]


def _verify_fields(file: CaseFile) -> list[FormField]:
    papers = [
        FormField(f"paper-{name}", paper_title(file.pack, name), "file", accept=PAPERS)
        for name in file.pack.playbook.verification.papers
    ]
    return [*papers, FormField("note", _("What was checked and seen"), "area", required=False, most=2000, rows=3)]


def _contest_fields(file: CaseFile) -> list[FormField]:
    options = tuple((one.record.number, one.record.number) for one in file.records)
    help = _("For someone at the counter or on the telephone; the reporter can also do it with number and code.")
    first = options[0][0] if options else ""
    return [
        FormField("record_number", _("Report"), "choice", options=options, value=first),
        reason(_("What is objected to"), help, name="text"),
    ]


def _open_contests(file: CaseFile) -> tuple[tuple[str, str], ...]:
    return tuple((str(one.id), one.text[:80]) for one in file.view.contests if one.decided_at is None)


def _decide_fields(file: CaseFile) -> list[FormField]:
    open_ = _open_contests(file)
    decisions = tuple((one, labels.label(labels.DECISIONS, one)) for one in ("upheld", "rejected"))
    return [
        FormField("contest_id", _("Objection"), "radios", options=open_, value=open_[0][0] if open_ else ""),
        FormField("decision", _("Decision"), "radios", options=decisions),
        reason(_("Reasons"), _("The reporter reads them, with the way to court.")),
    ]


def _number(given: Given, name: str) -> int:
    text = str(given.get(name, ""))
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def papers_of(given: Given, pack_names: tuple[str, ...], kept: Mapping[str, str]) -> list[Paper]:
    """Return the papers that were handed in; ``kept`` gives each file's own name."""
    return [
        Paper(name, sha256, kept.get(sha256, name))
        for name in pack_names
        if (sha256 := str(given.get(f"paper-{name}", "")))
    ]


def _ends_at(given: Given) -> Any:
    from hezhi.flow.cases.errors import NotInFuture

    try:
        return day_ends_at(date.fromisoformat(str(given.get("ends_on", ""))))
    except ValueError as broken:
        raise NotInFuture(ends_on=given.get("ends_on", "")) from broken


def _force(file: CaseFile, given: Given, **common: Any) -> object:
    members = [int(one) for one in given["member_ids"] if one.isdecimal()]
    return cases.case_form_force(
        name=given["name"], purpose=given["reason"], member_ids=members, ends_at=_ends_at(given), **common
    )


def _agency_act(command: Callable[..., object]) -> Callable[..., object]:
    def do(file: CaseFile, given: Given, **common: Any) -> object:
        return command(agency_id=_number(given, "agency_id"), reason=given["reason"], **common)

    return do


def _order_act(command: Callable[..., object]) -> Callable[..., object]:
    def do(file: CaseFile, given: Given, **common: Any) -> object:
        return command(agency_id=_number(given, "agency_id") or None, text=given["text"], **common)

    return do


def _plain(command: Callable[..., object], *names: str) -> Callable[..., object]:
    def do(file: CaseFile, given: Given, **common: Any) -> object:
        return command(**{name: given[name] for name in names}, **common)

    return do


def _numbered(command: Callable[..., object], number: str, *names: str) -> Callable[..., object]:
    def do(file: CaseFile, given: Given, **common: Any) -> object:
        return command(**{number: _number(given, number)}, **{name: given[name] for name in names}, **common)

    return do


def _verify(file: CaseFile, given: Given, **common: Any) -> object:
    papers = papers_of(given, file.pack.playbook.verification.papers, given.get("file_names", {}))
    return cases.case_verify(note=given["note"], papers=papers, **common)


def _suspend(file: CaseFile, given: Given, **common: Any) -> object:
    from hezhi.flow.cases.errors import MissingReason

    try:
        party = Party(given["waiting_for"])
    except ValueError as missing:
        raise MissingReason(field="waiting_for") from missing
    return cases.case_suspend(reason=given["reason"], note=given["note"], waiting_for=party, **common)


FORMS: Mapping[str, ActForm] = {
    "case.accept": ActForm(_plain(cases.case_accept)),
    "case.rule": ActForm(_agency_act(cases.case_rule), _rule_fields),
    "case.answer": ActForm(
        _numbered(cases.case_answer_order, "order_id", "answer"), _answer_fields, lambda file: bool(_open_orders(file))
    ),
    "case.decide_contest": ActForm(
        _numbered(cases.case_decide_contest, "contest_id", "decision", "reason"),
        _decide_fields,
        lambda file: bool(_open_contests(file)),
    ),
    "case.submit": ActForm(_plain(tasks.work_submit, "outcome", "summary"), _submit_fields),
    "case.verify": ActForm(_verify, _verify_fields),
    "case.close": ActForm(_plain(cases.case_close)),
    "case.resume": ActForm(_plain(cases.case_resume)),
    "case.return": ActForm(
        _plain(cases.case_return, "reason", "note", "proposed_kind"), _return_fields, is_burden=True
    ),
    "case.send_back": ActForm(
        _plain(cases.case_send_back, "reason"), lambda _file: [reason(_("What is missing"))], is_burden=True
    ),
    "case.hand_over": ActForm(
        _numbered(cases.case_hand_over, "person_id"), _colleague_fields, lambda file: len(file.colleagues) > 1
    ),
    "case.add_co": ActForm(_numbered(cases.case_add_co, "agency_id", "part"), _add_co_fields),
    "case.suspend": ActForm(_suspend, _suspend_fields, lambda file: bool(file.pack.playbook.suspend_reasons)),
    "case.urge": ActForm(_order_act(cases.case_urge), _order_fields),
    "case.supervise": ActForm(_order_act(cases.case_supervise), _order_fields),
    "case.raise_ring": ActForm(
        _plain(cases.case_raise_ring, "reason"),
        lambda _file: [reason(_("Reason"))],
        lambda file: file.case.ring < len(file.pack.playbook.rings),
    ),
    "case.extend": ActForm(
        _numbered(cases.case_extend, "amount", "reason"),
        _extend_fields,
        lambda file: file.pack.playbook.extension.times > 0,
    ),
    "case.transfer": ActForm(_agency_act(cases.case_transfer), _transfer_fields),
    "case.form_task_force": ActForm(_force, _force_fields),
    "case.dissolve_task_force": ActForm(
        _numbered(cases.case_dissolve_force, "force_id", "reason"),
        _dissolve_fields,
        lambda file: any(one.dissolved_at is None for one in file.view.task_forces),
    ),
    "case.reopen": ActForm(_plain(cases.case_reopen, "reason"), lambda _file: [reason(_("Reason"))]),
    "case.recuse": ActForm(_numbered(cases.case_recuse, "person_id", "reason"), _recuse_fields, is_burden=True),
    "case.lift_recusal": ActForm(
        _numbered(cases.case_lift_recusal, "person_id", "reason"), _lift_fields, lambda file: bool(file.recusals)
    ),
    "case.contest": ActForm(_plain(cases.case_contest, "record_number", "text"), _contest_fields),
}
"""In the order in which the page offers them."""
LIKELY = ("case.accept", "case.rule", "case.answer", "case.decide_contest", "case.verify", "case.close", "case.resume")
"""The first of these that is possible is shown open."""


def offered(file: CaseFile) -> list[str]:
    """Return the acts to offer now, in the page's order."""
    return [act for act, form in FORMS.items() if act in file.view.acts and form.fits(file)]
