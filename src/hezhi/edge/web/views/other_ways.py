"""Other ways to sign in than a password: a passkey, and another provider."""

from __future__ import annotations

import json
from dataclasses import asdict
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hezhi.edge.now import machine_now, now
from hezhi.edge.web.actor import actor_of
from hezhi.edge.web.challenges import challenge_taken, site_of
from hezhi.edge.web.errors import NoSuchPage, NotLinked, ProviderRefused, TooManyTries
from hezhi.edge.web.limits import Brake
from hezhi.edge.web.provider import Begun, provider_begin, provider_is_set, provider_subject
from hezhi.edge.web.refusals import refusal_of
from hezhi.edge.web.views import sign_in
from hezhi.kit.errors import HezhiError
from hezhi.spine.people import api as people
from hezhi.spine.people.errors import PasskeyRefused

PASSKEY = Brake("passkey", everywhere=20)
BEGUN = "provider"  # in the session: what `provider_begin` said, and where to go on to
LINKING = "linking"  # in the session: the account to be linked, and when its password was given
LINKING_SECONDS = 300


@never_cache
@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """Let in whoever's device answered the challenge with a passkey known here."""
    answer = request.POST.get("answer", "")
    key = _key_of(answer)
    try:
        PASSKEY.check(request, key)
        try:
            challenge = challenge_taken(request)
            account = people.passkey_check(answer=answer, challenge=challenge, site=site_of(request), at=now())
        except PasskeyRefused:
            PASSKEY.failed(request, key)
            raise
    except (TooManyTries, PasskeyRefused) as error:
        return refused(request, error)
    PASSKEY.cleared(request, key)
    # A passkey is two factors: the device, and what unlocks it.
    known = get_user_model().objects.get(pk=account.id)
    return sign_in.let_in(request, known, request.POST.get("next", ""), is_strong=True)


@never_cache
@require_GET
def provider(request: HttpRequest) -> HttpResponse:
    """Send the browser to the other provider, if somebody chose that on a page of this site."""
    if not provider_is_set():
        raise NoSuchPage()
    following = request.GET.get("next", "")
    if not _chosen_here(request):
        return redirect(f"{reverse('web:sign_in')}?{urlencode({'next': following}, safe='/')}")
    try:
        begun = provider_begin(_back(request))
    except ProviderRefused as error:
        return refused(request, error)
    request.session[BEGUN] = [asdict(begun), following]
    return redirect(begun.address)


def _chosen_here(request: HttpRequest) -> bool:
    """Say whether a page of this site, or the person's own browser, asked for this address.

    WHY: a provider that knows the browser asks nothing; so another site could begin a session for its visitor.
    """
    asked_by = request.headers.get("Sec-Fetch-Site")  # old browsers, and all by plain HTTP, tell the page instead
    if asked_by is None:
        return request.headers.get("Referer", "").startswith(f"{site_of(request).origin}/")
    return asked_by in ("same-origin", "none")


@never_cache
@require_GET
def provider_back(request: HttpRequest) -> HttpResponse:
    """Let in, or link, whoever the other provider names."""
    if not provider_is_set():
        raise NoSuchPage()
    kept, linking = request.session.pop(BEGUN, None), request.session.pop(LINKING, None)
    try:
        if kept is None:
            raise ProviderRefused()
        given = {name: request.GET.get(name, "") for name in ("state", "code")}
        subject = provider_subject(begun=Begun(**kept[0]), back=_back(request), **given)
        if linking and request.user.is_authenticated:
            return _link(request, linking, subject)
        issuer = settings.HEZHI.oidc_issuer
        account = people.account_linked(issuer=issuer, subject=subject)
        if account is None or not account.is_active:
            raise NotLinked(issuer, subject)
    except HezhiError as error:
        return refused(request, error)
    return sign_in.known(request, get_user_model().objects.get(pk=account.id), kept[1])


def _link(request: HttpRequest, linking: list[int], subject: str) -> HttpResponse:
    account_id, at = linking
    actor = actor_of(request)
    if actor is None or account_id != request.user.pk or machine_now().timestamp() - at > LINKING_SECONDS:
        raise ProviderRefused()
    issuer = settings.HEZHI.oidc_issuer
    people.account_link(account_id=account_id, issuer=issuer, subject=subject, by=actor, at=now())
    messages.success(request, _("From now on you can sign in this way too."))
    return redirect("web:safety")


def refused(request: HttpRequest, error: HezhiError) -> HttpResponse:
    """Return the sign-in page with what went wrong; the password is always offered."""
    refusal = refusal_of(error)
    status = 429 if isinstance(error, TooManyTries) else refusal.status
    said = {"next": "", "username": "", "refusal": refusal, **sign_in.ways(request)}
    return render(request, "web/sign_in.html", said, status=status)


def _key_of(answer: str) -> str:
    try:
        return str(json.loads(answer)["rawId"])[:400]
    except (ValueError, TypeError, KeyError):
        return ""


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("web:provider_back"))
