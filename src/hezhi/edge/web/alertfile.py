"""Everything one alert page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from hezhi.edge.web.casefile import Reported, facts_of
from hezhi.edge.web.places import place_names
from hezhi.edge.web.sentences import Names, Told, refs_in, told
from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertRow
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import DuplicateOffer, MatterSuggestion
from hezhi.kit.errors import NotFound
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Matter, Pack
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor

RECORDS_SHOWN = 10


@dataclass(frozen=True)
class Offer:
    """A suggested kind of matter with its label."""

    matter: str
    label: Matter
    confidence_share: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class AlertFile:
    """One alert as ``by`` sees it at ``at``."""

    alert: AlertRow
    by: Actor
    at: datetime
    pack: Pack

    @cached_property
    def records(self) -> tuple[Reported, ...]:
        """Its first records, oldest first; a storm of hundreds is counted, not listed."""
        found = intake.records_get(record_ids=self.alert.record_ids[:RECORDS_SHOWN])
        return tuple(Reported(one, facts_of(self.pack, one, {})) for one in found)

    @property
    def more_count(self) -> int:
        return max(0, len(self.alert.record_ids) - RECORDS_SHOWN)

    @cached_property
    def suggestions(self) -> tuple[MatterSuggestion, ...]:
        """What the classifier offers for the first record that has an offer."""
        known = {one.id for one in self.pack.matters}
        offers = next((one.record.suggestions for one in self.records if one.record.suggestions), ())
        return tuple(one for one in offers if one.matter in known)

    @cached_property
    def offers(self) -> tuple[Offer, ...]:
        return tuple(
            Offer(one.matter, self.pack.matter(one.matter), one.confidence_share, one.words) for one in self.suggestions
        )

    @cached_property
    def duplicates(self) -> list[tuple[Reported, DuplicateOffer]]:
        """Records that may be the same matter as one of this alert's, the likeliest first."""
        found = []
        for one in self.records[:3]:
            try:
                offered = intake.duplicates_suggest(record_id=one.record.id, by=self.by, size=5)
            except NotFound:
                continue
            found += [(one, offer) for offer in offered]
        return found

    @cached_property
    def matter(self) -> Matter | None:
        return next((one for one in self.pack.matters if one.id == self.alert.matter), None)

    @cached_property
    def story(self) -> tuple[Told, ...]:
        lines = ledger.lines_of(chain=f"alert:{self.alert.id}")
        persons, agencies = refs_in(lines)
        rows = people.agencies_get(agencies)
        names = Names(people.person_names(persons), {id_: one.name for id_, one in rows.items()}, self.pack)
        return tuple(told(line, names) for line in lines)

    @cached_property
    def place(self) -> str:
        """The place in words, from the district down."""
        codes = self.alert.region_path.split(".")
        names = place_names(codes)
        return " ".join(names[code] for code in codes[1:] if code in names)

    @property
    def causes(self) -> tuple[tuple[str, str], ...]:
        """Which facts caused the colour, and what would change it, as (zh, en)."""
        return self.alert.reasons


def alert_file(*, alert_id: int, by: Actor, at: datetime) -> AlertFile:
    """Return the file of one alert.

    Raises:
        AlertNotFound: no such alert, or the actor may not see it.
    """
    alert = alerts.alert_get(alert_id=alert_id, by=by)
    return AlertFile(alert, by, at, packkit.shelf().of(alert.pack))
