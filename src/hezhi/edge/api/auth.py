"""Who asks: an officer's session, another agency's machine, a source; and how often each may ask."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, APIKeyHeader, HttpBearer
from ninja.throttling import BaseThrottle

from hezhi.edge.api.models import Machine
from hezhi.edge.api.tally import tally_take
from hezhi.edge.now import now
from hezhi.edge.sessions import as_proven, session_is_over
from hezhi.kit.errors import HezhiError
from hezhi.spine.guard import api as guard
from hezhi.spine.people import api as people
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, ActorKind
from hezhi.spine.reads.api import FixedRead


class Session(APIKeyCookie):
    """The cookie that signing in on the site gives; changes need the site's CSRF token as well."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Actor | None:
        # WHY first: a stranger is told to sign in, not that a CSRF token is missing.
        return super().__call__(request) if self._signed_in(request) else None

    def _signed_in(self, request: HttpRequest) -> bool:
        if not request.COOKIES.get(self.param_name) or not request.user.is_authenticated:
            return False
        return not session_is_over(request, now())

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        actor = _actor(request.user.pk)
        return _asked_by(as_proven(request, actor) if actor else None)


_by_token = FixedRead(
    lambda given: Machine.objects.filter(token_hash=given("token_hash"), is_active=True, expires_at__gt=given("at"))
)


class MachineToken(HttpBearer):
    """The token of a system of another agency (``hezhi machine open``)."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        machine = _by_token.first(token_hash=token_hash(token), at=now())
        if machine is None:
            return None
        actor = _actor(machine.account_id)
        if actor is None:
            return None
        # WHY a machine even with a person's rights: what burdens someone is decided by a named person.
        machine_actor = replace(
            actor, ref=f"machine:{machine.code}", name=machine.name, kind=ActorKind.SERVICE, person_id=None
        )
        return _asked_by(permissions.only(machine_actor, machine.rights) if machine.rights else machine_actor)


class SourceToken(HttpBearer):
    """The token of a source of records; the intake room checks it together with the source's name."""

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        return token or None


class Signature(APIKeyHeader):
    """The signature of what a device sends; the devices' room checks it against the body and the device's key."""

    param_name = "X-Device-Signature"

    def authenticate(self, request: HttpRequest, key: str | None) -> str | None:
        return key or None


OFFICER = [MachineToken(), Session()]


def _actor(account_id: int) -> Actor | None:
    try:
        return people.actor_for_account(account_id, now())
    except HezhiError:  # closed, or gone: whoever shows it is not signed in
        return None


def _asked_by(actor: Actor | None) -> Actor | None:
    if actor is not None:
        guard.asked_by(actor)
    return actor


def token_hash(token: str) -> str:
    """Return how a machine's token is kept."""
    return hashlib.sha256(f"machine:{token}".encode()).hexdigest()


class Window(BaseThrottle):
    """At most ``limit`` requests a minute from one asker, whichever web process answers.

    A process takes a hundredth of them at a time, so that not every request asks the table. It may refuse that much
    too early where others took theirs, and never too late.
    """

    seconds = 60
    askers_most = 10_000

    def __init__(self, name: str, limit: int) -> None:
        self.name, self.limit = name, limit
        self._taken: dict[str, tuple[int, datetime]] = {}
        self._lock = Lock()

    def allow_request(self, request: HttpRequest) -> bool:
        who = getattr(getattr(request, "auth", None), "ref", "") or address_of(request)
        key = "api:" + hashlib.sha256(f"{self.name}:{self.limit}:{who}".encode()).hexdigest()[:32]
        at = now()
        if self._has_left(key, at):
            return True
        many = max(1, self.limit // 100)
        got, ends_at = tally_take(key, many=many, most=self.limit, span=timedelta(seconds=self.seconds), at=at)
        with self._lock:
            if len(self._taken) >= self.askers_most:
                self._taken.clear()
            self._taken[key] = got - 1, ends_at
        return got > 0

    def _has_left(self, key: str, at: datetime) -> bool:
        with self._lock:
            left, ends_at = self._taken.get(key, (0, at))
            if left <= 0 or ends_at <= at:
                return False
            self._taken[key] = left - 1, ends_at
            return True

    def wait(self) -> float:
        return self.seconds


USUAL = Window("usual", 6000)
STRANGERS = Window("strangers", 60)  # who has only a report's number and code could be guessing


def address_of(request: HttpRequest) -> str:
    """Return the address a request came from; behind the HTTPS proxy, the one the proxy itself saw.

    Only the last entry is the proxy's word; whatever stands before it the asker may have written.
    """
    asked_from = request.META.get("REMOTE_ADDR", "")
    if not settings.HEZHI.https or asked_from not in settings.HEZHI.proxies:
        return asked_from
    return request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or asked_from


def by(request: Any) -> Actor:
    """Return the actor of a request that had to sign in."""
    actor = request.auth
    assert isinstance(actor, Actor)
    return actor
