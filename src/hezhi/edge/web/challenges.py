"""Challenges for passkeys: carried by the form itself, signed, good for five minutes and for one answer."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from urllib.parse import urlsplit

from django.core import signing
from django.http import HttpRequest

from hezhi.edge.api.tally import tally_add
from hezhi.edge.now import now
from hezhi.spine.people.contracts import Site
from hezhi.spine.people.errors import PasskeyRefused

SALT = "hezhi.passkey"
SECONDS = 300


def site_of(request: HttpRequest) -> Site:
    """Return the site as the browser sees it; Django has checked the host against the allowed ones."""
    host = request.get_host()
    return Site(urlsplit(f"//{host}").hostname or "", f"{request.scheme}://{host}")


def challenge_signed(challenge: bytes) -> str:
    """Return a challenge as the form carries it."""
    return signing.dumps(challenge.hex(), salt=SALT)


def challenge_taken(request: HttpRequest) -> bytes:
    """Return the challenge of a sent form, once.

    Raises:
        PasskeyRefused: it is not ours, too old, or was answered before.
    """
    carried = request.POST.get("challenge", "")
    try:
        challenge = bytes.fromhex(signing.loads(carried, salt=SALT, max_age=SECONDS))
    except (signing.BadSignature, ValueError):
        raise PasskeyRefused(why="challenge") from None
    key = "passkey:" + hashlib.sha256(challenge).hexdigest()[:32]
    if tally_add(key, span=timedelta(seconds=2 * SECONDS), at=now()) > 1:
        raise PasskeyRefused(why="answered before")
    return challenge
