"""Intake for those who keep it: deliveries with their counts, records that wait, and what is done about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hezhi.edge.now import now
from hezhi.edge.web.actor import by, may_somewhere, officer
from hezhi.edge.web.casefile import Reported, facts_of
from hezhi.edge.web.errors import FileMissing
from hezhi.edge.web.fields import FormField, for_rooms, of_pack, read_posted, with_typed
from hezhi.edge.web.papers import answer_of
from hezhi.edge.web.places import place_names
from hezhi.edge.web.refusals import Refusal, refusal_of
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import BatchState, RecordFilter, RecordState, RecordView
from hezhi.kit.errors import HezhiError
from hezhi.kit.masks import MASK
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Field, Pack
from hezhi.spine.permissions.contracts import Right

SHOWN = {
    "waiting": (RecordState.REFUSED, RecordState.HELD),
    "held": (RecordState.HELD,),
    "refused": (RecordState.REFUSED,),
    "accepted": (RecordState.ACCEPTED,),
}
FORMATS = {"csv": "csv", "xlsx": "xlsx", "jsonl": "jsonl", "ndjson": "jsonl"}


@require_GET
@officer(Right.SOURCE_MANAGE, Right.RECORD_READ)
def intake_list(request: HttpRequest) -> HttpResponse:
    """Records by state, and for whoever keeps sources the deliveries too."""
    return _list(request)


def _list(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    me, show = by(request), request.GET.get("show", "waiting")
    wanted = RecordFilter(
        states=SHOWN.get(show, SHOWN["waiting"]),
        pack_id=request.GET.get("pack", ""),
        source=request.GET.get("source", "")[:48],
        text=request.GET.get("text", "").strip()[:80],
    )
    page = intake.record_page(by=me, wanted=wanted, cursor=request.GET.get("cursor", ""))
    shown: dict[str, Any] = {
        "page": page,
        "wanted": wanted,
        "show": show,
        "packs": packkit.shelf().packs(),
        "places": place_names([one.region_code for one in page]),
        "refusal": refusal,
    }
    if may_somewhere(me, Right.SOURCE_MANAGE):
        batches = intake.batch_page(by=me, size=20)
        shown |= {"is_keeper": True, "sources": intake.sources_all(by=me), "batches": batches}
    return render(request, "web/intake.html", shown, status=refusal.status if refusal else 200)


@require_GET
@officer(Right.SOURCE_MANAGE)
def batch_show(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One delivery: its counts, its layout's findings, and the records of it that wait."""
    me = by(request)
    batch = intake.batch_get(batch_id=batch_id, by=me)
    wanted = RecordFilter(states=SHOWN["waiting"], batch_id=batch_id)
    page = intake.record_page(by=me, wanted=wanted, cursor=request.GET.get("cursor", ""))
    return render(request, "web/batch.html", {"batch": batch, "page": page, "places": {}})


