"""Sign in and out: a password, then a code where the account asks for one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate, get_user_model, login, logout
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from hezhi.edge.now import machine_now, now
from hezhi.edge.sessions import session_began
from hezhi.edge.web.actor import remember_session
from hezhi.edge.web.challenges import challenge_signed, site_of
from hezhi.edge.web.errors import TooManyTries, WrongSignIn
from hezhi.edge.web.limits import Brake
from hezhi.edge.web.provider import provider_is_set, provider_name
from hezhi.edge.web.refusals import refusal_of
from hezhi.kit.errors import HezhiError
from hezhi.spine.guard import api as guard
from hezhi.spine.people import api as people
from hezhi.spine.people.errors import SecondIsOff, WrongCode

SIGN_IN = Brake("sign-in", everywhere=100)
CODE = Brake("code", everywhere=20)
"""Who is asked for a code has the password, so few guesses are granted, from however many addresses."""
HALF_WAY = "half_way"  # in the session: [account, when the password was right, where to go on to]
FIRST = "first_password"  # in the session: the same, of who has to change a first password before coming in
HALF_WAY_SECONDS = 300


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
        if account is None or first_is_over(account):
            SIGN_IN.failed(request, username)
            raise WrongSignIn()
    except (TooManyTries, WrongSignIn) as error:
        return _sign_in_page(request, following, username, error)
    SIGN_IN.cleared(request, username)
    if account.password_until is not None:
        request.session.cycle_key()
        request.session[FIRST] = [account.pk, int(machine_now().timestamp()), following]
        return redirect("web:first_password")
    return known(request, account, following)


def first_is_over(account: AbstractBaseUser) -> bool:
    """Say whether an account's password is a first one that nobody changed in time."""
    until = account.password_until  # type: ignore[attr-defined]
    return until is not None and until <= now()


@never_cache
@sensitive_post_parameters("old", "new")
@require_http_methods(["GET", "POST"])
def first_password(request: HttpRequest) -> HttpResponse:
    """Change a first password before anything else; only then does the account come in."""
    account, following = _half_way(request, FIRST)
    if account is None or account.password_until is None or first_is_over(account):  # type: ignore[attr-defined]
        return redirect("web:sign_in")
    if request.method == "GET":
        return render(request, "web/first_password.html", {"refusal": None})
    try:
        SIGN_IN.check(request, account.get_username())
        if not account.check_password(request.POST.get("old", "")):
            SIGN_IN.failed(request, account.get_username())
            raise WrongSignIn()
        actor = replace(people.actor_for_account(account.pk, now()), grants=frozenset())
        guard.asked_by(actor)  # known by the password: may sign, and see nothing yet
        people.account_password_set(account_id=account.pk, password=request.POST.get("new", ""), by=actor, at=now())
    except HezhiError as error:
        refusal = refusal_of(error)
        return render(request, "web/first_password.html", {"refusal": refusal}, status=refusal.status)
    del request.session[FIRST]
    account.refresh_from_db()
    return known(request, account, following)


def known(request: HttpRequest, account: AbstractBaseUser, following: str) -> HttpResponse:
    """Go on with somebody whose first factor was right: to the question for a code, or in."""
    if not people.second_is_on(account.pk):
        return let_in(request, account, following)
    request.session.cycle_key()
    request.session[HALF_WAY] = [account.pk, int(machine_now().timestamp()), following]
    return redirect("web:sign_in_code")


def let_in(request: HttpRequest, account: AbstractBaseUser, following: str, *, is_strong: bool = False) -> HttpResponse:
    """Begin the session of an account and go on; ``is_strong`` where two factors were proven."""
    request.session.pop(HALF_WAY, None)
    login(request, account, backend="django.contrib.auth.backends.ModelBackend")
    session_began(request, now(), is_strong=is_strong)
    remember_session(request)
    return redirect(safe_address(request, following))


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code of the authenticator app, or a recovery code, after the password was right."""
    account, following = _half_way(request)
    if account is None:
        return redirect("web:sign_in")
    if request.method == "GET":
        return render(request, "web/sign_in_code.html", {"refusal": None})
    try:
        code_check(request, account)
    except SecondIsOff:  # switched off elsewhere in the meantime
        return redirect("web:sign_in")
    except HezhiError as error:
        status = 429 if isinstance(error, TooManyTries) else 403
        return render(request, "web/sign_in_code.html", {"refusal": refusal_of(error)}, status=status)
    return let_in(request, account, following, is_strong=True)


def code_check(request: HttpRequest, account: AbstractBaseUser) -> None:
    """Take the code a form sent for an account; wrong ones are counted.

    Raises:
        TooManyTries, WrongCode, SecondIsOff.
    """
    CODE.check(request, account.get_username())
    actor = people.actor_for_account(account.pk, now())
    guard.asked_by(replace(actor, grants=frozenset()))  # known by the password: may sign, and see nothing yet
    try:
        people.second_check(
            account_id=account.pk,
            code=request.POST.get("code", ""),
            shown_at=machine_now(),
            by=actor,
            at=now(),
        )
    except WrongCode:
        CODE.failed(request, account.get_username())
        raise
    CODE.cleared(request, account.get_username())


def _half_way(request: HttpRequest, where: str = HALF_WAY) -> tuple[AbstractBaseUser | None, str]:
    account_id, begun, following = request.session.get(where, (0, 0, ""))
    if machine_now().timestamp() - begun > HALF_WAY_SECONDS:
        return None, ""
    return get_user_model().objects.filter(pk=account_id, is_active=True).first(), following


def _sign_in_page(
    request: HttpRequest, following: str, username: str = "", error: TooManyTries | WrongSignIn | None = None
) -> HttpResponse:
    status = 200 if error is None else 429 if isinstance(error, TooManyTries) else 403
    said = {"next": following, "username": username, "refusal": refusal_of(error) if error else None, **ways(request)}
    return render(request, "web/sign_in.html", said, status=status)


def ways(request: HttpRequest) -> dict[str, Any]:
    """Return what the sign-in page shows beside the password."""
    options, challenge = people.passkey_challenge(site=site_of(request))
    name = provider_name() if provider_is_set() else ""
    return {"passkey_options": options, "challenge": challenge_signed(challenge), "provider": name}


def safe_address(request: HttpRequest, following: str) -> str:
    """Return where to go on to: only an address of this site, else the officer's own work."""
    if following and url_has_allowed_host_and_scheme(
        following, {request.get_host()}, require_https=request.is_secure()
    ):
        return following
    return reverse("web:work")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; the browser forgets what it kept of this site's pages."""
    logout(request)
    messages.info(request, _("You are signed out."))
    answer = redirect("web:home")
    answer["Clear-Site-Data"] = '"cache", "storage"'  # not "cookies": that would reach the hosts beside this one
    return answer
