"""Devices for those who look after them: which are silent, what one said last, and taking note of a loss."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hezhi.edge.now import now
from hezhi.edge.web.actor import by, may_somewhere, officer
from hezhi.edge.web.places import place_names
from hezhi.edge.web.refusals import Refusal, refusal_of
from hezhi.kit.errors import HezhiError, NotAllowed, NotFound
from hezhi.kit.paging import number_read
from hezhi.packkit.shape import DEVICE_KINDS
from hezhi.services.devices import api as devices
from hezhi.services.devices.contracts import DeviceRow
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Right

SEES = (Right.SOURCE_MANAGE, Right.RECORD_READ, Right.CASE_READ)
SHOWN = {"all": None, "silent": True, "heard": False}


@require_GET
@officer(*SEES)
def device_list(request: HttpRequest) -> HttpResponse:
    """Devices I may see, those that are silent first of all; for whoever keeps sources, what was set aside too."""
    me, show = by(request), request.GET.get("show", "all")
    text = request.GET.get("text", "").strip()[:80]
    page = devices.device_page(
        by=me, text=text, is_silent=SHOWN.get(show), cursor=request.GET.get("cursor", ""), size=50
    )
    is_keeper = may_somewhere(me, Right.SOURCE_MANAGE)
    shown = {
        "page": page,
        "silences": devices.silences_page(by=me),
        "show": show,
        "text": text,
        "kinds": _kinds(),
        "places": place_names([one.draft.region_code for one in page]),
        "quarantine": devices.quarantine_page(by=me, size=20) if is_keeper else (),
    }
    return render(request, "web/devices.html", shown)


@require_GET
@officer(*SEES)
def device_show(request: HttpRequest, device_id: int) -> HttpResponse:
    """One device with its newest messages and its losses."""
    return _page(request, devices.device_get(device_id=device_id, by=by(request)))


def _page(request: HttpRequest, device: DeviceRow, refusal: Refusal | None = None) -> HttpResponse:
    me = by(request)
    silences = devices.silences_of(device_id=device.id, by=me)
    readers = {one.seen_by.removeprefix("person:") for one in silences if one.seen_by.startswith("person:")}
    names = people.person_names([number for one in readers if (number := number_read(one)) is not None])
    shown: dict[str, Any] = {
        "device": device,
        "kind": DEVICE_KINDS[device.draft.kind].label,
        "owner": people.agency_get(device.draft.agency_id).name,
        "places": place_names([device.draft.region_code]),
        "messages_": devices.messages_of(device_id=device.id, by=me),
        "silences": [(one, names.get(number_read(one.seen_by.removeprefix("person:")) or 0, "")) for one in silences],
        "braked_count": devices.braked_count(device_id=device.id, by=me, at=now()),
        "refusal": refusal,
    }
    return render(request, "web/device.html", shown, status=refusal.status if refusal else 200)


@never_cache
@require_POST
@officer(*SEES)
def silence_see(request: HttpRequest, silence_id: int) -> HttpResponse:
    """Take note of a loss and say what is done about it."""
    me = by(request)
    try:
        seen = devices.silence_see(silence_id=silence_id, note=request.POST.get("note", ""), by=me, at=now())
    except (NotFound, NotAllowed):
        raise
    except HezhiError as error:
        device_id = number_read(request.POST.get("device", "")) or 0
        return _page(request, devices.device_get(device_id=device_id, by=me), refusal_of(error))
    messages.success(request, _("You have taken note of this loss."))
    return redirect("web:device", seen.device_id)


def _kinds() -> dict[str, Any]:
    return {name: kind.label for name, kind in DEVICE_KINDS.items()}
