"""An agency's people: let somebody leave, and the list of what was handed over, fit for printing."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from hezhi.edge.api.machines import machines_of
from hezhi.edge.now import now
from hezhi.edge.web.actor import by, officer
from hezhi.edge.web.refusals import Refusal, refusal_of
from hezhi.kit.errors import HezhiError
from hezhi.kit.moments import day_of
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import AgencyRow
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right


@never_cache
@require_http_methods(["GET", "POST"])
@officer(Right.STAFF_MANAGE, Right.ACCOUNT_MANAGE)
def staff(request: HttpRequest) -> HttpResponse:
    """The officers of one agency that the actor looks after, and the form by which one leaves."""
    refusal = None
    if request.method == "POST":
        try:
            given = {name: _number(request.POST.get(name, "")) for name in ("agency", "person", "successor")}
            done = people.officer_leave(
                person_id=given["person"], agency_id=given["agency"], successor_id=given["successor"] or None,
                reason=request.POST.get("reason", ""), by=by(request), at=now(),
            )  # fmt: skip
            return redirect("web:hand_over", done)
        except HezhiError as error:
            refusal = refusal_of(error)
    shown = _shown(request, refusal)
    return render(request, "web/staff.html", shown, status=refusal.status if refusal else 200)


def _shown(request: HttpRequest, refusal: Refusal | None) -> dict[str, Any]:
    agencies = agencies_looked_after(by(request))
    asked = _number(request.POST.get("agency") or request.GET.get("agency", ""))
    agency = next((one for one in agencies if one.id == asked), agencies[0] if len(agencies) == 1 else None)
    officers = people.officers(agency_id=agency.id, at=now()) if agency else []
    return {
        "agencies": agencies,
        "agency": agency,
        "officers": officers,
        "persons": {one.id: one.name for one in officers},
        "refusal": refusal,
        "typed": request.POST if refusal else {},
    }


def agencies_looked_after(actor: Actor) -> list[AgencyRow]:
    """Return the agencies whose people the actor looks after."""
    if permissions.may_everywhere(actor, Right.ACCOUNT_MANAGE):
        return people.agencies_list(on=day_of(now()))
    ids = permissions.scopes(actor, Right.STAFF_MANAGE).agency_ids
    return sorted(people.agencies_get(ids).values(), key=lambda one: one.name)


@never_cache
@require_GET
@officer()
def hand_over(request: HttpRequest, hand_over_id: int) -> HttpResponse:
    """What an officer who left held, and where each thing went."""
    row = people.hand_over_get(hand_over_id=hand_over_id, by=by(request))
    ordered_by = row.ordered_by.removeprefix("person:")
    names = people.person_names([int(ordered_by)]) if ordered_by.isdecimal() else {}
    shown = {
        "row": row,
        "ordered_by": next(iter(names.values()), row.ordered_by),
        "machines": machines_of(account_ids=row.closed_account_ids, opened_by=f"person:{row.person_id}"),
    }
    return render(request, "web/hand_over.html", shown)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0
