"""A small town at work, with a browser for everyone, for tests of pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from hezhi.edge.now import now
from hezhi.edge.stories.town import OFFICE, VILLAGE, Town, town_make
from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertFilter, AlertRow
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Receipt
from hezhi.kit.moments import day_of
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import OfficerSeed, Role
from hezhi.spine.people.models import Account
from hezhi.spine.permissions.contracts import Actor

PACK = "zombie_vehicles"
VALUES: Mapping[str, Any] = {
    "spot": "和畅苑3幢南侧",
    "region": VILLAGE,
    "standing_on": "compound",
    "happened_at": "2026-03-02 08:50",
    "found_by": "citizen",
    "vehicle": "白色轿车",
    "blocks": True,
    "wrecked": False,
    "contact_phone": "13900000102",
}
"""One report that is complete; the compound makes the housing bureau lead, the township its co-handler."""


@dataclass
class Office:
    """The town, its pack, and signed-in browsers by role or kind of agency."""

    pack: Pack
    town: Town
    clients: dict[str, Client] = field(default_factory=dict)

    def actor(self, name: str) -> Actor:
        return self.town.actor(name, now())

    def client(self, name: str) -> Client:
        """Return the browser of whoever holds a role, or handles for a kind of agency; "" for a stranger."""
        if name not in self.clients:
            self.clients[name] = Client()
            if name:
                self.clients[name].force_login(Account.objects.get(person_id=self.town.persons[name]))
        return self.clients[name]

    def town_name(self, kind: str) -> str:
        """Return the name of the town's agency of a kind."""
        return people.agency_get(self.town.agencies[kind]).name

    def reported(self, key: str = "k1", **changed: Any) -> Receipt:
        """Take in one report of a citizen."""
        by = Actor.citizen("test")
        return intake.record_report(pack_id=PACK, kind="report", values={**VALUES, **changed}, by=by, at=now(), key=key)

    def alerted(self, key: str = "k1", **changed: Any) -> AlertRow:
        """Take in one report; return the alert it raised or joined."""
        receipt = self.reported(key, **changed)
        page = alerts.alert_page(by=self.actor("duty_officer"), wanted=AlertFilter())
        return next(one for one in page if receipt.record.id in one.record_ids)

    def opened(self, key: str = "k1", **changed: Any) -> CaseRow:
        """Take in one report and confirm its alert; return the case."""
        alert = self.alerted(key, **changed)
        by = self.actor("duty_officer")
        done = alerts.alert_confirm(
            alert_id=alert.id, matter=str(changed.get("standing_on", "compound")), by=by, at=now()
        )
        assert done.case_id is not None
        return cases.case_get(case_id=done.case_id, by=Actor.system("test"))


def office_make(at: datetime | None = None) -> Office:
    """Write the town, with an analyst and an operator beside the story's people."""
    at = at or now() - timedelta(hours=1)
    pack = packkit.shelf().get(PACK)
    town = town_make(pack, at)
    extra = [
        OfficerSeed(f"story.{role}", f"岗位{role}", f"story-{OFFICE}", role) for role in (Role.ANALYST, Role.OPERATOR)
    ]
    people.people_load(agencies=[], officers=extra, from_on=day_of(at), by=Actor.system("test"), at=at)
    for role in (Role.ANALYST, Role.OPERATOR):
        found = people.officers(agency_id=town.agencies[OFFICE], role=role, at=now())
        town.persons[str(role)] = found[0].id
    return Office(pack, town)


@pytest.fixture
def office(db: None) -> Office:
    """A town made an hour ago, for the pack with the most parts."""
    return office_make()
