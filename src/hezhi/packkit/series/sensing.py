"""Makes alarms of odd readings: one per kind and quiet time, each with its sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import numpy as np

from hezhi.packkit.series.contracts import Kind, Readings, SensorAlarm, SensorPlan
from hezhi.packkit.series.oddness import Oddness, oddness
from hezhi.packkit.series.slots import laid
from hezhi.packkit.shape.base import Text

SAID = {
    "spike": ("突跳", "spike"),
    "level": ("水平突变", "level shift"),
    "drift": ("缓慢漂移", "drift"),
    "shape": ("偏离日常规律", "unlike the same time of other days"),
}


def sensed(
    readings: Readings, plan: SensorPlan, since: datetime | None, quiet_until: Mapping[Kind, datetime]
) -> tuple[SensorAlarm, ...]:
    """Do the work of `api.readings_judge`."""
    if not readings.at:
        return ()
    slots = laid(readings)
    at = [slots.begin + slots.every * int(slot) for slot in slots.filled]
    first = next((row for row, moment in enumerate(at) if since is None or moment >= since - slots.every / 2), len(at))
    judged = slots.filled[first:]
    alarms = [
        alarm
        for kind, odd in oddness(slots, plan, judged).items()
        for alarm in _alarms(readings, plan, kind, odd, at[first:], quiet_until.get(kind))
    ]
    return tuple(sorted(alarms, key=lambda one: (one.at, one.kind)))


def _alarms(
    readings: Readings, plan: SensorPlan, kind: Kind, odd: Oddness, at: list[datetime], quiet_until: datetime | None
) -> Iterator[SensorAlarm]:
    ratio = odd.ratio
    for row in np.flatnonzero(ratio >= 1):
        if quiet_until is not None and at[row] < quiet_until:
            continue
        quiet_until = at[row] + plan.quiet
        yield _alarm(readings, kind, odd, int(row), at[row], float(ratio[row]))


def _alarm(readings: Readings, kind: Kind, odd: Oddness, row: int, at: datetime, ratio: float) -> SensorAlarm:
    size = readings.every / timedelta(hours=1) if kind == "stuck" else 1.0
    value, expected, spread, limit = (
        float(one[row]) * size for one in (odd.value, odd.expected, odd.spread, odd.limit)
    )
    low, high = 0.0 if kind == "stuck" else expected - limit, expected + limit
    because = _because(readings.unit, kind, value, expected, low, high)
    return SensorAlarm(readings.key, kind, at, value, expected, low, high, value - expected, spread, ratio, because)


def _because(unit: str, kind: Kind, value: float, expected: float, low: float, high: float) -> Text:
    if kind == "stuck":
        return Text(
            zh=f"读数 {value:.3g} 小时未变，正常最多 {high:.3g} 小时",
            en=f"unchanged for {value:.3g} hours, at most {high:.3g} are usual",
        )
    zh, en = SAID[kind]
    of = f" {unit}" if unit else ""
    return Text(
        zh=f"{zh}：{value:.4g}{of}，基线 {expected:.4g}{of}，正常范围 {low:.4g} 至 {high:.4g}",
        en=f"{en}: {value:.4g}{of}, baseline {expected:.4g}{of}, usual range {low:.4g} to {high:.4g}",
    )
