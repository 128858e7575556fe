"""What the alerts room does when records are accepted and detectors hit."""

from __future__ import annotations

from typing import Any

from hezhi.flow.alerts import api, erasing, queries
from hezhi.flow.alerts.models import Alert
from hezhi.flow.detection.contracts import HitFound
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordAccepted, RecordErased
from hezhi.packkit import api as packkit
from hezhi.packkit.contracts import Change
from hezhi.packkit.shape import Pack
from hezhi.spine.clocks.contracts import ClockMoved, ClocksTouched
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("alerts")
UNGRADED_DAYS = 30


def follow_record(event: RecordAccepted) -> None:
    """Raise an alert for a record that a person has to triage; a second run finds the record there."""
    pack = packkit.shelf().get(event.pack_id)
    if api.way_in(pack, event.kind, event.matter) != "alert":
        return
    values = intake.record_values(record_id=event.record_id)
    title = packkit.title_fill(pack, pack.playbook.alert.title, pack.record(event.kind), values)
    new = api.NewAlert(
        pack_id=event.pack_id, subject=event.subject, title=title, matter=event.matter or "",
        region_code=event.region_code, region_path=event.region_path,
        grading=grade(pack, event, values), record_id=event.record_id,
    )  # fmt: skip
    api.alert_raise(new=new, by=HOUSE, at=event.at)


def grade(pack: Pack, event: RecordAccepted, values: dict[str, Any]) -> api.Grading:
    """Colour a record by the pack's decision table, on its open values and what the house knows."""
    wanted = pack.playbook.alert.grade_by
    if wanted is None:
        return api.Grading("grey", (("核实之前不分级", "Not graded before somebody has looked"),), UNGRADED_DAYS)
    table = pack.decision(wanted)
    house = _house_facts(pack.id, event)
    # A record speaks of when it happened; what the house counts is from now.
    from_at = {**dict.fromkeys(values, event.happened_at), **dict.fromkeys(house, event.at)}
    decided = packkit.decide(table, {**values, **house}, at=event.at, from_at=from_at)
    change = tuple(_change_says(one) for one in decided.would_change)
    return api.Grading(decided.colour, (*((t.zh, t.en) for t in decided.because), *change), decided.expires_days)


_COLOUR = {"red": "红色", "yellow": "黄色", "green": "绿色", "grey": "灰色"}
_WORD = {"yes": "是", "no": "否"}


def _change_says(one: Change) -> tuple[str, str]:
    """Say what would change the colour; of a grey one, what must be known first."""
    if not one.colour:
        return f"补充“{one.label.zh}”后才能分级", f"a grade needs {one.label.en}"
    to = _WORD.get(one.to, one.to)
    return f"“{one.label.zh}”如为{to}，则为{_COLOUR[one.colour]}", f"{one.colour} if {one.label.en} were {one.to}"


def _house_facts(pack_id: str, event: RecordAccepted) -> dict[str, Any]:
    alert = queries.waiting_about.first(pack_id=pack_id, subject=event.subject)
    items = queries.items_of.all(alert_id=alert.id) if alert else []
    since = min(alert.raised_at, event.happened_at) if alert else event.happened_at
    earlier = Alert.objects.filter(
        pack_id=pack_id, subject=event.subject, case_id__isnull=False, raised_at__gte=event.at - api.YEAR
    )
    return {
        "record_count": sum(one.record_id is not None for one in items) + 1,
        "hit_count": sum(one.hit_id is not None for one in items),
        "hours_since_first": (event.at - since).total_seconds() / 3600,
        "earlier_case_count": earlier.count(),
    }


def follow_hit(event: HitFound) -> None:
    """Raise an alert for a hit that is not in shadow mode; a second run finds the hit there."""
    if event.is_shadow:
        return
    reasons = tuple((one.zh, one.en) for one in event.reasons)
    new = api.NewAlert(
        pack_id=event.pack_id, subject=f"{event.detector}:{event.subject}", title=event.title, matter=event.matter,
        region_code=event.region_code, region_path=event.region_path,
        grading=api.Grading(event.grade, reasons, UNGRADED_DAYS), hit_id=event.hit_id,
    )  # fmt: skip
    api.alert_raise(new=new, by=HOUSE, at=event.at)


def follow_erased(event: RecordErased) -> None:
    """Forget what alerts say about an erased record; forgetting twice changes nothing."""
    erasing.record_forget(event)


def follow_touched(event: ClocksTouched) -> None:
    """Lock the alerts whose clocks another calendar is about to move, in the order of their ids."""
    alert_ids = [int(one.removeprefix("alert:")) for one in event.subjects if one.startswith("alert:")]
    list(Alert.objects.select_for_update().filter(id__in=alert_ids).order_by("id").values_list("id"))


def follow_clock(event: ClockMoved) -> None:
    """Take over a triage clock's new due date after a calendar change; copying it twice changes nothing."""
    if event.subject.startswith("alert:"):
        Alert.objects.filter(clock_id=event.clock_id).update(due_at=event.due_at)
