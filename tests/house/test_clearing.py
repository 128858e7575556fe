"""A backup made after an erasure holds nothing of it, byte for byte."""

from __future__ import annotations

import tarfile
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from tests.loop.marked import LATER, erase, holds, play, tables_with

from hezhi.edge.clearing import TABLES, ClearingBusy, erased_clear
from hezhi.edge.cli import ready
from hezhi.flow.cases.tests.factories import Lamps, lamps_committed
from hezhi.flow.intake import api as intake
from hezhi.project import backups

__all__ = ["lamps_committed"]
pytestmark = pytest.mark.skipif(bool(ready.options().database_url), reason="another server is set by DATABASE_URL")

PATIENCE = 600
"""Seconds: tests of another process, in a database of their own on the same server, are transactions as well."""


def backup_holds(folder: Path) -> list[str]:
    """Make a backup and return the files of it, those inside the copy of the server too, that bear a mark."""
    backups.backup_write(
        folder, ready.place(), pgbin=ready.options().pgbin, media=Path(settings.MEDIA_ROOT), with_keys=True, ledger={}
    )
    found = [str(path) for path in (folder / "media").rglob("*") if path.is_file() and holds(path.read_bytes())]
    for name in ("base.tar.gz", "pg_wal.tar.gz"):
        with tarfile.open(folder / name) as archive:
            for one in archive:
                file = archive.extractfile(one) if one.isfile() else None
                if file is not None and holds(file.read()):
                    found.append(f"{name}:{one.name}")
    return found


def test_a_backup_after_clearing_holds_nothing_and_one_before_does(lamps_committed: Lamps, tmp_path: Path) -> None:
    marked = play(lamps_committed)
    erase(marked.record_id)
    assert tables_with() == []
    assert intake.erased_uncleared() == [marked.record_id]
    assert backup_holds(tmp_path / "before") != []  # old versions of rows lie in the files still

    assert erased_clear(at=LATER, wait_seconds=PATIENCE) == 1

    assert backup_holds(tmp_path / "after") == []
    assert intake.erased_uncleared() == []
    assert erased_clear(at=LATER, wait_seconds=PATIENCE) == 0


def test_a_transaction_that_writes_in_another_database_of_the_server_is_waited_for(lamps_committed: Lamps) -> None:
    marked = play(lamps_committed)
    login = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    given = {name: connection.settings_dict[key] for name, key in login.items() if connection.settings_dict[key]}
    with psycopg.connect(dbname="postgres", **given) as other:
        other.execute("SELECT pg_current_xact_id()")
        erase(marked.record_id)

        with pytest.raises(ClearingBusy):
            erased_clear(at=LATER, wait_seconds=1)

        assert intake.erased_uncleared() == [marked.record_id]


def test_an_open_transaction_that_could_still_read_it_is_waited_for(lamps_committed: Lamps) -> None:
    marked = play(lamps_committed)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT count(*) FROM intake_record")
            erase(marked.record_id)

            with pytest.raises(ClearingBusy):
                erased_clear(at=LATER, wait_seconds=1)

        assert intake.erased_uncleared() == [marked.record_id]
    finally:
        other.rollback()
        other.close()
    assert erased_clear(at=LATER, wait_seconds=PATIENCE) == 1


def test_every_table_that_erasing_changes_is_cleared(lamps_committed: Lamps) -> None:
    marked = play(lamps_committed)
    held = set(tables_with())

    erase(marked.record_id)

    assert held - {"ledger_line"} <= set(TABLES)
    assert "vault_key" in TABLES
