"""Records a person has to decide about: a robot of the duty desk refuses changes that come too late."""

from __future__ import annotations

from functools import partial

from hezhi.edge.demo.cast import HOUSE
from hezhi.edge.demo.world import Plan, World
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordFilter, RecordRow, RecordState
from hezhi.spine.people.contracts import Role

AFTER = (0.3, 2.0, 9.0)  # hours of the duty desk


def held() -> list[int]:
    """Return ids of held records, oldest first; a demo holds few."""
    wanted = RecordFilter(states=(RecordState.HELD,))
    return sorted(one.id for one in intake.record_page(by=HOUSE, wanted=wanted, size=500).rows)


def plan_for(world: World, record_id: int) -> Plan | None:
    """Return the refusal of a held record, None where it is settled or no rule says why."""
    record = intake.record_get(record_id=record_id, by=HOUSE).row
    reason = _reason(world, record)
    if record.state is not RecordState.HELD or not reason:
        return None
    at = world.later("duty", record.received_at, AFTER, "held", record.pack_id, record.source_key)
    return Plan(at, f"held|{record.pack_id}|{record.source_key}/refuse", partial(_refuse, world, record, reason))


def _reason(world: World, record: RecordRow) -> str:
    for arrivals in world.city.arrivals:
        for stream in arrivals.streams:
            if arrivals.pack == record.pack_id and stream.source == record.source and stream.changed:
                return stream.changed.reason
    return ""


def _refuse(world: World, record: RecordRow, reason: str, plan: Plan) -> None:
    officer = world.cast.on_duty(Role.DUTY_OFFICER, record.region_code, plan.at)
    intake.record_refuse(record_id=record.id, reason=reason, by=officer, at=plan.at, key=plan.key)
