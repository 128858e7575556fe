"""A simple brake on guessing: so many failures per window, counted in the cache of the web process.

LIMIT: the count is per web process; with two of them a guesser has twice the tries, which a password of
ten characters or a code of a report stands with ease.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest

from hezhi.edge.web.errors import TooManyTries

WINDOW_SECONDS = 15 * 60


@dataclass(frozen=True)
class Brake:
    """``per_name`` failures for one address and one name, ``per_address`` for one address in all."""

    what: str
    per_name: int = 8
    per_address: int = 60

    def check(self, request: HttpRequest, name: str) -> None:
        """Raise `TooManyTries` when the window is used up."""
        counts = [cache.get(key, 0) for key in self._keys(request, name)]
        if counts[0] >= self.per_name or counts[1] >= self.per_address:
            raise TooManyTries()

    def failed(self, request: HttpRequest, name: str) -> None:
        """Count one failure."""
        for key in self._keys(request, name):
            if not cache.add(key, 1, WINDOW_SECONDS):
                cache.incr(key)

    def cleared(self, request: HttpRequest, name: str) -> None:
        """Forget the failures under a name after it succeeded."""
        cache.delete(self._keys(request, name)[0])

    def _keys(self, request: HttpRequest, name: str) -> tuple[str, str]:
        address = request.META.get("REMOTE_ADDR", "")
        return (_key(self.what, address, name.casefold()), _key(self.what, address))


def _key(*parts: str) -> str:
    # Hashed: cache keys must be short and plain, and need not hold names.
    return "brake:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
