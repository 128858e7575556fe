"""Purpose tickets on the page of a case: asked for, used there while they run, and closed before their time."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from hezhi.edge.now import now
from hezhi.edge.web.actor import by, officer
from hezhi.edge.web.casefile import case_file
from hezhi.edge.web.errors import NoSuchPage
from hezhi.edge.web.refusals import refusal_of
from hezhi.edge.web.views.cases import Tried, case_page, case_url
from hezhi.flow.intake import api as intake
from hezhi.kit.errors import HezhiError
from hezhi.spine.permissions.contracts import Right


@never_cache
@require_POST
@officer(Right.CASE_READ)
def ticket_open(request: HttpRequest, case_id: int) -> HttpResponse:
    """Open masked fields of one record of the case; the case's own page shows them until the ticket ends."""
    me, at, sent = by(request), now(), request.POST
    file = case_file(case_id=case_id, by=me, at=at)
    record_id = _number(sent.get("record", ""))
    if record_id not in file.view.record_ids:
        raise NoSuchPage(record=record_id)
    try:
        intake.ticket_open(
            record_id=record_id,
            fields=sent.getlist("fields"),
            case_id=case_id,
            basis=sent.get("basis", ""),
            purpose=sent.get("purpose", ""),
            minutes=_number(sent.get("minutes", "")),
            task_id=_number(sent["task_id"]) if sent.get("task_id") else None,
            by=me,
            at=at,
            key=sent.get("key", ""),
        )
    except HezhiError as error:
        typed = {**sent.dict(), "fields": sent.getlist("fields")}
        return case_page(request, file, Tried(f"ticket:{record_id}", refusal_of(error), typed, sent.get("key", "")))
    return redirect(f"{case_url(case_id)}#record-{record_id}")


@never_cache
@require_POST
@officer(Right.CASE_READ)
def ticket_close(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """End an own ticket before its time."""
    ticket = intake.ticket_close(ticket_id=ticket_id, by=by(request), at=now())
    messages.success(request, _("The fields are masked again."))
    return redirect(f"{case_url(ticket.case_id)}#record-{ticket.record_id}")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
