"""Records that may be about one subject: a named person confirms, splits or leaves it open; nobody is named here."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hezhi.edge.now import now
from hezhi.edge.web import labels
from hezhi.edge.web.actor import by, officer
from hezhi.edge.web.refusals import Refusal, refusal_of
from hezhi.kit.errors import Invalid, Refused
from hezhi.services.entities import api as entities
from hezhi.spine.permissions.contracts import Right

PAGE_SIZE = 20


@never_cache
@require_GET
@officer(Right.RECORD_MERGE)
def link_list(request: HttpRequest) -> HttpResponse:
    """Links that wait for a person, or all of them."""
    return _page(request)


@never_cache
@require_POST
@officer(Right.RECORD_MERGE)
def link_judge(request: HttpRequest, link_id: int) -> HttpResponse:
    sent = request.POST
    try:
        entities.link_judge(
            link_id=link_id, verdict=sent.get("verdict", ""), reason=sent.get("reason", ""), by=by(request), at=now()
        )
    except (Invalid, Refused) as error:
        return _page(request, refusal_of(error))
    messages.success(request, _("The judgement is written down."))
    return redirect("web:links")


def _page(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    ask = request.GET
    is_all = ask.get("show") == "all"
    page = entities.links_page(by=by(request), is_waiting=not is_all, cursor=ask.get("cursor", ""), size=PAGE_SIZE)
    shown = {"page": page, "is_all": is_all, "verdicts": labels.LINK_VERDICTS.items(), "refusal": refusal}
    return render(request, "web/links.html", shown, status=refusal.status if refusal else 200)
