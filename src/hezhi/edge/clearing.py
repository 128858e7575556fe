"""Takes the bytes of what was erased out of the database's own files.

An erased row is at first only passed over: its old version lies in the table's file, in the planner's samples and in
the log until something overwrites it, and a copy of these files would carry it along. So the tables that records
leave words in are written anew, and the log is switched. From then on no backup holds it. Backups and archived logs
of before hold it still; they end by their own time of keeping (see ``docs/howto/operate.md``).
"""

from __future__ import annotations

import time
from datetime import datetime

from django.db import OperationalError, connection
from psycopg import sql

from hezhi.flow.intake import api as intake
from hezhi.kit.errors import Refused

TABLES = (
    "intake_record", "intake_relation", "intake_ticket", "intake_batch", "detection_sight", "detection_hit",
    "detection_reviewitem", "alerts_alert", "alerts_trust", "cases_case", "cases_order", "cases_return",
    "cases_contest", "cases_taskforce", "cases_precedent", "cases_participant", "tasks_task", "outcomes_outcome",
    "outcomes_rating", "documents_document", "notices_notice", "notices_delivery", "notices_address",
    "house_api_answered", "clocks_clockentry", "vault_key",
)  # fmt: skip
"""Every table in which erasing blanks or deletes something; a test compares it with what erasing changes."""
SAMPLES = "pg_catalog.pg_statistic"  # common values of columns, as the planner remembers them
WAIT_SECONDS = 60
LOCK = 7801
OPEN = """
SELECT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND (age(backend_xid) > age(%s::xid)
        OR (datname = current_database() AND age(backend_xmin) > age(%s::xid))))
"""


class ClearingBusy(Refused):
    """Something was at work in the database for too long; try again when it is quiet.

    Until then a backup may carry along what was erased.
    """

    code = "clearing_busy"


def erased_clear(*, at: datetime, wait_seconds: int = WAIT_SECONDS) -> int:
    """Write anew every table that something was erased in since the last time; return how many records that were.

    Call it outside a transaction, as the owner of the tables. Each table is closed to everybody while it is written
    anew. Running it again, or after a crash, is harmless: what was not cleared is cleared then.

    Raises:
        ClearingBusy: a transaction stayed open, or a table was in use, for longer than ``wait_seconds``.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise ClearingBusy(because="another clearing is under way")
        try:
            return _clear(cursor, at, wait_seconds)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _clear(cursor: object, at: datetime, wait_seconds: int) -> int:
    waiting = intake.erased_uncleared()
    if not waiting:
        return 0
    _wait_for_open_transactions(cursor, wait_seconds)
    run = cursor.execute  # type: ignore[attr-defined]
    run("SET lock_timeout = %s", [f"{wait_seconds}s"])
    try:
        for table in TABLES:
            run(sql.SQL("VACUUM (FULL, ANALYZE) {}").format(sql.Identifier(table)))
        run(f"VACUUM FULL {SAMPLES}")
    except OperationalError as busy:
        raise ClearingBusy(because="a table stays in use") from busy
    finally:
        run("RESET lock_timeout")
    run("SELECT pg_switch_wal() WHERE has_function_privilege('pg_switch_wal()', 'EXECUTE')")
    intake.erased_cleared(record_ids=waiting, at=at)
    return len(waiting)


def _wait_for_open_transactions(cursor: object, wait_seconds: int) -> None:
    """A row that an open transaction might still read is written along; so wait until nobody can read the old ones.

    Those that write in other databases of the server count too: until they end, every snapshot reaches back to them.
    """
    run = cursor.execute  # type: ignore[attr-defined]
    run("SELECT pg_snapshot_xmax(pg_current_snapshot())::xid::text")
    wanted = cursor.fetchone()[0]  # type: ignore[attr-defined]
    until = time.monotonic() + wait_seconds
    while True:
        run(OPEN, [wanted, wanted])
        if not cursor.fetchone()[0]:  # type: ignore[attr-defined]
            return
        if time.monotonic() > until:
            raise ClearingBusy(because="a transaction stays open")
        time.sleep(0.2)
