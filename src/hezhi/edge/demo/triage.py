"""The duty officer's robot: one waiting alert at a time, as the pack's behaviour says."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property, partial

from hezhi.edge.demo.behaviours import Behaviour, Dismiss, Triage
from hezhi.edge.demo.cast import HOUSE
from hezhi.edge.demo.merging import merges_do
from hezhi.edge.demo.past import Past
from hezhi.edge.demo.world import Plan, World, holds
from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertRow, AlertState
from hezhi.flow.detection import api as detection
from hezhi.flow.intake import api as intake
from hezhi.packkit import api as packkit
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people.contracts import Role
from hezhi.spine.permissions.contracts import Actor


class TriageRobot:
    """Plans what is done with one alert."""

    def __init__(self, world: World, alert: AlertRow) -> None:
        self._world, self._alert = world, alert
        self._past = Past(ledger.lines_of(chain=f"alert:{alert.id}"))
        self._behaviour: Behaviour = world.city.behaviour_for(alert.pack_id, alert.subject)
        self._words = ("alert", alert.pack_id, self._about(), alert.raised_at.isoformat())

    def _about(self) -> str:
        """Return what the dice know an alert by: its subject, or where a scan names that by a pseudonym, whose key no
        two installations share, the first row it stands on.
        """
        pack = packkit.shelf().get(self._alert.pack_id)
        if self._detector not in {scan.id for scan in pack.scans}:
            return self._alert.subject
        found = detection.hits_records(hit_ids=self._alert.hit_ids)
        rows = intake.records_get(record_ids=[min(ids) for ids in found.values() if ids])
        return f"{self._detector}:{min((one.row.source_key for one in rows), default='')}"

    def plan(self) -> Plan | None:
        """Return the next act, None while the alert sleeps or nobody triages this pack."""
        triage, alert = self._behaviour.triage, self._alert
        if triage is None or alert.state is not AlertState.OPEN:
            return None
        woken = self._past.last_at("alert.wake")
        if triage.snooze and not self._past.count("alert.snooze") and self._roll(triage.snooze.share, "snooze"):
            return self._plan("snooze", self._when(triage, alert.raised_at, "snooze"), partial(self._snooze, triage))
        at = self._when(triage, woken or alert.raised_at, "decide")
        for number, dismissal in enumerate(triage.dismiss):
            if self._roll(dismissal.share, "dismiss", number) and holds(dismissal.when, self._facts()):
                return self._plan("dismiss", at, partial(self._dismiss, triage, dismissal))
        return self._plan("confirm", at, partial(self._confirm, triage))

    def _plan(self, act: str, at: datetime, do) -> Plan:
        return Plan(max(at, self._past.last_at() or at), f"{'|'.join(self._words)}/{act}", do)

    def _when(self, triage: Triage, start: datetime, act: str) -> datetime:
        return self._world.later("duty", start, triage.after_hours, *self._words, act)

    def _roll(self, share: float, *words: object) -> bool:
        return self._world.is_drawn(share, *self._words, *words)

    def _facts(self) -> dict[str, object]:
        alert = self._alert
        return {
            "matter": alert.matter or self._truth(),
            "grade": alert.grade,
            "records": len(alert.record_ids),
            "hit": bool(alert.hit_ids),
            "detector": self._detector,
            "district": alert.region_path.split(".")[2] if alert.region_path.count(".") > 1 else "",
        }

    def _officer(self, at: datetime) -> Actor:
        return self._world.cast.on_duty(Role.DUTY_OFFICER, self._alert.region_code, at)

    def _snooze(self, triage: Triage, plan: Plan) -> None:
        assert triage.snooze is not None
        alerts.alert_snooze(
            alert_id=self._alert.id, until=plan.at + timedelta(days=triage.snooze.days), reason=triage.snooze.reason,
            by=self._officer(plan.at), at=plan.at, key=plan.key,
        )  # fmt: skip

    def _dismiss(self, triage: Triage, dismissal: Dismiss, plan: Plan) -> None:
        officer = self._officer(plan.at)
        word = triage.trust
        if word and dismissal.verdict == word.verdict and self._roll(word.share, "trust"):
            self._trust(word.days, word.reason, officer, plan.at)
        alerts.alert_dismiss(
            alert_id=self._alert.id,
            verdict=dismissal.verdict,
            reason=dismissal.reason,
            by=officer,
            at=plan.at,
            key=plan.key,
        )

    def _trust(self, days: int, reason: str, officer: Actor, at: datetime) -> None:
        alert = self._alert
        known = alerts.trusts_page(by=HOUSE, at=at)
        if any((one.pack_id, one.subject) == (alert.pack_id, alert.subject) for one in known):
            return
        alerts.subject_trust(
            pack_id=alert.pack_id, subject=alert.subject, region_path=alert.region_path,
            until=at + timedelta(days=days), reason=reason, by=officer, at=at,
        )  # fmt: skip

    def _confirm(self, triage: Triage, plan: Plan) -> None:
        officer, alert = self._officer(plan.at), self._alert
        if self._behaviour.merge and self._is_echo():
            merges_do(self._world, self._behaviour.merge, alert.record_ids, officer, plan.at)
        alerts.alert_confirm(
            alert_id=alert.id, matter=self._matter(triage), reason=triage.reason, by=officer, at=plan.at, key=plan.key
        )

    def _is_echo(self) -> bool:
        """Say whether somebody mentions that this was reported before; only then the officer looks for it."""
        if len(self._alert.record_ids) > 1:
            return True
        return any((self._alert.pack_id, key) in self._world.echoes for key in self._keys)

    @property
    def _detector(self) -> str:
        return self._alert.subject.partition(":")[0] if self._alert.hit_ids else ""

    @cached_property
    def _keys(self) -> list[str]:
        records = intake.records_get(record_ids=list(self._alert.record_ids[:1]))
        return [one.row.source_key.removeprefix("form:") for one in records]

    def _truth(self) -> str:
        """Return the matter the first report is really about, empty where nobody knows."""
        return next((self._world.truths.get((self._alert.pack_id, key), "") for key in self._keys), "")

    def _matter(self, triage: Triage) -> str:
        """Return the kind of matter the officer names: what the report is about, else what the machine offers."""
        if self._alert.matter or triage.matter == "stated":
            return self._alert.matter
        if self._detector in triage.by_detector:
            return triage.by_detector[self._detector]
        truth = self._truth()
        if truth and not self._roll(triage.mistaken_share, "mistaken"):
            return truth
        for view in intake.records_get(record_ids=list(self._alert.record_ids[:1])):
            if view.row.suggestions:
                return view.row.suggestions[0].matter
        return triage.otherwise
