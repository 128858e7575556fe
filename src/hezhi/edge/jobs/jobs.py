"""The jobs that come round by themselves: one table, one line each.

A sweep asks a room's door to do what has become due; the door says in its docstring why running it twice,
late or not at all for a while is harmless. The worker, at the edge of the house, says what time it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from procrastinate import JobContext
from procrastinate.contrib.django import app

from hezhi.edge.api.once import answered_purge
from hezhi.edge.api.tally import tallies_purge
from hezhi.edge.clearing import erased_clear
from hezhi.edge.jobs.noting import failures_forget
from hezhi.edge.now import now
from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.checks import api as checks
from hezhi.flow.checks.errors import FeaturesFailed
from hezhi.flow.detection import api as detection
from hezhi.flow.detection.errors import ScansFailed
from hezhi.flow.intake import api as intake
from hezhi.flow.supply import api as supply
from hezhi.flow.tasks import api as tasks
from hezhi.packkit.api import engine_open
from hezhi.services.devices import api as devices
from hezhi.services.documents import api as documents
from hezhi.services.entities import api as entities
from hezhi.services.lake import api as lake
from hezhi.services.notices import api as notices
from hezhi.spine.clocks import api as clocks
from hezhi.spine.files import api as files
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor
from hezhi.wiring import linking

CLOCKS_AT_MOST = 2_000  # counted anew in one run; their cases wait for it
SUCCEEDED_JOBS_KEPT_HOURS = 24 * 7  # failed ones stay until a person has looked


@dataclass(frozen=True)
class Sweep:
    """One periodic job.

    Attributes:
        cron: five fields, UTC.
        run: what is done, given the moment; its return value goes to the log.
        priority: higher runs first; sweeps that keep promises to people go before housekeeping.
    """

    name: str
    cron: str
    run: Callable[[datetime], Any]
    priority: int = 0


def retention_nightly(at: datetime) -> int:
    """Carry out the packs' rules of keeping where the setting says so; twice or late is harmless."""
    return intake.retention_run(at=at, by=Actor.system("retention")) if settings.HEZHI.retention else 0


def detect_nightly(at: datetime) -> int:
    """Run every scan over what changed, on the engine of the setting; the same again finds nothing new.

    A scan that fails says so in its run, and the others go on; the round itself then fails, so that it is seen.
    """
    engine = engine_open(settings.HEZHI.spark) if settings.HEZHI.spark else None
    try:
        rows = detection.detect_run(at=at, engine=engine)
    finally:
        if engine is not None:
            engine.close()
    if failed := [row for row in rows if row.error]:
        raise ScansFailed(scans=", ".join(f"{row.pack}/{row.scan}" for row in failed))
    return sum(row.new_count for row in rows)


def lake_and_features(at: datetime) -> int:
    """Take new records into the lake and reckon online features anew; return how much changed. Twice is harmless.

    A feature that cannot be reckoned fails the round after all others were, so that it is seen.
    """
    taken, rows = detection.lake_feed(at=at), checks.features_refresh(at=at)
    if failed := [row for row in rows if row.error]:
        raise FeaturesFailed(features="; ".join(f"{row.pack_id}/{row.feature}: {row.error}" for row in failed))
    return taken + sum(row.written + row.gone for row in rows)


def lake_nightly(at: datetime) -> int:
    """Merge the lake's small files and take away those that were merged long ago; twice or late is harmless."""
    return sum(one.file_count for one in lake.lake_compact(at=at)) + lake.files_purge(at=at)


SWEEPS = (
    Sweep("cases", "* * * * *", lambda at: cases.cases_sweep(at=at), 10),
    Sweep("tasks", "* * * * *", lambda at: tasks.tasks_sweep(at=at), 10),
    Sweep("alerts", "* * * * *", lambda at: alerts.alerts_sweep(at=at), 10),
    Sweep("clocks", "* * * * *", lambda at: clocks.clocks_settle(at=at, limit=CLOCKS_AT_MOST), 5),
    Sweep("deliveries", "* * * * *", lambda _: notices.deliveries_rescue(), 5),
    Sweep("documents", "* * * * *", lambda _: documents.documents_rescue(), 5),
    Sweep("devices", "* * * * *", lambda at: devices.devices_silent(at=at), 5),
    Sweep("messages", "40 18 * * *", lambda at: devices.messages_purge(at=at)),
    Sweep("tickets", "*/5 * * * *", lambda at: intake.tickets_sweep(at=at)),
    Sweep("seal", "*/5 * * * *", lambda at: ledger.seal_make(at=at)),
    Sweep("stamp", "2-59/5 * * * *", lambda at: ledger.seal_stamp(at=at)),
    Sweep("answered", "0 19 * * *", lambda at: answered_purge(at=at)),
    Sweep("sessions", "20 * * * *", lambda at: people.sessions_purge(at=at)),
    Sweep("tallies", "*/15 * * * *", lambda at: tallies_purge(at=at)),
    Sweep("lake", "*/10 * * * *", lake_and_features),
    Sweep("links", "5-59/10 * * * *", lambda at: linking.records_link(at=at)),
    Sweep("weights", "20 18 * * *", lambda at: len(entities.models_ready(by=Actor.system("links"), at=at))),
    Sweep("detect", "10 18 * * *", detect_nightly),
    Sweep("supply", "30 22 * * *", lambda at: supply.supply_judge(at=at)),
    Sweep("compact", "0 20 * * *", lambda at: lake_nightly(at)),
    Sweep("retention", "30 17 * * *", lambda at: retention_nightly(at)),
    Sweep("clear", "30 18 * * *", lambda at: erased_clear(at=at)),
    Sweep("files", "50 19 * * *", lambda at: files.files_sweep(at=at)),
    Sweep("addresses", "10 19 * * *", lambda at: notices.addresses_purge(at=at)),
    Sweep("checks", "40 19 * * *", lambda at: checks.checks_purge(at=at)),
    Sweep("failures", "25 19 * * *", lambda _: failures_forget()),
)


def _register(sweep: Sweep) -> None:
    lock = f"sweep:{sweep.name}"

    def sweep_run(context: JobContext, timestamp: int) -> str:
        return str(sweep.run(now()))

    task = app.task(name=lock, queue="sweeps", lock=lock, pass_context=True, priority=sweep.priority)(sweep_run)
    app.periodic(cron=sweep.cron, queueing_lock=lock)(task)


for _sweep in SWEEPS:
    _register(_sweep)


TIDY, TIDY_CRON = "sweep:jobs", "17 19 * * *"


def sweep_crons() -> dict[str, str]:
    """Return the rhythm of every periodic job by the name of its task."""
    return {f"sweep:{one.name}": one.cron for one in SWEEPS} | {TIDY: TIDY_CRON}


@app.periodic(cron=TIDY_CRON, queueing_lock=TIDY)
@app.task(name=TIDY, queue="sweeps", pass_context=True)
async def jobs_tidy(context: JobContext, timestamp: int) -> None:
    """Forget jobs that succeeded a week ago."""
    await context.app.job_manager.delete_old_jobs(nb_hours=SUCCEEDED_JOBS_KEPT_HOURS)
