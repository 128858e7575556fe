"""What a command needs before it can work: the options, the database, Django."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from hezhi.project import postgres
from hezhi.project.options import PREFIX, Options, options_read

CLOCK = PREFIX + "CLOCK_OFFSET_SECONDS"
CITY_CLOCK = "city_clock"  # in the run folder of a demo city: seconds added to the machine's clock


@cache
def options() -> Options:
    """Return the options of this process, read once."""
    return options_read()


def place() -> postgres.Place:
    """Return the place of the embedded server."""
    return postgres.place_of(options().run_dir, options().archive_dir)


@contextmanager
def database_up() -> Iterator[str]:
    """Keep the database reachable while the block runs, and give its address."""
    if options().database_url:
        yield options().database_url
        return
    with postgres.running(place(), pgbin=options().pgbin) as url:
        yield url


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process after another run the block: several sites, or tests, may share the folder of the code.

    The lock is on the folder itself, so it needs no file, and it ends with the process.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def city_clock_keep(offset_seconds: int) -> None:
    """Let the served demo city, and every later command in its run folder, live in the days of the city."""
    os.environ[CLOCK] = str(offset_seconds)
    (options().run_dir / CITY_CLOCK).write_text(os.environ[CLOCK])


def django_ready() -> None:
    """Load Django once, so that a command may import rooms."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hezhi.project.settings")
    if CLOCK not in os.environ and (kept := options().run_dir / CITY_CLOCK).exists():
        os.environ[CLOCK] = kept.read_text()
    import django

    django.setup()
