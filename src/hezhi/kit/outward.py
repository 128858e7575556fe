"""Calls to other machines, all made here. Whom to call comes from the operator's settings, never from a request.

No redirect is followed: who was named answers, or nobody does; so no answer can send a call elsewhere.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx

CallFailed = httpx.HTTPError  # whatever goes wrong with a call, its answer's status included


def call(method: str, address: str, *, seconds: float, **rest: Any) -> httpx.Response:
    """Return what ``address`` answers, a redirect too, which stays unfollowed.

    Raises:
        CallFailed: nobody answers in time, or the address is no http or https one.
    """
    # httpx itself refuses every scheme but http and https.
    return httpx.request(method, address, timeout=seconds, follow_redirects=False, **rest)


def session_for_others() -> Any:
    """Return a session for a library that makes its own calls: no redirect, no proxy of the environment."""
    import requests

    session = requests.Session()
    session.trust_env, session.max_redirects = False, 0
    return session


def like(address: str, named: str) -> str:
    """Return ``address``, which the machine at ``named`` told, if it is reached over the same scheme.

    Raises:
        ValueError: it has another scheme (plain http instead of https, javascript:), no host, or a password in it.
    """
    told = urlsplit(address)
    if told.scheme != urlsplit(named).scheme or not told.hostname or "@" in told.netloc:
        raise ValueError("an address of another kind than the one it was told by")
    return address
