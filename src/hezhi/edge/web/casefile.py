"""Everything one case page shows, gathered through the rooms' doors in as few reads as they allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from hezhi.edge.web.papers import HandedIn, papers_of_case
from hezhi.edge.web.places import place_names
from hezhi.edge.web.refusals import said
from hezhi.edge.web.sentences import Names, Told, refs_in, told
from hezhi.edge.web.templatetags.hz import measured
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState, CaseView, PrecedentRow
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Opened, RecordRow, RecordView, RelationKind, RelationRow, TicketRow
from hezhi.flow.outcomes import api as outcomes
from hezhi.flow.outcomes.contracts import OutcomeRow, RatingRow
from hezhi.flow.rights import api as rights
from hezhi.flow.rights.contracts import RequestSheet, SheetField
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskRow
from hezhi.kit.errors import NotFound
from hezhi.kit.moments import day_of
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Field, Matter, Pack
from hezhi.packkit.shape.playbook import Task as Element
from hezhi.services.documents import api as documents
from hezhi.services.documents.contracts import DocumentRow
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockRow, Explanation
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import AgencyRow, PersonRow, RecusalRow
from hezhi.spine.permissions.contracts import Actor

STEPS = ("accept", "ruling")  # kinds of clocks that time the next step
RECORDS_TOLD = 20  # reports whose own chains a case's story tells; a case of more is told by its own chain


@dataclass(frozen=True)
class Fact:
    """One field of a record. ``value`` is masked while ``is_secret`` and nobody has opened it."""

    name: str
    declared: Field
    value: Any
    is_secret: bool
    text: str = ""  # the value as people read it


@dataclass(frozen=True)
class Reported:
    """One record of the case with its fields in the pack's order, and the reader's tickets that run for it."""

    view: RecordView
    facts: tuple[Fact, ...]
    tickets: tuple[TicketRow, ...] = ()

    @property
    def record(self) -> RecordRow:
        return self.view.row


def facts_of(pack: Pack, view: RecordView, opened: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Return the fields of a record in the pack's order, without the source's number and the place.

    Args:
        opened: masked fields that the reader has a running ticket for, in clear.
    """
    shape = pack.record(view.row.kind)
    shown = {name: view.values.get(name) for name in shape.fields if name not in (shape.key, shape.place)} | opened
    return tuple(
        Fact(
            name,
            shape.fields[name],
            value,
            name in view.secret_fields and name not in opened,
            value_text(pack, shape.fields[name], value),
        )
        for name, value in shown.items()
        if value not in (None, "")
    )


def value_text(pack: Pack, declared: Field, value: Any) -> str:
    """Return a value as people read it: choices and matters by their label, with the unit."""
    if declared.type == "choice":
        value = next((said(one.label) for one in declared.choices if one.id == value), value)
    elif declared.type == "matter":
        value = next((said(one.label) for one in pack.matters if one.id == value), value)
    return measured(value, declared.unit)


