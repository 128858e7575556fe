"""What stands out among openings of masked fields: for supervisors, to look at; it decides nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from hezhi.edge.now import now
from hezhi.edge.web.actor import by, officer
from hezhi.edge.web.refusals import refusal_of
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.errors import PeriodInvalid
from hezhi.spine.permissions.contracts import Right


@never_cache
@require_GET
@officer(Right.CASE_SUPERVISE)
def openings(request: HttpRequest) -> HttpResponse:
    """Openings by officer in a period, the last 30 days by default."""
    me, at, refusal = by(request), now(), None
    try:
        asked = {name: _day(request.GET.get(name, "")) for name in ("from_on", "to_on")}
        found = intake.openings_patterns(by=me, at=at, **asked)
    except PeriodInvalid as error:
        refusal, found = refusal_of(error), intake.openings_patterns(by=me, at=at)
    shown: dict[str, Any] = {"found": found, "refusal": refusal, "thresholds": intake.THRESHOLDS}
    return render(request, "web/openings.html", shown, status=refusal.status if refusal else 200)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise PeriodInvalid(day=text[:20]) from None
