"""The form that asks for a purpose ticket, one for each record of a case with masked fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _

from hezhi.edge.web.actor import may_somewhere
from hezhi.edge.web.casefile import CaseFile, Reported
from hezhi.edge.web.fields import FormField, with_typed
from hezhi.edge.web.refusals import Refusal, said
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskState
from hezhi.packkit import api as packkit
from hezhi.spine.permissions.contracts import Right

MINUTES = ("5", "10", "20", "30", "60")
USUAL = "10"


@dataclass(frozen=True)
class TicketForm:
    """What one record's form asks; ``refusal`` says why it was just refused."""

    record_id: int
    fields: list[FormField]
    key: str
    refusal: Refusal | None = None


def fields_for(file: CaseFile, reported: Reported) -> list[FormField]:
    """Return what a ticket for the masked fields of a record asks for."""
    masked = tuple((one.name, said(one.declared.label)) for one in reported.facts if one.is_secret)
    bases = packkit.shelf().get(reported.record.pack_id).identity.lawful_basis
    mine = [one for one in file.tasks if one.state is TaskState.OPEN and one.agency_id == file.by.agency_id]
    task = FormField(
        "task_id", _("For the task"), "choice", required=False,
        options=tuple((str(one.id), said(tasks.task_says(one))) for one in mine),
    )  # fmt: skip
    told = _("It is logged: the person concerned can read which agency opened it, why, and whether it looked.")
    cited = tuple((one.cite, f"{one.cite} {said(one.says)}") for one in bases)
    return [
        FormField("fields", _("Fields"), "checks", options=masked, value=[name for name, _label in masked[:1]]),
        FormField("basis", _("Basis in law"), "choice", options=cited),
        FormField("purpose", _("Purpose"), most=300, help=told),
        FormField("minutes", _("Minutes"), "choice", options=tuple((one, one) for one in MINUTES), value=USUAL),
        *([task] if mine else []),
    ]  # fmt: skip


def ticket_forms(
    file: CaseFile, tried: str, typed: Mapping[str, Any], refusal: Refusal | None
) -> dict[int, TicketForm]:
    """Return ``{record id: form}``; ``tried`` names the record (``ticket:5``) whose form was just refused."""
    if not may_somewhere(file.by, Right.FIELD_OPEN):
        return {}
    forms = {}
    for one in file.records:
        if not any(fact.is_secret for fact in one.facts):
            continue
        record_id, fields = one.record.id, fields_for(file, one)
        mine = refusal if tried == f"ticket:{record_id}" else None
        fields = with_typed(fields, typed, mine) if mine else fields
        key = str(typed.get("key", "")) if mine else uuid4().hex
        forms[record_id] = TicketForm(record_id, [replace(f, prefix=f"ticket-{record_id}") for f in fields], key, mine)
    return forms
