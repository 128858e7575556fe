"""Your rights: what a person may ask about their own record, how each request stands, and the copy of the data.

Number and code come with every request and are kept nowhere; a wrong pair reads like a wrong number.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from hezhi.edge.api.once import dumps
from hezhi.edge.now import now
from hezhi.edge.web.casefile import value_text
from hezhi.edge.web.errors import NoSuchReport
from hezhi.edge.web.places import place_names
from hezhi.edge.web.refusals import Refusal, refusal_of
from hezhi.edge.web.views.public import TRACK
from hezhi.flow.rights import api as rights
from hezhi.flow.rights.contracts import Copy, HeldField, RightKind
from hezhi.kit.errors import HezhiError, NotFound
from hezhi.packkit import api as packkit

Pair = tuple[str, str]


def _known(request: HttpRequest) -> tuple[Pair, Refusal | None]:
    """Return number and code, and why they open nothing."""
    number, code = request.POST.get("number", "").strip(), request.POST.get("code", "").strip()
    try:
        TRACK.check(request, number)
        rights.record_known(number=number, code=code)
    except HezhiError as error:
        if isinstance(error, NotFound):
            TRACK.failed(request, number)
            error = NoSuchReport()
        return (number, code), refusal_of(error)
    TRACK.cleared(request, number)
    return (number, code), None


def _asked_again(request: HttpRequest, number: str, refusal: Refusal | None = None) -> HttpResponse:
    status = 200 if refusal is None else 429 if refusal.code == "too_many_tries" else refusal.status
    return render(request, "web/rights_of.html", {"number": number, "refusal": refusal}, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def rights_page(request: HttpRequest) -> HttpResponse:
    """Everything about the rights in one own record; its forms come back here."""
    if request.method == "GET":
        return _asked_again(request, request.GET.get("number", ""))
    (number, code), refusal = _known(request)
    if refusal is not None:
        return _asked_again(request, number, refusal)
    filed, refusal = _done(request, number, code)
    shown: dict[str, Any] = {
        "number": number, "code": code, "refusal": refusal, "filed": filed,
        "contested": not refusal and request.POST.get("act") == "contest",
        "typed": request.POST if refusal else {},
        "own": rights.rights_of(number=number, code=code, at=now()), "at": now(),
    }  # fmt: skip
    return render(request, "web/rights.html", shown, status=refusal.status if refusal else 200)


def _done(request: HttpRequest, number: str, code: str) -> tuple[Any, Refusal | None]:
    """Do what the person asks for besides looking: file a request, or object."""
    act, at, key = request.POST.get("act", ""), now(), request.POST.get("key", "")[:40]
    try:
        if act == "contest":
            about, text = request.POST.get("about", ""), request.POST.get("text", "")
            rights.answer_contest(number=number, code=code, about=about, text=text, at=at, key=key)
        elif act in set(RightKind):
            asked = rights.Asked(
                RightKind(act),
                request.POST.get("asks", ""),
                request.POST.get("field", ""),
                request.POST.get("value", ""),
            )
            return rights.request_file(number=number, code=code, asked=asked, at=at, key=key), None
    except HezhiError as error:
        return None, refusal_of(error)
    return None, None


@never_cache
@require_POST
def copy(request: HttpRequest) -> HttpResponse:
    """The copy of one's own data, to read and print or as JSON to take elsewhere."""
    (number, code), refusal = _known(request)
    if refusal is not None:
        return _asked_again(request, number, refusal)
    found = rights.copy_take(number=number, code=code, at=now())
    if request.POST.get("form") == "json":
        text = json.dumps(json.loads(dumps(found)), ensure_ascii=False, indent=2)
        answer = HttpResponse(text, content_type="application/json; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{found.record_number}.json"'
        return answer
    return render(request, "web/rights_copy.html", {"copy": found, "fields": _read_out(found)})


def _read_out(found: Copy) -> list[tuple[HeldField, str]]:
    """Return each field with its value as people read it."""
    pack = packkit.shelf().of(found.pack)
    declared = pack.record(found.kind).fields
    places = place_names([str(one.value) for one in found.fields if declared[one.name].type == "region"])
    return [
        (one, places.get(str(one.value)) or value_text(pack, declared[one.name], one.value)) for one in found.fields
    ]
