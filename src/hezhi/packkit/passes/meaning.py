"""Pass 4, meaning, second half: detectors, ladders, bounds and numbers that make sense."""

from __future__ import annotations

from typing import Any

from hezhi.packkit.draft import Draft, Placed
from hezhi.packkit.passes import checks, features, safeguards, scans, tables, writings
from hezhi.packkit.passes.common import entering_records
from hezhi.packkit.shape import Detector, Indicator
from hezhi.packkit.shape.playbook import Playbook
from hezhi.packkit.shape.records import Field, Record
from hezhi.packkit.words import EMPTY_ANSWERS

RING_HEIGHT = {"township": 1, "city": 2, "leaders": 3}
HOURS_PER_UNIT = {"hour": 1, "working_day": 24, "calendar_day": 24}


def run(draft: Draft) -> None:
    safeguards.run(draft)
    tables.run(draft)
    checks.meaning(draft)
    for feature in draft.features:
        features.meaning(draft, feature)
    for detector in draft.detectors:
        _detector(draft, detector)
    for scan in draft.scans:
        scans.meaning(draft, scan)
        _spots(draft, scan)
    for record in draft.records:
        _record(draft, record)
    for bound in draft.expectations:
        if bound.it.at_least > bound.it.at_most:
            cause = f"At least {bound.it.at_least}, but at most {bound.it.at_most}."
            draft.say("meaning/bounds-crossed", bound, "at_least", cause=cause)
    for indicator in draft.indicators:
        _indicator(draft, indicator)
    if draft.playbook:
        _tasks(draft, draft.playbook)
        _rings(draft, draft.playbook)
    writings.run(draft)


def _record(draft: Draft, where: Placed[Record]) -> None:
    for name, declared in where.it.fields.items():
        _field(draft, where, declared, "fields", name)
    for index, rule in enumerate(where.it.duplicates):
        if not (rule.same or rule.within_hours or rule.similar_field):
            cause = f"'{rule.id}' has no condition."
            draft.say("meaning/duplicate-rule-empty", where, "duplicates", index, cause=cause)
        elif bool(rule.similar_field) != bool(rule.similarity_share):
            cause = "similar_field and similarity_share belong together."
            draft.say("meaning/duplicate-rule-empty", where, "duplicates", index, cause=cause)
    enters = where.it.id in {one.id for one in entering_records(draft)}
    if where.it.matter is None and len(draft.matters) > 1 and enters:
        cause = f"'{where.it.id}' has no field for the matter, the pack has {len(draft.matters)} matters."
        draft.say("meaning/matter-unclear", where, cause=cause)


def _detector(draft: Draft, where: Placed[Detector]) -> None:
    for name, units in (("within", ("days", "hours")), ("quiet", ("days", "hours")), ("at_least", ("count",))):
        param = getattr(where.it, name)
        if param.unit not in units or param.value < 1:
            cause = f"'{name}' is {param.value} {param.unit}; it must be at least 1, in {' or '.join(units)}."
            draft.say("meaning/param-unit", where, name, cause=cause)
    _spots(draft, where)


def _spots(draft: Draft, where: Placed[Any]) -> None:
    for part in ("blind_spots", "innocent_reasons"):
        for index, text in enumerate(getattr(where.it, part)):
            for told in (text.zh, text.en):
                if told.strip(" 。.!").lower() in EMPTY_ANSWERS:
                    draft.say(
                        "meaning/blind-spot-unnamed",
                        where,
                        part,
                        index,
                        cause=f"'{told}' tells nobody where the detector goes wrong.",
                    )


def _field(draft: Draft, where: Placed[Any], declared: Field, *loc: str | int) -> None:
    if declared.at_least is not None and declared.at_most is not None and declared.at_least > declared.at_most:
        draft.say(
            "meaning/bounds-crossed",
            where,
            *loc,
            cause=f"At least {declared.at_least:g}, but at most {declared.at_most:g}.",
        )


def _indicator(draft: Draft, where: Placed[Indicator]) -> None:
    one = where.it
    if one.measure == "count" and (one.unit != "count" or one.over):
        draft.say(
            "meaning/indicator-incomplete",
            where,
            "measure",
            cause="A count has the unit 'count' and nothing below the line.",
        )
    if one.measure == "share" and (one.unit != "share" or one.over is None or one.hide_below < 1):
        cause = "A share has the unit 'share', says what it is a share of ('over'), and hides small denominators."
        draft.say("meaning/indicator-incomplete", where, "measure", cause=cause)
    if one.measure == "median_days" and (one.unit != "days" or not one.from_act or not one.to_act):
        draft.say(
            "meaning/indicator-incomplete",
            where,
            "measure",
            cause="A median of days has the unit 'days', a from_act and a to_act.",
        )


def _tasks(draft: Draft, where: Placed[Playbook]) -> None:
    waits = {task.id: {*task.after, *([task.wait.after] if task.wait else [])} for task in where.it.tasks or ()}
    done: set[str] = set()
    while ready := [
        name for name, before in waits.items() if name not in done and all(b in done or b not in waits for b in before)
    ]:
        done.update(ready)
    stuck = [name for name in waits if name not in done]
    if stuck:
        index = [task.id for task in where.it.tasks].index(stuck[0])
        draft.say(
            "meaning/task-cycle", where, "tasks", index, cause=f"These tasks wait for one another: {', '.join(stuck)}."
        )
    for index, task in enumerate(where.it.tasks or ()):
        for name, declared in task.fields.items():
            _field(draft, where, declared, "tasks", index, "fields", name)


def _rings(draft: Draft, where: Placed[Playbook]) -> None:
    before = (0, 0)
    for index, ring in enumerate(where.it.rings or ()):
        now = (RING_HEIGHT[ring.to], ring.after_due.budget * HOURS_PER_UNIT[ring.after_due.unit])
        if now[0] <= before[0] or now[1] <= before[1]:
            draft.say(
                "meaning/ring-order",
                where,
                "rings",
                index,
                cause=f"'{ring.id}' comes no later or no higher than the ring before it.",
            )
            break
        before = now
