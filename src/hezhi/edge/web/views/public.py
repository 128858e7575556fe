"""Pages open to everyone: the first page, reporting a matter, following one's own report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from hezhi.edge.now import now
from hezhi.edge.web import public_story
from hezhi.edge.web.actor import actor_of
from hezhi.edge.web.errors import NoSuchPage, NoSuchReport, PlaceMissing
from hezhi.edge.web.fields import FormField, for_rooms, of_pack, read_posted, with_typed
from hezhi.edge.web.limits import Brake
from hezhi.edge.web.places import picker_of
from hezhi.edge.web.refusals import Refusal, refusal_of, said
from hezhi.flow.cases import api as cases
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Receipt
from hezhi.flow.outcomes import api as outcomes
from hezhi.kit.canonical import canonical, sha256
from hezhi.kit.errors import HezhiError, NotFound
from hezhi.kit.paging import number_read
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack, Record
from hezhi.spine.files.contracts import FileRef
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor

RECEIPT = "receipt"
TRACK = Brake("track", per_name=10, per_address=100)
VISITOR = Actor.citizen("web")
"""Who reports before there is a number: the ledger line of the report names the number itself."""


def open_records() -> list[tuple[Pack, Record]]:
    """Return the kinds of record that citizens may report: those by which a reporter can be answered."""
    return [
        (pack, record)
        for pack in packkit.shelf().packs()
        if pack.identity.status == "active" and pack.identity.serves is None
        for record in pack.records
        if record.contact
    ]


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "web/home.html", {"records": open_records()})


@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """Choose what to report; with only one kind its form is shown at once."""
    return render(request, "web/report.html", {"records": open_records()})


@dataclass(frozen=True)
class Asked:
    """One report form under way."""

    pack: Pack
    record: Record
    at: datetime
    typed: Mapping[str, Any]
    refusal: Refusal | None = None

    def fields(self) -> list[FormField]:
        """Return the fields a person fills: all but the source's own number and the place."""
        why = {one.field: said(one.why) for one in self.pack.identity.data_minimum}
        fields = [
            of_pack(
                name, declared, pack=self.pack, value=self.at if name == self.record.happened else "",
                why=why.get(f"{self.record.id}.{name}", ""),
            )
            for name, declared in self.record.fields.items()
            if name not in (self.record.key, self.record.place)
        ]  # fmt: skip
        return with_typed(fields, self.typed, self.refusal)


@never_cache
@require_http_methods(["GET", "POST"])
def report_form(request: HttpRequest, pack_id: str, record_id: str) -> HttpResponse:
    """The report form of one kind of record; the place is chosen first."""
    pack, record = _open_record(pack_id, record_id)
    at, by = now(), actor_of(request) or VISITOR
    source = request.POST if request.method == "POST" else request.GET
    picker = picker_of(source.getlist("place"), at)
    asked = Asked(pack, record, at, {})
    if request.method == "POST":
        key = request.POST.get("key") or uuid4().hex
        try:
            if not picker.is_enough or picker.place is None:
                raise PlaceMissing()
            refs: list[FileRef] = []
            fields = asked.fields()
            asked = Asked(pack, record, at, read_posted(request, fields, by=by, at=at, refs=refs))
            values = {**for_rooms(fields, asked.typed), record.place: picker.place.code}
            receipt = intake.record_report(
                pack_id=pack.id, kind=record.id, values=values, files=refs, by=by, at=at, key=_form_key(key, values)
            )
        except HezhiError as error:
            asked = replace(asked, refusal=refusal_of(error))
        else:
            return _received(request, receipt)
    said_here = {
        "pack": pack, "record": record, "picker": picker, "fields": asked.fields(), "refusal": asked.refusal,
        "key": request.POST.get("key") or uuid4().hex,
    }  # fmt: skip
    return render(request, "web/report_form.html", said_here, status=asked.refusal.status if asked.refusal else 200)


def _open_record(pack_id: str, record_id: str) -> tuple[Pack, Record]:
    for pack, record in open_records():
        if (pack.id, record.id) == (pack_id, record_id):
            return pack, record
    raise NoSuchPage()


def _form_key(key: str, values: Mapping[str, Any]) -> str:
    """Return the key of one sent form.

    WHY what was sent is part of it: a report sent twice is answered with its number and code, and visitors have no
    name. Whoever only knows the key of somebody's form, on a shared machine say, must not get either.
    """
    return f"web-{sha256(canonical([key, dict(values)]))}"


def _received(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    # The code is shown on the next page and nowhere else; it waits in the visitor's own session.
    request.session[RECEIPT] = {"number": receipt.record.number, "code": receipt.code}
    return redirect("web:report_done")


@never_cache
@require_GET
def report_done(request: HttpRequest) -> HttpResponse:
    """Number and code of the report just made, to write down or print."""
    receipt = request.session.get(RECEIPT)
    if receipt is None:
        return redirect("web:report")
    return render(request, "web/report_done.html", {"receipt": receipt})


@never_cache
@require_http_methods(["GET", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Follow one's own report: number and code come with every request and are kept nowhere."""
    if request.method == "GET":
        return render(request, "web/track.html", {"number": request.GET.get("number", "")})
    number, code = request.POST.get("number", "").strip(), request.POST.get("code", "").strip()
    try:
        TRACK.check(request, number)
        outcomes.answer_get(number=number, code=code, at=now())
    except HezhiError as error:
        if isinstance(error, NotFound):
            TRACK.failed(request, number)
            error = NoSuchReport()
        refusal = refusal_of(error)
        status = 429 if refusal.code == "too_many_tries" else refusal.status
        return render(request, "web/track.html", {"number": number, "refusal": refusal}, status=status)
    TRACK.cleared(request, number)
    refusal = _answer_act(request, number, code)
    story = public_story.story_of(number=number, code=code, at=now())
    said_here = {"story": story, "number": number, "code": code, "refusal": refusal, "done": _done(request, refusal)}
    return render(request, "web/tracked.html", said_here, status=refusal.status if refusal else 200)


def _done(request: HttpRequest, refusal: Refusal | None) -> str:
    return "" if refusal else request.POST.get("act", "")


@guard.acting
def _answer_act(request: HttpRequest, number: str, code: str) -> Refusal | None:
    """Do what the reporter asks for besides looking: rate, or object."""
    act, at = request.POST.get("act", ""), now()
    try:
        if act == "rate":
            outcomes.rating_give(
                number=number, code=code, at=at, comment=request.POST.get("comment", ""),
                stars=number_read(request.POST.get("stars", "")) or 0,
            )  # fmt: skip
        elif act == "contest":
            answer = outcomes.answer_get(number=number, code=code, at=at)
            case = cases.case_by_number(number=answer.case_number, by=Actor.system("web"))
            cases.case_contest(
                case_id=case.id, record_number=answer.record_number, text=request.POST.get("text", ""),
                by=Actor.citizen(answer.record_number), at=at, key=request.POST.get("key", ""),
            )  # fmt: skip
    except HezhiError as error:
        return refusal_of(error)
    return None
