"""A small town with accounts, for tests of pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.test import Client

from hezhi.edge.stories.town import Town, town_make
from hezhi.edge.web.now import now
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.spine.people import api as people
from hezhi.spine.people.models import Account
from hezhi.spine.permissions.contracts import Actor

PACK = "zombie_vehicles"


@dataclass
class Office:
    """The town, its pack, and signed-in browsers by role or kind of agency."""

    pack: Pack
    town: Town
    clients: dict[str, Client] = field(default_factory=dict)

    def actor(self, name: str) -> Actor:
        return self.town.actor(name, now())

    def town_name(self, kind: str) -> str:
        """Return the name of the town's agency of a kind."""
        return people.agency_get(self.town.agencies[kind]).name

    def client(self, name: str) -> Client:
        """Return the browser of whoever holds a role, or handles for a kind of agency."""
        if name not in self.clients:
            account = Account.objects.get(person_id=self.town.persons[name])
            self.clients[name] = Client()
            self.clients[name].force_login(account)
        return self.clients[name]


@pytest.fixture
def office(db: None) -> Office:
    """A town made this very moment, for the pack with the most parts."""
    pack = packkit.shelf().get(PACK)
    made = town_make(pack, now() - timedelta(hours=1))
    return Office(pack, made)
