"""The head of every page: where an officer may go, who they are, which language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hezhi.edge.now import now
from hezhi.edge.web.actor import actor_of, may_somewhere
from hezhi.services.notices import api as notices
from hezhi.spine.permissions.contracts import Actor, Right

register = template.Library()


@dataclass(frozen=True)
class Place:
    """One entry of the menu; ``rights`` of which one is enough, none: for every officer."""

    url_name: str
    title: str | Promise
    rights: tuple[Right, ...] = ()


PLACES = (
    Place("work", _("My work")),
    Place("alerts", _("Alerts"), (Right.ALERT_TRIAGE,)),
    Place("links", _("Links to judge"), (Right.RECORD_MERGE,)),
    Place("cases", _("Cases"), (Right.CASE_READ,)),
    Place("checks", _("Checks"), (Right.CHECK_RUN, Right.CASE_SUPERVISE)),
    Place("board", _("Supervision"), (Right.CASE_SUPERVISE, Right.CASE_COORDINATE)),
    Place("openings", _("Openings"), (Right.CASE_SUPERVISE,)),
    Place("indicators", _("Indicators"), (Right.INDICATOR_READ,)),
    Place("detectors", _("Detectors"), (Right.INDICATOR_READ,)),
    Place("reviews", _("Looked over again"), (Right.ALERT_TRIAGE, Right.CASE_SUPERVISE, Right.INDICATOR_READ)),
    Place("packs", _("Scenario packs"), (Right.PACK_READ,)),
    Place("intake", _("Intake"), (Right.SOURCE_MANAGE, Right.RECORD_READ)),
    Place("quality", _("Data quality"), (Right.SOURCE_MANAGE, Right.CASE_SUPERVISE)),
    Place("devices", _("Devices"), (Right.SOURCE_MANAGE, Right.RECORD_READ, Right.CASE_READ)),
    Place("ledger", _("Ledger"), (Right.LEDGER_VERIFY,)),
    Place("running", _("Running the house"), (Right.HOUSE_RUN,)),
)


@register.inclusion_tag("web/_nav.html", takes_context=True)
def nav(context: Any) -> dict[str, Any]:
    request = context.get("request")
    actor = actor_of(request) if request is not None else None
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "actor": actor,
        "places": _places(actor, request.path) if actor else (),
        "city_at": now() if settings.HEZHI.clock_offset_seconds else None,
        "unread": notices.unread_count(recipient=actor.ref) if actor else 0,
    }


@register.inclusion_tag("web/_emergency.html", takes_context=True)
def emergency(context: Any) -> dict[str, Any]:
    """Say on every page of somebody with emergency rights that they are in use, and until when."""
    request = context.get("request")
    actor = actor_of(request) if request is not None else None
    return {"until": actor.emergency_until if actor else None}


def _places(actor: Actor, path: str) -> list[tuple[str, str | Promise, bool]]:
    return [
        (url, place.title, path.startswith(url))
        for place in PLACES
        if (not place.rights or any(may_somewhere(actor, one) for one in place.rights))
        and (url := reverse(f"web:{place.url_name}"))
    ]
