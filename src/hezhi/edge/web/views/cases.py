"""Cases: the list, one case, acts on it, its papers and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hezhi.edge.now import now
from hezhi.edge.web import labels
from hezhi.edge.web.act_forms import FORMS, LIKELY, offered
from hezhi.edge.web.actor import actor_again, by, officer
from hezhi.edge.web.casefile import CaseFile, case_file, step_clocks
from hezhi.edge.web.errors import NoSuchPage
from hezhi.edge.web.fields import FormField, read_posted, with_typed
from hezhi.edge.web.papers import file_answer
from hezhi.edge.web.places import place_names
from hezhi.edge.web.refusals import Refusal, refusal_of
from hezhi.edge.web.task_forms import task_forms
from hezhi.edge.web.ticket_forms import ticket_forms
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseFilter, CaseState
from hezhi.kit.errors import HezhiError
from hezhi.packkit import api as packkit
from hezhi.spine.permissions.contracts import Right


@dataclass(frozen=True)
class OfferedAct:
    """One act as the page offers it: a title, its fields, and whether its form is open."""

    act: str
    title: str
    fields: list[FormField]
    is_open: bool
    is_burden: bool
    key: str
    refusal: Refusal | None = None

    @property
    def anchor(self) -> str:
        return self.act.replace(".", "-")


@dataclass(frozen=True)
class Tried:
    """An act that was just refused: what it was, why, and what had been typed."""

    act: str
    refusal: Refusal
    typed: Mapping[str, Any]
    key: str


def filter_of(request: HttpRequest) -> CaseFilter:
    """Return what the list's own form asks for; what it does not understand narrows nothing."""
    ask = request.GET
    state, ring = ask.get("state", ""), ask.get("ring", "")
    states = (CaseState(state),) if state in set(CaseState) else ()
    opened = {"open": True, "closed": False, "all": None}.get(ask.get("show", ""), True)
    return CaseFilter(
        is_open=None if states else opened,
        states=states,
        pack_id=ask.get("pack", ""),
        is_mine=ask.get("mine") == "1",
        is_overdue=ask.get("overdue") == "1",
        ring_at_least=int(ring) if ring in {"1", "2", "3"} else 0,
        text=ask.get("text", "").strip()[:80],
    )


@require_GET
@officer(Right.CASE_READ)
def case_list(request: HttpRequest) -> HttpResponse:
    """Cases the officer may read, by filters, fifty at a time."""
    wanted, at = filter_of(request), now()
    page = cases.case_page(by=by(request), wanted=wanted, at=at, cursor=request.GET.get("cursor", ""))
    shown = {
        "page": page,
        "wanted": wanted,
        "packs": packkit.shelf().packs(),
        "states": labels.CASE_STATES.items(),
        "places": place_names([one.region_code for one in page]),
        "steps": step_clocks(page),
    }
    return render(request, "web/cases.html", shown)


@never_cache
@require_GET
@officer(Right.CASE_READ)
def case_show(request: HttpRequest, case_id: int) -> HttpResponse:
    return case_page(request, case_file(case_id=case_id, by=by(request), at=now()))


def case_page(request: HttpRequest, file: CaseFile, tried: Tried | None = None) -> HttpResponse:
    """Return the page of one case, with what was refused just now where something was."""
    was = (tried.act, tried.typed, tried.refusal) if tried else ("", {}, None)
    shown = {
        "file": file,
        "case": file.case,
        "acts": _acts(file, tried),
        "tasks": task_forms(file, *was),
        "tickets": ticket_forms(file, *was),
        "refusal": tried.refusal if tried else None,
        "can_order": _can_order(file),
    }
    return render(request, "web/case.html", shown, status=tried.refusal.status if tried else 200)


def _can_order(file: CaseFile) -> bool:
    return bool({"case.return", "case.submit", "case.urge", "case.rule", "case.transfer"} & set(file.view.acts))


def _acts(file: CaseFile, tried: Tried | None) -> list[OfferedAct]:
    possible = offered(file)
    likely = next((act for act in LIKELY if act in possible), "")
    rows = []
    for act in possible:
        mine = tried if tried and tried.act == act else None
        fields = FORMS[act].fields(file)
        if mine:
            fields = with_typed(fields, mine.typed, mine.refusal)
        rows.append(
            OfferedAct(
                act=act,
                title=labels.label(labels.ACTS, act),
                fields=[_prefixed(one, act) for one in fields],
                is_open=bool(mine) or (act == likely and tried is None),
                is_burden=FORMS[act].is_burden,
                key=mine.key if mine else uuid4().hex,
                refusal=mine.refusal if mine else None,
            )
        )
    return rows


def _prefixed(field: FormField, act: str) -> FormField:
    return replace(field, prefix=act.replace(".", "-"))


@never_cache
@require_POST
@officer(Right.CASE_READ)
def case_act(request: HttpRequest, case_id: int, act: str) -> HttpResponse:
    """Perform one act; refused, the page comes back with the reason and everything that was typed."""
    if act not in FORMS:
        raise NoSuchPage(act=act)
    me, at, key = by(request), now(), request.POST.get("key", "")
    file = case_file(case_id=case_id, by=me, at=at)
    form, given = FORMS[act], {}
    try:
        fields = form.fields(file)
        given = read_posted(request, fields, by=me, at=at)
        given["file_names"] = uploaded_names(request, given)
        form.do(file, given, case_id=case_id, by=me, at=at, key=key)
    except HezhiError as error:
        typed = {**{name: request.POST.get(name, "") for name in request.POST}, **given}
        return case_page(request, file, Tried(act, refusal_of(error, file.pack), typed, key))
    messages.success(request, _("Done: %(act)s") % {"act": labels.label(labels.ACTS, act)})
    return after_act(request, case_id)


def after_act(request: HttpRequest, case_id: int) -> HttpResponse:
    """Go back to the case, or to one's work where the act took the case out of one's sight."""
    try:
        cases.case_get(case_id=case_id, by=actor_again(request))
    except HezhiError:
        return redirect("web:work")
    return redirect("web:case", case_id)


def uploaded_names(request: HttpRequest, given: Mapping[str, Any]) -> dict[str, str]:
    """Return ``{sha256: name as handed in}`` of the files in a posted form."""
    return {str(given[name]): one.name or name for name, one in request.FILES.items() if given.get(name)}


@require_GET
@officer(Right.CASE_READ)
def case_download(request: HttpRequest, case_id: int, sha256: str) -> HttpResponse:
    """Hand out one file of a case to someone who may read the case."""
    file = case_file(case_id=case_id, by=by(request), at=now())
    if sha256 not in file.files:
        raise NoSuchPage()
    return file_answer(sha256, file.files[sha256])


def case_url(case_id: int) -> str:
    return reverse("web:case", args=[case_id])
