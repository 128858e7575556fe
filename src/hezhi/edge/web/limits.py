"""A simple brake on guessing: so many failures per window, counted for all web processes together."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest

from hezhi.edge.api.auth import address_of
from hezhi.edge.api.tally import tallies_get, tally_add, tally_drop
from hezhi.edge.now import now
from hezhi.edge.web.errors import TooManyTries

WINDOW = timedelta(minutes=15)


@dataclass(frozen=True)
class Brake:
    """``per_name`` failures for one address and one name, ``per_address`` for one address in all.

    ``everywhere``: for one name from all addresses together; 0 sets no such bound. Success forgets only the first
    count, so that a guesser is not let go on because the owner came in.
    """

    what: str
    per_name: int = 8
    per_address: int = 60
    everywhere: int = 0

    def check(self, request: HttpRequest, name: str) -> None:
        """Raise `TooManyTries` when the window is used up."""
        counts = tallies_get(self._keys(request, name), at=now())
        bounds = (self.per_name, self.per_address, self.everywhere)
        if any(count >= bound for count, bound in zip(counts, bounds, strict=False)):
            raise TooManyTries()

    def failed(self, request: HttpRequest, name: str) -> None:
        """Count one failure."""
        for key in self._keys(request, name):
            tally_add(key, span=WINDOW, at=now())

    def cleared(self, request: HttpRequest, name: str) -> None:
        """Forget the failures under a name after it succeeded."""
        tally_drop(self._keys(request, name)[0])

    def _keys(self, request: HttpRequest, name: str) -> tuple[str, ...]:
        address, name = address_of(request), name.casefold()
        keys = _key(self.what, address, name), _key(self.what, address)
        return (*keys, _key(self.what, "", name)) if self.everywhere else keys


def _key(*parts: str) -> str:
    # Hashed: keys must be short, and need not hold names.
    return "brake:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
