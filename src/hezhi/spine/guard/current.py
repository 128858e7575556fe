"""The pass of this thread, and the text the connection sends for it."""

from __future__ import annotations

import time
from contextvars import ContextVar
from functools import lru_cache

from django.conf import settings

from hezhi.spine.guard import rules
from hezhi.spine.guard.contracts import Pass
from hezhi.spine.permissions import api as permissions

PASS: ContextVar[Pass | None] = ContextVar("pass", default=None)
"""None outside a request: processes of the operator own the tables and are not guarded."""

HOLDS_SECONDS = 600  # longer than any request lives


def text_of(told: Pass | None) -> str:
    """Return the signed pass, empty for none.

    WHY the machine's own clock: the database compares with its own, whatever day a demo lives in. The end is
    rounded up, so that one asker's pass stays the same text for a while.
    """
    if told is None:
        return ""
    return _signed(told, (int(time.time()) // HOLDS_SECONDS + 2) * HOLDS_SECONDS)


@lru_cache(maxsize=512)
def _signed(told: Pass, until: int) -> str:
    actor = told.actor
    scopes = {right: permissions.scopes(actor, right) for right in rules.GUARDED} if actor else {}
    return rules.signed(told, scopes, until, settings.PASS_KEY)
