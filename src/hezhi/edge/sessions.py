"""How long a session lasts, and whether it rests on two factors: pages and the API ask here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest

from hezhi.spine.permissions.contracts import Actor

BEGAN_AT = "began_at"  # in the session: when its owner signed in
STRONG = "second"  # in the session: whether its owner proved a second factor
LASTS = timedelta(days=7)
"""However much it is used, a session ends then; unused it ends after ``SESSION_COOKIE_AGE``."""


def session_began(request: HttpRequest, at: datetime, *, is_strong: bool) -> None:
    """Note when a session began and what it rests on."""
    request.session[BEGAN_AT] = int(at.timestamp())
    request.session[STRONG] = is_strong


def session_is_over(request: HttpRequest, at: datetime) -> bool:
    """Say whether the session has lasted as long as any may."""
    began = request.session.get(BEGAN_AT)
    return began is not None and at.timestamp() - began >= LASTS.total_seconds()


def second_is_missing(request: HttpRequest) -> bool:
    """Say whether this house needs two factors and the session rests on one."""
    return settings.HEZHI.second_factor == "needed" and not request.session.get(STRONG)


def as_proven(request: HttpRequest, actor: Actor) -> Actor:
    """Return the actor, without any right where a factor is missing: enough to set one up, and to see nothing."""
    return replace(actor, grants=frozenset()) if second_is_missing(request) else actor
