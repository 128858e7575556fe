"""The running house on one page: what waits, what failed and why, what was given up, and what room is left.

Everything here is for whoever runs the house: counts, ids, kinds of errors; no name, number or text of anybody.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.conf import settings

from hezhi.edge.health import readiness
from hezhi.edge.jobs import queues
from hezhi.edge.jobs.queues import FailedJobs, QueueRow, SweepRow
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import BatchReport
from hezhi.project import backups, postgres
from hezhi.project.logs import masked
from hezhi.services.notices import api as notices
from hezhi.services.notices.contracts import GivenUp
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right

BATCHES_SHOWN = 20
ROOM_LEAST_SHARE = 0.1  # of a disk, below which it is told as short


@dataclass(frozen=True)
class Room:
    """The disk on which something lies."""

    name: str
    free_bytes: int
    total_bytes: int

    @property
    def is_short(self) -> bool:
        return self.free_bytes < self.total_bytes * ROOM_LEAST_SHARE


@dataclass(frozen=True)
class LastBackup:
    """The newest backup that was made on this machine, and the ledger's last line in it."""

    at: datetime
    line: int
    bytes: int
    with_keys: bool


@dataclass(frozen=True)
class Batch:
    """A delivery of a source that was held, or of which rows were refused or held on arrival."""

    id: int
    source: str
    state: str
    refused_count: int
    held_count: int
    at: datetime


@dataclass(frozen=True)
class Running:
    """See the module. ``reasons``: what keeps the site from working, as ``/readyz`` tells it."""

    reasons: tuple[str, ...]
    queues: tuple[QueueRow, ...]
    failed: tuple[FailedJobs, ...]
    sweeps: tuple[SweepRow, ...]
    given_up: tuple[GivenUp, ...]
    batches: tuple[Batch, ...]
    unsealed_count: int
    backup: LastBackup | None
    rooms: tuple[Room, ...]


def running(*, by: Actor) -> Running:
    """Return how the house runs at this moment.

    Raises:
        NotAllowed: the actor does not run the house.
    """
    permissions.require_everywhere(by, Right.HOUSE_RUN)
    unsealed, given_up = _of_everybody()
    return Running(
        tuple(readiness.reasons()),
        tuple(queues.queues_all()),
        tuple(queues.failed_all()),
        tuple(queues.sweeps_all()),
        tuple(replace(one, error=masked(one.error)) for one in given_up),
        tuple(_batch(one) for one in intake.batch_page(by=by, waiting=True, size=BATCHES_SHOWN)),
        unsealed,
        last_backup(),
        rooms(),
    )


@guard.house_read
def _of_everybody() -> tuple[int, list[GivenUp]]:
    return ledger.lines_unsealed_count(), notices.given_up_all()


def _batch(one: BatchReport) -> Batch:
    return Batch(one.id, one.source, one.state, one.counts.refused, one.counts.held, one.at)


def last_backup() -> LastBackup | None:
    """Return the newest backup that was made on this machine, None for none."""
    found = backups.last_read(settings.HEZHI.run_dir)
    return LastBackup(found.began_at, found.line, found.size, found.with_keys) if found else None


def rooms() -> tuple[Room, ...]:
    """Return the disks on which run folder, database and archive lie; each disk once, under its first name."""
    options = settings.HEZHI
    places = {"run": options.run_dir}
    if not options.database_url:
        places["database"] = postgres.place_of(options.run_dir).pg_dir
    if options.archive_dir:
        places["archive"] = Path(options.archive_dir)
    found: dict[int, Room] = {}
    for name, folder in places.items():
        if folder.exists():
            usage = shutil.disk_usage(folder)
            found.setdefault(folder.stat().st_dev, Room(name, usage.free, usage.total))
    return tuple(found.values())
