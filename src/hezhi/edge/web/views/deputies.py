"""Deputies: who stands in for oneself, and acting in another's post for a time."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from hezhi.edge.now import now
from hezhi.edge.web.actor import STANDS_IN, by, officer
from hezhi.edge.web.errors import NoSuchPage
from hezhi.edge.web.refusals import refusal_of
from hezhi.edge.web.views.account import account_page
from hezhi.kit.errors import HezhiError
from hezhi.kit.moments import day_ends_at, day_of, day_starts_at
from hezhi.spine.people import api as people
from hezhi.spine.people.errors import PeopleInvalid


@never_cache
@require_POST
@officer()
def deputies(request: HttpRequest) -> HttpResponse:
    """Name or end a deputy, act in another's post, or in the own ones again; a form names the act."""
    act = ACTS.get(request.POST.get("act", ""))
    try:
        if act is None or by(request).person_id is None:
            raise NoSuchPage()
        act(request)
    except HezhiError as error:
        return account_page(request, refusal_of(error))
    return redirect("web:account")


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def _day(request: HttpRequest, name: str) -> date:
    try:
        return date.fromisoformat(request.POST.get(name, ""))
    except ValueError as broken:
        raise PeopleInvalid(findings=(f"{name}: no day",)) from broken


def _name(request: HttpRequest) -> None:
    me, at = by(request), now()
    assert me.person_id is not None
    post, _sep, deputy = request.POST.get("who", "").partition(":")
    if not (post.isdecimal() and deputy.isdecimal() and len(post + deputy) < 30):
        raise PeopleInvalid(findings=("who: nobody was chosen",))
    people.deputy_name(
        person_id=me.person_id, post_id=int(post), deputy_id=int(deputy), from_at=_from(_day(request, "from_on"), at),
        to_at=day_ends_at(_day(request, "to_on")), by=me, at=at,
    )  # fmt: skip
    messages.success(request, _("Your deputy is named; it ends by itself."))


def _from(first: date, at: datetime) -> datetime:
    """From the day's beginning, today from now on."""
    return at if first == day_of(at) else day_starts_at(first)


def _end(request: HttpRequest) -> None:
    people.deputy_end(deputy_id=_number(request, "deputy"), by=by(request), at=now())
    messages.success(request, _("Nobody stands in there any more."))


def _stand_in(request: HttpRequest) -> None:
    me, span = by(request), _number(request, "deputy")
    assert me.person_id is not None
    acting = people.actor_standing_in(deputy_id=span, person_id=me.person_id, at=now())
    request.session[STANDS_IN] = span
    messages.success(request, _("You now act as %(name)s; every act says so.") % {"name": acting.name})


def _stand_back(request: HttpRequest) -> None:
    request.session.pop(STANDS_IN, None)
    messages.success(request, _("You act in your own posts again."))


ACTS = {"name": _name, "end": _end, "stand_in": _stand_in, "stand_back": _stand_back}
