"""Who asks: from the signed-in account to the actor that every door wants, and who may see which page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hezhi.edge.now import now
from hezhi.edge.sessions import BEGAN_AT, as_proven, second_is_missing, session_is_over
from hezhi.spine.guard import api as guard
from hezhi.spine.people import api as people
from hezhi.spine.people.errors import DeputyNotFound, PersonNotFound
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.permissions.errors import NotAllowed

View = Callable[..., HttpResponse]
USED_AT = "used_at"  # in the session: when it was last written down that it is in use
USED_EVERY = 300  # seconds
STANDS_IN = "deputy_id"  # in the session: the span in which one acts in another's post, where one chose to
SETS_UP = "safety"  # the page on which a second factor is set up
ACTING_FOR = "agency_id"  # in the session: the agency acted for, where a person has posts in several


def actor_of(request: HttpRequest) -> Actor | None:
    """Return the actor of a request, None for a stranger. Asked once per request."""
    if not hasattr(request, "_hezhi_actor"):
        actor = _find(request)
        request._hezhi_actor = actor = as_proven(request, actor) if actor else None  # type: ignore[attr-defined]
        if actor is not None:
            guard.asked_by(actor)
    return request._hezhi_actor  # type: ignore[attr-defined]


def names_of(refs: Iterable[str]) -> dict[str, str]:
    """Return the name of each officer by reference; systems stand under their own. One query."""
    told = set(refs)
    ids = {ref: int(ref.removeprefix("person:")) for ref in told if ref.startswith("person:")}
    names = people.person_names(set(ids.values()))
    return {ref: names.get(ids[ref], "") if ref in ids else ref for ref in told}


def _find(request: HttpRequest) -> Actor | None:
    if not hasattr(request, "user") or not request.user.is_authenticated:  # refused before anybody was looked up
        return None
    if session_is_over(request, now()):
        logout(request)
        return None
    _note_use(request)
    chosen, person_id = request.session.get(ACTING_FOR), request.user.person_id
    span = request.session.get(STANDS_IN)
    if span and person_id:
        try:
            return people.actor_standing_in(deputy_id=span, person_id=person_id, at=now())
        except DeputyNotFound:  # it is over
            del request.session[STANDS_IN]
    if chosen and person_id:
        try:
            return people.actor_get(person_id=person_id, at=now(), agency_id=chosen)
        except PersonNotFound:  # the post ended since
            del request.session[ACTING_FOR]
    return people.actor_for_account(request.user.pk, now())


def actor_again(request: HttpRequest) -> Actor:
    """Return the actor anew, for what an act of this very request changed about it."""
    del request._hezhi_actor  # type: ignore[attr-defined]
    return by(request)


def remember_session(request: HttpRequest) -> None:
    """Write down whose session this is, once somebody is signed in with it."""
    request.session[USED_AT] = int(now().timestamp())
    people.session_begin(
        account_id=request.user.pk,  # type: ignore[arg-type]
        session_key=request.session.session_key or "",
        browser=request.META.get("HTTP_USER_AGENT", ""),
        at=now(),
    )


def _note_use(request: HttpRequest) -> None:
    at = now()
    # A session without the mark was not begun by signing in here, and is in no list.
    if at.timestamp() - request.session.get(USED_AT, at.timestamp()) >= USED_EVERY:
        request.session[USED_AT] = int(at.timestamp())
        request.session.setdefault(BEGAN_AT, int(at.timestamp()))
        people.session_used(session_key=request.session.session_key or "", at=at)


def officer(*rights: Right) -> Callable[[View], View]:
    """Open a page to officers: a stranger is led to sign in, an officer with none of ``rights`` is refused.

    Without rights every signed-in officer may come in. The rows on the page are narrowed by the rooms.
    """

    def opened(view: View) -> View:
        @wraps(view)
        def looked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = actor_of(request)
            if actor is None:
                return redirect_to_login(request.get_full_path())
            if second_is_missing(request) and request.resolver_match.url_name != SETS_UP:  # type: ignore[union-attr]
                messages.warning(request, _("This house asks for a second factor. Set one up here to go on."))
                return redirect(f"web:{SETS_UP}")
            if rights and not any(may_somewhere(actor, right) for right in rights):
                raise NotAllowed(right=str(rights[0]))
            return view(request, *args, **kwargs)

        looked.rights = rights  # type: ignore[attr-defined]
        return looked

    return opened


def may_somewhere(actor: Actor, right: Right) -> bool:
    """Say whether the actor has a right over anything at all."""
    return not permissions.scopes(actor, right).is_empty


def by(request: HttpRequest) -> Actor:
    """Return the actor of an officer's page."""
    actor = actor_of(request)
    assert actor is not None
    return actor
