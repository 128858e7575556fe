"""What a command needs before it can work: the options, the database, Django."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from hezhi.project import postgres
from hezhi.project.options import Options, options_read


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


def django_ready() -> None:
    """Load Django once, so that a command may import rooms."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hezhi.project.settings")
    import django

    django.setup()
