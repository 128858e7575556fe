"""Makes values as the city's files describe them: literals, texts with {names}, and a few drawn ways.

====================  =====================================================================
``"{street}{no}号"``   a text; names are facts at hand, else a spot drawn from ``places.yml``
``one_of: [a, b]``    one of them (each may itself be such a description)
``weights: {a: 3}``   one key, as likely as its weight
``by: x, of: {…}``    what stands under the value of the field ``x``
``between: [1, 9]``   a whole number
``chance: 0.3``       true or false
``maybe: 0.5, of: x`` ``x``, or nothing
``file: photo``       the content hash of a stored sample
``day: 2``            the day so many days after the act, as ``2026-05-04``
``now: -1``           the moment so many hours after the act, as ``2026-05-04 09:00``
====================  =====================================================================

``{no}`` is a house number; ``{plate}``, ``{phone}``, ``{person}`` and ``{token}`` are invented;
``{key}`` names the row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hezhi.edge.demo.behaviours import Spec
from hezhi.edge.demo.city import City
from hezhi.edge.demo.dice import Dice
from hezhi.edge.demo.errors import CityInvalid
from hezhi.kit.moments import CITY_ZONE, day_of

_NAME = re.compile(r"\{(\w+)\}")
_NOTHING = object()
_PLATE_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


@dataclass
class Making:
    """One row or result under way.

    Attributes:
        township: code of the township whose spots are used.
        facts: what is already known; a text's {names} are looked up here first.
        words: what the draws hang on.
        samples: name of a stored sample → content hash.
    """

    city: City
    township: str
    at: datetime
    words: tuple[object, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    samples: Mapping[str, str] = field(default_factory=dict)

    @property
    def dice(self) -> Dice:
        return self.city.dice

    def all_of(self, specs: Mapping[str, Spec]) -> dict[str, Any]:
        """Return every value that is not nothing, in the written order; later ones may name earlier ones."""
        made = {}
        for name, spec in specs.items():
            value = self._value(spec, name)
            if value is not _NOTHING:
                made[name] = self.facts[name] = value
        return made

    def text(self, template: str, name: str = "text") -> str:
        return str(self._value(template, name))

    def _value(self, spec: Spec, name: str) -> Any:
        if isinstance(spec, str):
            return _NAME.sub(lambda found: str(self._named(found[1], name)), spec)
        return self._drawn_way(spec, name) if isinstance(spec, dict) else spec

    def _drawn_way(self, spec: Mapping[str, Any], name: str) -> Any:
        words = (*self.words, name)
        match spec:
            case {"day": _} | {"now": _}:
                return self._dated(spec)
            case {"one_of": things}:
                return self._value(self.dice.one_of(things, *words, "one"), name)
            case {"weights": weights}:
                return self._value(self.dice.weighted(weights, *words, "weights"), name)
            case {"by": other, "of": choices}:
                return self._value(choices[self.facts[other]], name)
            case {"between": [low, high]}:
                return self.dice.between(low, high, *words, "between")
            case {"chance": share}:
                return self.dice.roll(*words, "chance") < share
            case {"maybe": share, "of": inner}:
                return self._value(inner, name) if self.dice.roll(*words, "maybe") < share else _NOTHING
            case {"file": sample}:
                return self.samples[sample]
        raise CityInvalid(f"{name}: cannot be made from {spec!r}")

    def _dated(self, spec: Mapping[str, Any]) -> str:
        if "day" in spec:
            return (day_of(self.at) + timedelta(days=spec["day"])).isoformat()
        return (self.at + timedelta(hours=spec["now"])).astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M")

    def _named(self, wanted: str, field_name: str) -> Any:
        if wanted not in self.facts:
            self.facts[wanted] = self._drawn(wanted, field_name)
        return self.facts[wanted]

    def _drawn(self, wanted: str, field_name: str) -> Any:
        words = (*self.words, "named", wanted)
        spots = self.city.places.townships.get(self.township, {}).get(wanted) or self.city.places.common.get(wanted)
        if spots:
            return self.dice.one_of(spots, *words)
        if wanted == "no":
            return self.dice.between(1, 189, *words)
        if wanted == "plate":
            signs = (self.dice.one_of(_PLATE_SIGNS, *words, place) for place in range(5))
            return self.city.file.plate_prefix + "".join(signs)
        if wanted == "token":  # a small pool, so that some vehicles come again
            return f"{self.dice.number(2**60, 'token', self.township, self.dice.number(40, *words)):016x}"
        if wanted == "phone":
            return f"1540000{self.dice.number(10000, *words):04d}"
        if wanted == "person":
            names = self.city.names
            return self.dice.one_of(names.family, *words, "family") + self.dice.one_of(names.given, *words, "given")
        raise CityInvalid(f"{field_name}: nothing is called {{{wanted}}}")
