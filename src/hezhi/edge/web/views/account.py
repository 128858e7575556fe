"""One's own account and notices."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hezhi.edge.now import now
from hezhi.edge.web.actor import ACTING_FOR, by, may_somewhere, officer, remember_session
from hezhi.edge.web.errors import WrongSignIn
from hezhi.edge.web.refusals import Refusal, refusal_of
from hezhi.kit.errors import HezhiError
from hezhi.kit.moments import day_of
from hezhi.kit.paging import number_read
from hezhi.services.notices import api as notices
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import PersonRow
from hezhi.spine.permissions.contracts import Actor, Right


@require_GET
@officer()
def notices_list(request: HttpRequest) -> HttpResponse:
    """What the house told this officer, newest first."""
    page = notices.notices_page(recipient=by(request).ref, cursor=request.GET.get("cursor", ""))
    return render(request, "web/notices.html", {"page": page})


@require_POST
@officer()
def notices_read(request: HttpRequest) -> HttpResponse:
    notices.notices_read(by=by(request), at=now())
    return redirect("web:notices")


@never_cache
@sensitive_post_parameters("old", "new")
@require_http_methods(["GET", "POST"])
@officer()
def account_show(request: HttpRequest) -> HttpResponse:
    """One's posts and rights; choose the agency to act for, where messages go, or a new password."""
    refusal = None
    if request.method == "POST":
        try:
            return _account_act(request)
        except HezhiError as error:
            refusal = refusal_of(error)
    return account_page(request, refusal)


def _posts(me: Actor) -> list[PersonRow]:
    return people.person_posts(me.person_id, at=now()) if me.person_id is not None else []


def account_page(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    """Return the page, with what was refused just now where something was."""
    me, at = by(request), now()
    posts = _posts(me)
    spans = people.deputies_of(me.person_id, at=at) if me.person_id is not None else []
    fit = [
        (f"{post.post_id}:{id_}", name, post)
        for post in posts
        for id_, name in people.deputies_fit(post.post_id, person_id=post.id, at=at)
    ]
    return render(
        request,
        "web/account.html",
        {
            "actor": me,
            "posts": posts,
            "refusal": refusal,
            "typed": request.POST if refusal and "email" in request.POST else request.user,
            "deputies": [one for one in spans if one.person_id == me.person_id],
            "standing": [one for one in spans if one.deputy_id == me.person_id],
            "at": at,
            "fit": fit,
            "today": day_of(at),
            "looks_after": may_somewhere(me, Right.STAFF_MANAGE) or may_somewhere(me, Right.ACCOUNT_MANAGE),
            "agencies": {one.agency_id: one.agency_name for one in posts},
        },
        status=refusal.status if refusal else 200,
    )


def _account_act(request: HttpRequest) -> HttpResponse:
    chosen = number_read(request.POST.get("agency", ""))
    if chosen in {one.agency_id for one in _posts(by(request))}:
        request.session[ACTING_FOR] = chosen
        messages.success(request, _("You now act for this agency."))
        return redirect("web:account")
    if "email" in request.POST:
        people.account_contact_set(
            account_id=request.user.pk,  # type: ignore[arg-type]
            email=request.POST["email"].strip(),
            phone=request.POST.get("phone", "").strip(),
            wants_mail=request.POST.get("wants_mail") == "true",
            wants_sms=request.POST.get("wants_sms") == "true",
            by=by(request),
            at=now(),
        )
        messages.success(request, _("Messages for you go there from now on."))
        return redirect("web:account")
    if not request.user.check_password(request.POST.get("old", "")):  # type: ignore[union-attr]
        raise WrongSignIn()
    people.account_password_set(
        account_id=request.user.pk, password=request.POST.get("new", ""), by=by(request), at=now()
    )
    request.user.refresh_from_db()  # type: ignore[union-attr]
    update_session_auth_hash(request, request.user)  # type: ignore[arg-type]
    remember_session(request)
    messages.success(request, _("The new password holds from now on."))
    return redirect("web:account")
