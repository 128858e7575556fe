"""What an account signs in with besides its password, and where it is signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyotp
import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from hezhi.edge.now import machine_now, now
from hezhi.edge.sessions import STRONG
from hezhi.edge.web.actor import by, officer
from hezhi.edge.web.browsers import browser_words
from hezhi.edge.web.challenges import challenge_signed, challenge_taken, site_of
from hezhi.edge.web.errors import NoSuchPage, WrongSignIn
from hezhi.edge.web.provider import provider_is_set, provider_name
from hezhi.edge.web.refusals import refusal_of
from hezhi.edge.web.views.other_ways import LINKING
from hezhi.edge.web.views.sign_in import CODE, SIGN_IN
from hezhi.kit.errors import HezhiError
from hezhi.spine.people import api as people
from hezhi.spine.people.errors import WrongCode

Shown = dict[str, Any]


@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
@officer()
def safety(request: HttpRequest) -> HttpResponse:
    """One's second step and sessions; a form names the act it asks for."""
    refusal, shown = None, {}
    if request.method == "POST":
        try:
            act = ACTS.get(request.POST.get("act", ""))
            if act is None:
                raise NoSuchPage()
            shown = act(request)
            if not shown:
                return redirect("web:safety")
        except HezhiError as error:
            refusal = refusal_of(error)
            if isinstance(error, WrongCode) and request.POST.get("act") == "second_confirm":
                shown = _secret_shown(request, request.POST.get("secret", ""))
    account_id: int = request.user.pk  # type: ignore[assignment]
    sessions = people.sessions_of(account_id=account_id, by=by(request))
    page = {
        "refusal": refusal,
        "second_on": people.second_is_on(account_id),
        "recovery_left": people.recovery_left(account_id),
        "sessions": [(one, browser_words(one.browser)) for one in sessions],
        "passkeys": people.passkey_list(account_id=account_id, by=by(request)),
        "links": people.links_of(account_id=account_id, by=by(request)),
        "provider": provider_name() if provider_is_set() else "",
        "this_key": request.session.session_key,
        **_passkey_asked(request),
        **shown,
    }
    return render(request, "web/safety.html", page, status=refusal.status if refusal else 200)


def _second_begin(request: HttpRequest) -> Shown:
    _password_check(request)
    return _secret_shown(request, people.second_begin(account_id=request.user.pk, by=by(request)))


def _secret_shown(request: HttpRequest, secret: str) -> Shown:
    address = pyotp.TOTP(secret).provisioning_uri(name=request.user.get_username(), issuer_name=_("Hezhi"))
    drawn = segno.make(address).svg_inline(scale=4, border=4, dark="#000", light="#fff")
    return {"secret": secret, "drawn": mark_safe(drawn)}  # noqa: S308 (segno draws squares, no text of anybody's)


def _second_confirm(request: HttpRequest) -> Shown:
    codes = people.second_confirm(**_code(request))
    request.session[STRONG] = True
    messages.success(request, _("From now on signing in asks for a code."))
    return {"codes": codes}


def _second_off(request: HttpRequest) -> Shown:
    _password_check(request)
    username = request.user.get_username()
    CODE.check(request, username)
    try:
        people.second_off(**_code(request))
    except WrongCode:
        CODE.failed(request, username)
        raise
    request.session[STRONG] = False
    messages.success(request, _("Signing in no longer asks for a code."))
    return {}


def _passkey_asked(request: HttpRequest) -> Shown:
    options, challenge = people.passkey_ask(account_id=request.user.pk, site=site_of(request), by=by(request))
    return {"passkey_options": options, "challenge": challenge_signed(challenge)}


def _passkey_add(request: HttpRequest) -> Shown:
    _password_check(request)
    people.passkey_add(
        account_id=request.user.pk,
        answer=request.POST.get("answer", ""),
        challenge=challenge_taken(request),
        site=site_of(request),
        name=request.POST.get("name", ""),
        by=by(request),
        at=now(),
    )
    messages.success(request, _("From now on you can sign in with this passkey."))
    return {}


def _passkey_remove(request: HttpRequest) -> Shown:
    _password_check(request)
    wanted = _number(request, "passkey")
    people.passkey_remove(account_id=request.user.pk, passkey_id=wanted, by=by(request), at=now())
    messages.success(request, _("The passkey was removed."))
    return {}


def _link_begin(request: HttpRequest) -> Shown:
    _password_check(request)
    request.session[LINKING] = [request.user.pk, int(machine_now().timestamp())]
    return {"linking": True}


def _unlink(request: HttpRequest) -> Shown:
    wanted = _number(request, "link")
    people.account_unlink(account_id=request.user.pk, link_id=wanted, by=by(request), at=now())
    return {}


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _session_end(request: HttpRequest) -> Shown:
    _sessions_end(request, only_id=_number(request, "session"))
    return {}


def _sessions_end_others(request: HttpRequest) -> Shown:
    _sessions_end(request)
    return {}


def _sessions_end(request: HttpRequest, only_id: int | None = None) -> None:
    this = request.session.session_key or ""
    people.sessions_end(account_id=request.user.pk, only_id=only_id, but_key=this, by=by(request), at=now())
    messages.success(request, _("That browser has to sign in again."))


def _code(request: HttpRequest) -> dict[str, Any]:
    code = request.POST.get("code", "")
    return {"account_id": request.user.pk, "code": code, "shown_at": machine_now(), "by": by(request), "at": now()}


def _password_check(request: HttpRequest) -> None:
    """Return only if the form carries the account's password: an open desk must not change who gets in."""
    username = request.user.get_username()
    SIGN_IN.check(request, username)
    if not request.user.check_password(request.POST.get("password", "")):  # type: ignore[union-attr]
        SIGN_IN.failed(request, username)
        raise WrongSignIn()
    SIGN_IN.cleared(request, username)


ACTS: dict[str, Callable[[HttpRequest], Shown]] = {
    "second_begin": _second_begin,
    "second_confirm": _second_confirm,
    "second_off": _second_off,
    "passkey_add": _passkey_add,
    "passkey_remove": _passkey_remove,
    "link_begin": _link_begin,
    "unlink": _unlink,
    "session_end": _session_end,
    "sessions_end_others": _sessions_end_others,
}
