"""Who plays which part: agencies and people looked up through the people room's door, each once.

The demo's people do not change posts during the replay, so what was looked up stays true.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from hezhi.edge.demo.dice import Dice
from hezhi.edge.demo.errors import CityMissing
from hezhi.kit.moments import city_moment, day_of
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import AgencyRow, PersonRow, Role
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("robots")


class Cast:
    """Answers for one moment in the city's life: the replay's first day."""

    def __init__(self, dice: Dice, first_day: date) -> None:
        self._dice = dice
        self._at = city_moment(first_day)
        self.actor = cache(self._actor)
        self.agency = cache(people.agency_get)
        self.agency_near = cache(self._agency_near)
        self.agency_for = cache(self._agency_for)
        self.officers = cache(self._officers)
        self.post_regions = cache(self._post_regions)
        self._on_duty = cache(self._duty_of)

    def _actor(self, person_id: int) -> Actor:
        return people.actor_get(person_id=person_id, at=self._at)

    def _agency_near(self, kind: str, region_code: str) -> AgencyRow | None:
        return people.agency_find(kind=kind, region_code=region_code, on=day_of(self._at))

    def _agency_for(self, role: Role, region_code: str) -> AgencyRow:
        found = people.agency_for_role(role=role, region_code=region_code, at=self._at)
        if found is None:
            raise CityMissing(role=role, region=region_code)
        return found

    def _officers(self, agency_id: int, role: Role | None) -> tuple[PersonRow, ...]:
        return tuple(people.officers(agency_id=agency_id, role=role, at=self._at))

    def officer(self, agency_id: int, role: Role, *words: object) -> Actor:
        """Return one holder of a role in an agency, drawn by ``words``; anybody there when nobody holds it."""
        holders = self.officers(agency_id, role) or self.officers(agency_id, None)
        if not holders:
            raise CityMissing(agency=agency_id, role=role)
        return self.actor(self._dice.one_of(holders, "officer", *words).id)

    def person_of(self, role: Role, region_code: str, *words: object) -> Actor:
        """Return a holder of a role that is responsible for a place: on a post for just this place, else any."""
        agency = self.agency_for(role, region_code)
        regions = self.post_regions(agency.id)
        here = [one for one in self.officers(agency.id, role) if regions.get(one.post_id) == region_code]
        if here:
            return self.actor(self._dice.one_of(here, "officer", *words).id)
        return self.officer(agency.id, role, *words)

    def _post_regions(self, agency_id: int) -> dict[int, str]:
        return {one.id: one.region_code for one in people.posts_of(agency_id)}

    def on_duty(self, role: Role, region_code: str, at: datetime) -> Actor:
        """Return who is on duty for a role at a place, by the roster."""
        return self._on_duty(role, self.agency_for(role, region_code).id, day_of(at))

    def _duty_of(self, role: Role, agency_id: int, on: date) -> Actor:
        found = people.on_duty(agency_id=agency_id, role=role, at=city_moment(on, 12))
        return self.actor(found.id) if found else self.officer(agency_id, role, "duty", on)

    def colleague(self, agency_id: int, person_id: int | None, *words: object) -> Actor | None:
        """Return another handler of the same agency, None where there is nobody else."""
        others = [one for one in self.officers(agency_id, Role.HANDLER) if one.id != person_id]
        return self.actor(self._dice.one_of(others, "colleague", *words).id) if others else None
