"""Measures the promises of the loop in a database of its own and writes ``bench.json``.

    python -m tests.bench [trust] [checks] [acts] [intake] [lists] [entities] [engines] [detect] [kills]

Every figure stands beside a baseline measured in the same run. No test depends on these times. The database and
the stored files are thrown away, also when the run is broken off; what a killed run left, the next one replaces.
A run of some parts only leaves the figures of the others in ``bench.json`` as they are.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hezhi.project.settings")
os.environ["HEZHI_POOL_SIZE"] = "0"  # the database is dropped at the end: no connection may linger

NAME = "hezhi_bench"
BENCH = Path("bench.json")
PARTS = (
    "trust",
    "checks",
    "acts",
    "intake",
    "lists",
    "entities",
    "engines",
    "detect",
    "kills",
)  # trust first: its pages look at the newest of a small town
DISK_GB = 5  # a million cases with their indexes, and the log of writing them


def main(wanted: list[str]) -> int:
    from hezhi.edge.cli import ready

    if set(wanted) - set(PARTS):
        return _refuse(f"Give none or some of: {', '.join(PARTS)}.")
    ready.options().run_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(ready.options().run_dir).free / 1e9
    if free < DISK_GB and not ready.options().database_url:
        return _refuse(f"{DISK_GB} GB of free disk are needed in {ready.options().run_dir}, {free:.1f} GB are there.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"load of this machine before: {_load()}")
    with ready.database_up():
        ready.django_ready()
        from tests.bench import acts, checks, detect, engines, entities, intake, kills, lists, trust
        from tests.bench.figures import kept, show, write

        parts = {
            "acts": acts.measure,
            "checks": checks.measure,
            "detect": detect.measure,
            "engines": engines.measure,
            "intake": intake.measure,
            "trust": trust.measure,
            "lists": lists.measure,
            "entities": entities.measure,
            "kills": kills.measure,
        }
        figures = []
        with _throwaway():
            for name in [one for one in PARTS if not wanted or one in wanted]:
                start = time.perf_counter()
                print(f"{name} …", flush=True)
                measured = parts[name]()
                write(kept(measured, BENCH), BENCH)  # a run that is broken off leaves what it measured
                figures += measured
                print(f"{name}: {time.perf_counter() - start:.0f} s; load: {_load()}", flush=True)
    show(kept(figures, BENCH) if wanted else figures, BENCH)
    return 0


@contextmanager
def _throwaway() -> Iterator[None]:
    """Let the block work in a database and a folder of files of its own."""
    from django.conf import settings
    from django.db import connection
    from django.test.utils import override_settings

    usual = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = NAME
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        with (
            tempfile.TemporaryDirectory() as media,
            override_settings(MEDIA_ROOT=media, READ_ROLE=settings.WEB_ROLE, ALLOWED_HOSTS=["*"]),
        ):
            yield
    finally:
        connection.creation.destroy_test_db(usual, verbosity=0)


def _load() -> str:
    return " ".join(f"{one:.1f}" for one in os.getloadavg()) + f" on {os.cpu_count()} cores"


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
