"""What a replay may leave out because it is alone and can be repeated: waits for the disk, savepoints, early clean-up.

An act that is lost with the power is done again by the next run, so its commit need not wait for the disk.
An act that fails ends the whole run, so nothing inside one needs a savepoint to return to.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

GARBAGE_FIRST = 100_000  # objects before Python looks for garbage; rows of one act are gone long before


@contextmanager
def haste() -> Iterator[None]:
    """Make this process and its database connection quick while the block runs."""
    thresholds, features = gc.get_threshold(), connection.features
    before = features.uses_savepoints
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    features.uses_savepoints = False
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_FIRST, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        features.uses_savepoints = before
        if connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("RESET synchronous_commit")