@dataclass(frozen=True)
class CaseFile:
    """One case as ``by`` sees it at ``at``. What costs a read is read when the page asks for it."""

    view: CaseView
    by: Actor
    at: datetime
    pack: Pack

    @property
    def case(self) -> CaseRow:
        return self.view.case

    @property
    def matter(self) -> Matter:
        return self.pack.matter(self.case.matter)

    @cached_property
    def records(self) -> tuple[Reported, ...]:
        found = cases.case_records(case_id=self.case.id, by=self.by)
        packs = packkit.shelf()
        return tuple(Reported(one, facts_of(packs.of(one.row.pack), one, {})) for one in found)

    @cached_property
    def records_shown(self) -> tuple[Reported, ...]:
        """The records as the page shows them: in clear where the reader has a running ticket, which counts as read."""
        opened: dict[int, list[Opened]] = {}
        for one in intake.tickets_read(case_id=self.case.id, by=self.by, at=self.at):
            opened.setdefault(one.ticket.record_id, []).append(one)
        return tuple(self._opened(one, opened.get(one.record.id, [])) for one in self.records)

    def _opened(self, reported: Reported, opened: Sequence[Opened]) -> Reported:
        if not opened:
            return reported
        values = {name: value for one in opened for name, value in one.values.items()}
        pack = packkit.shelf().of(reported.record.pack)
        return Reported(reported.view, facts_of(pack, reported.view, values), tuple(one.ticket for one in opened))

    @cached_property
    def sheet(self) -> RequestSheet | None:
        """What decides a person's request about their own data, where the case answers one."""
        return rights.request_sheet(case_id=self.case.id, by=self.by, at=self.at) if self.pack.identity.serves else None

    @property
    def sheet_fields(self) -> list[tuple[SheetField, str]]:
        """The fields of the record concerned with their values as people read them."""
        if self.sheet is None:
            return []
        pack = packkit.shelf().of(self.sheet.pack)
        fields = pack.record(self.sheet.kind).fields
        return [(one, value_text(pack, fields[one.name], one.shown)) for one in self.sheet.fields]

    @cached_property
    def clocks(self) -> tuple[tuple[ClockRow, Explanation], ...]:
        """The case's own clocks with their explanations, the main one first."""
        found = clocks.clocks_of(subject=f"case:{self.case.id}")
        found = sorted(found, key=lambda one: (one.stopped_at is not None, one.spec.kind != "main", one.id))
        return tuple((one, clocks.clock_explain(clock_id=one.id, at=self.at)) for one in found)

    @property
    def step_clock(self) -> ClockRow | None:
        """The limit of the next step, where one is owed besides the main one: acceptance or a ruling."""
        running = (clock for clock, _told in self.clocks if clock.stopped_at is None)
        return next((one for one in running if one.spec.kind in STEPS), None)

    @cached_property
    def lines(self) -> list[Any]:
        """The case's chain with those of its alert and its records, oldest first."""
        chains = [f"record:{one}" for one in self.view.record_ids[:RECORDS_TOLD]]
        chains += [f"alert:{self.case.alert_id}"] if self.case.alert_id is not None else []
        lines = [line for chain in (*chains, f"case:{self.case.id}") for line in ledger.lines_of(chain=chain)]
        return sorted(lines, key=lambda one: one.at)

    @cached_property
    def names(self) -> Names:
        """Names of everyone the page speaks of."""
        persons, agencies = refs_in(self.lines)
        refs = [one.given_by for one in self.view.orders] + [one.answered_by for one in self.view.orders]
        refs += [one.by for one in self.view.returns] + [one.decided_by for one in self.view.contests]
        persons |= {int(ref.removeprefix("person:")) for ref in refs if ref.startswith("person:")}
        persons |= {one for force in self.view.task_forces for one in force.member_ids}
        persons |= {self.case.handler_id} - {None}
        rows = people.agencies_get(agencies | set(self.case.agency_ids) | {self.case.owner_agency_id})
        names = {id_: one.name for id_, one in rows.items()}
        kinds = {one.kind: one.name for one in self.agencies_here}
        return Names(people.person_names(persons), names, self.pack, kinds)

    @cached_property
    def story(self) -> tuple[Told, ...]:
        return tuple(told(line, self.names) for line in self.lines)

    @cached_property
    def tasks(self) -> list[TaskRow]:
        return tasks.tasks_of_case(case_id=self.case.id, by=self.by)

    @cached_property
    def optional_tasks(self) -> Sequence[Element]:
        """Optional tasks that the asking actor may begin now."""
        if self.case.state != "handling" or self.by.agency_id != self.case.lead_agency_id:
            return ()
        return tasks.optional_elements(case_id=self.case.id, by=self.by)

    @cached_property
    def documents(self) -> list[DocumentRow]:
        return documents.documents_of(about=f"case:{self.case.id}")

    @cached_property
    def outcomes(self) -> list[OutcomeRow]:
        return outcomes.outcomes_of(case_id=self.case.id, by=self.by)

    @cached_property
    def ratings(self) -> list[RatingRow]:
        return outcomes.ratings_of(case_id=self.case.id, by=self.by)

    @cached_property
    def precedents(self) -> list[PrecedentRow]:
        return cases.precedents_offer(case_id=self.case.id)

    @cached_property
    def agencies_here(self) -> list[AgencyRow]:
        """Agencies whose region holds the place of the case, the nearest of each kind, by name."""
        nearest: dict[str, AgencyRow] = {}
        for one in people.agencies_list(on=day_of(self.at)):
            if f"{self.case.region_path}.".startswith(one.region_path + "."):
                known = nearest.get(one.kind)
                nearest[one.kind] = max((one, known or one), key=lambda row: len(row.region_path))
        return sorted(nearest.values(), key=lambda one: one.name)

    @cached_property
    def colleagues(self) -> list[PersonRow]:
        """Officers of the asking actor's agency, each once."""
        if self.by.agency_id is None:
            return []
        found = people.officers(agency_id=self.by.agency_id, at=self.at)
        return list({one.id: one for one in found}.values())

    @property
    def is_own_report(self) -> bool:
        """Whether the asking officer reported the matter: a hint to think of an interest, and nothing more."""
        return any(line.act == "record.report" and line.actor == self.by.ref for line in self.lines)

    @cached_property
    def recusals(self) -> list[RecusalRow]:
        """Who is kept out of the case."""
        return people.recusals_of(f"case:{self.case.id}")

    @cached_property
    def place(self) -> str:
        """The place in words, from the district down."""
        codes = self.case.region_path.split(".")
        names = place_names(codes)
        return " ".join(names[code] for code in codes[1:] if code in names)

    @cached_property
    def related(self) -> list[CaseRow]:
        """Other cases about the same subject that the actor may read, newest first."""
        return cases.cases_related(case_id=self.case.id, by=self.by)

    @cached_property
    def relations(self) -> list[RelationRow]:
        """Living relations of this case's records to others that the actor may read."""
        return [
            one
            for reported in self.records[:RECORDS_TOLD]
            for one in relations_seen(reported.record.id, self.by)
            if one.ended_at is None and one.kind is not RelationKind.DISTINCT
        ]

    @cached_property
    def papers(self) -> list[HandedIn]:
        return papers_of_case(self)

    @cached_property
    def files(self) -> dict[str, str]:
        """``{sha256: file name}`` of every file that belongs to the case and may be downloaded with it."""
        found = {one.sha256: one.file_name or f"{self.case.number}-{one.label}" for one in self.papers}
        made = {one.file_sha256: f"{self.case.number}-{one.id}.pdf" for one in self.documents if one.file_sha256}
        return found | made


def relations_seen(record_id: int, by: Actor) -> list[RelationRow]:
    """Return a record's relations; none where the actor may not read the record itself."""
    try:
        return intake.relations_of(record_id=record_id, by=by)
    except NotFound:
        return []


def case_file(*, case_id: int, by: Actor, at: datetime) -> CaseFile:
    """Return the file of one case.

    Raises:
        CaseNotFound: no such case, or the actor may not see it.
    """
    view = cases.case_view(case_id=case_id, by=by)
    return CaseFile(view, by, at, packkit.shelf().of(view.case.pack))


def step_clocks(rows: Iterable[CaseRow]) -> dict[int, ClockRow]:
    """Return ``{case id: clock}`` of the next step for those of a list that wait for one; one query."""
    waiting = [f"case:{one.id}" for one in rows if one.state in (CaseState.DISPATCHED, CaseState.RETURNED)]
    running = clocks.clocks_running(subjects=waiting)
    return {int(one.subject.partition(":")[2]): one for one in running if one.spec.kind in STEPS}