@never_cache
@require_POST
@officer(Right.SOURCE_MANAGE)
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file of a source in; the same file again changes nothing."""
    try:
        file = request.FILES.get("file")
        if file is None:
            raise FileMissing()
        name = file.name or "file"
        ending = name.rpartition(".")[2].lower()
        report = intake.batch_take(
            source=request.POST.get("source", ""),
            content=file.read(),
            name=name,
            format=FORMATS.get(ending, ending),
            by=by(request),
            at=now(),
        )
    except HezhiError as error:
        return _list(request, refusal_of(error))
    if report.state is not BatchState.HELD:
        messages.success(request, _("The file was taken in; every row is accounted for below."))
    return redirect("web:batch", report.id)


@never_cache
@require_GET
@officer(Right.SOURCE_MANAGE, Right.RECORD_READ)
def record_show(request: HttpRequest, record_id: int) -> HttpResponse:
    """One record; while it waits, with the form that corrects it."""
    return _record_page(request, intake.record_get(record_id=record_id, by=by(request)))


@require_GET
@officer(Right.SOURCE_MANAGE, Right.RECORD_READ)
def record_download(request: HttpRequest, record_id: int, sha256: str) -> HttpResponse:
    """Hand out one file of a record to whoever may read it."""
    view = intake.record_get(record_id=record_id, by=by(request))
    return answer_of([Reported(view, facts_of(packkit.shelf().of(view.row.pack), view, {}))], sha256)


def _record_page(
    request: HttpRequest, view: RecordView, refusal: Refusal | None = None, typed: dict[str, Any] | None = None
) -> HttpResponse:
    pack, row = packkit.shelf().of(view.row.pack), view.row
    may_correct = row.state is not RecordState.ACCEPTED and any(
        may_somewhere(by(request), right) for right in (Right.RECORD_CORRECT, Right.SOURCE_MANAGE)
    )
    fields = pack.record(row.kind).fields
    shown = {
        "record": row,
        "pack": pack,
        "reported": Reported(view, facts_of(pack, view, {})),
        "given": [(fields[name].label if name in fields else name, value) for name, value in view.given.items()],
        "fields": _fields(pack, view, typed, refusal) if may_correct and row.revises_id is None else [],
        "may_correct": may_correct,
        "places": place_names([row.region_code]),
        "refusal": refusal,
    }
    return render(request, "web/record.html", shown, status=refusal.status if refusal else 200)


def _fields(pack: Pack, view: RecordView, typed: dict[str, Any] | None, refusal: Refusal | None) -> list[FormField]:
    """Return the record's fields as sent; masked ones stay empty, and empty means unchanged."""
    sent = {name: value for name, value in (view.given or view.values).items() if value != MASK}
    fields = [
        of_pack(name, _optional(declared), pack=pack, value=sent.get(name, ""))
        for name, declared in pack.record(view.row.kind).fields.items()
    ]
    fields = with_typed(fields, typed or {}, refusal)
    # A box without a tick would turn what was not understood into a "no"; two marks leave it open.
    return [replace(one, kind="radios") if one.kind == "flag" else one for one in fields]


def _optional(declared: Field) -> Field:
    return declared.model_copy(update={"required": False})


@never_cache
@require_POST
@officer(Right.RECORD_CORRECT, Right.SOURCE_MANAGE)
def record_correct(request: HttpRequest, record_id: int) -> HttpResponse:
    """Correct a waiting record and send it again; refused, the form comes back as it was typed."""
    me, at = by(request), now()
    view = intake.record_get(record_id=record_id, by=me)
    typed: dict[str, Any] = {}
    try:
        fields = _fields(packkit.shelf().of(view.row.pack), view, None, None)
        typed = read_posted(request, fields, by=me, at=at)
        values = for_rooms(fields, typed)
        values = {name: value for name, value in values.items() if value != "" or view.given.get(name) != MASK}
        intake.record_correct(
            record_id=record_id,
            values={name: value or None for name, value in values.items()},
            reason=request.POST.get("why", ""),
            by=me,
            at=at,
            key=request.POST.get("key", ""),
        )
    except HezhiError as error:
        return _record_page(request, view, refusal_of(error), typed)
    messages.success(request, _("The record was corrected and taken in."))
    return redirect("web:record", record_id)


@never_cache
@require_POST
@officer(Right.RECORD_CORRECT, Right.SOURCE_MANAGE)
def record_decide(request: HttpRequest, record_id: int) -> HttpResponse:
    """Refuse a held record for a reason, or take over what its source changed."""
    me, at = by(request), now()
    view = intake.record_get(record_id=record_id, by=me)
    act = intake.record_take_change if request.POST.get("how") == "take" else intake.record_refuse
    try:
        reason, key = request.POST.get("reason", ""), request.POST.get("key", "")
        act(record_id=record_id, reason=reason, by=me, at=at, key=key)
    except HezhiError as error:
        return _record_page(request, view, refusal_of(error))
    messages.success(request, _("The decision is written down."))
    return redirect("web:record", record_id)
