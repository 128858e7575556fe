"""Sign in, sign out, one's own account and notices."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hezhi.edge.now import now
from hezhi.edge.web.actor import ACTING_FOR, by, officer
from hezhi.edge.web.errors import TooManyTries, WrongSignIn
from hezhi.edge.web.limits import Brake
from hezhi.edge.web.refusals import refusal_of
from hezhi.kit.errors import HezhiError
from hezhi.services.notices import api as notices
from hezhi.spine.people import api as people

SIGN_IN = Brake("sign-in")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Let an officer in; says the same of an unknown name and a wrong password."""
    if request.method == "GET":
        return _sign_in_page(request, request.GET.get("next", ""))
    username, following = request.POST.get("username", "").strip(), request.POST.get("next", "")
    try:
        SIGN_IN.check(request, username)
        account = authenticate(request, username=username, password=request.POST.get("password", ""))
        if account is None:
            SIGN_IN.failed(request, username)
            raise WrongSignIn()
    except (TooManyTries, WrongSignIn) as error:
        return _sign_in_page(request, following, username, error)
    SIGN_IN.cleared(request, username)
    login(request, account)
    return redirect(_safe(request, following))


def _sign_in_page(
    request: HttpRequest, following: str, username: str = "", error: TooManyTries | WrongSignIn | None = None
) -> HttpResponse:
    status = 200 if error is None else 429 if isinstance(error, TooManyTries) else 403
    said = {"next": following, "username": username, "refusal": refusal_of(error) if error else None}
    return render(request, "web/sign_in.html", said, status=status)


def _safe(request: HttpRequest, following: str) -> str:
    """Return where to go on to: only an address of this site, else the officer's own work."""
    if following and url_has_allowed_host_and_scheme(
        following, {request.get_host()}, require_https=request.is_secure()
    ):
        return following
    return reverse("web:work")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.info(request, _("You are signed out."))
    return redirect("web:home")


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
    me, at = by(request), now()
    posts = people.person_posts(me.person_id, at=at) if me.person_id is not None else []
    refusal = None
    if request.method == "POST":
        try:
            return _account_act(request, {one.agency_id for one in posts})
        except HezhiError as error:
            refusal = refusal_of(error)
    return render(
        request,
        "web/account.html",
        {
            "actor": me,
            "posts": posts,
            "refusal": refusal,
            "typed": request.POST if refusal and "email" in request.POST else request.user,
            "agencies": {one.agency_id: one.agency_name for one in posts},
        },
        status=refusal.status if refusal else 200,
    )


def _account_act(request: HttpRequest, agencies: set[int]) -> HttpResponse:
    chosen = request.POST.get("agency", "")
    if chosen.isdecimal() and int(chosen) in agencies:
        request.session[ACTING_FOR] = int(chosen)
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
    messages.success(request, _("The new password holds from now on."))
    return redirect("web:account")
