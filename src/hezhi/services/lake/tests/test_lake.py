"""A batch is there whole or not at all, the past stays as it was known, and what is erased is gone from all of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from hezhi.packkit.api import Engine, lake_row
from hezhi.packkit.engines.duck import DuckEngine
from hezhi.packkit.scans.compile import Compiled
from hezhi.packkit.scans.plan import micros
from hezhi.packkit.scans.tests.town import RECORDS, TRANSFER, row
from hezhi.services.lake import api as lake
from hezhi.services.lake.errors import LakeFileLost, SnapshotUnknown
from hezhi.services.lake.models import File, Gone, Snapshot

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 10, tzinfo=UTC)
ALL = Compiled("SELECT _key, _at, f_payee, f_cents, _version FROM r_transfer ORDER BY _key, _version", ())


def made(no: str, at: str, *, received: datetime = AT, **values: Any) -> dict[str, Any]:
    given = row(no, at, **values)
    happened = datetime.fromisoformat(at + "+08:00")
    return lake_row(TRANSFER, given, key=no, happened_at=happened, received_at=received)


def put(*rows: dict[str, Any], at: datetime = AT) -> Any:
    return lake.rows_put(pack_id="funds", record=TRANSFER, rows=rows, source="test", at=at)


def read(**asked: Any) -> list[tuple[str, int, int]]:
    engine: Engine = DuckEngine(threads=1)
    tables = lake.tables_at(pack_id="funds", records=RECORDS, **asked)
    return [(key, cents, version) for key, _, _, cents, version in engine.rows(ALL, tables)]


def test_rows_are_there_once_and_lie_by_month() -> None:
    told = put(made("1", "2026-03-01 08:00"), made("2", "2026-02-27 08:00"), made("1", "2026-03-01 08:00", cents=7))

    assert (told.added_count, told.corrected_count, told.repeated_count) == (2, 0, 0)
    assert read() == [("1", 7, 1), ("2", 100, 1)]
    assert [Path(one.path).name[:7] for one in File.objects.order_by("path")] == ["2026-02", "2026-03"]

    again = put(made("1", "2026-03-01 08:00", cents=7, received=AT + timedelta(days=1)))
    assert (again.added_count, again.repeated_count, again.snapshot) == (0, 1, told.snapshot)


def test_a_correction_is_a_new_version_and_the_past_keeps_the_old_one() -> None:
    first = put(made("1", "2026-03-01 08:00"))
    later = AT + timedelta(days=3)
    second = put(made("1", "2026-04-01 08:00", cents=250, received=later), at=later)

    assert (second.added_count, second.corrected_count) == (0, 1)
    assert second.first_at == micros(datetime(2026, 3, 1, tzinfo=UTC))  # where the old version stood
    assert read() == [("1", 250, 2)]
    assert read(snapshot=first.snapshot) == [("1", 100, 1)]
    assert read(known_at=micros(later) - 1) == [("1", 100, 1)]
    assert read(known_at=micros(later)) == [("1", 250, 2)]


def test_rows_that_hold_no_more_are_gone_from_then_on_and_may_come_back() -> None:
    put(made("1", "2026-03-01 08:00"), made("2", "2026-03-02 08:00"))
    later = AT + timedelta(days=1)

    ended = lake.keys_end(
        pack_id="funds", record="transfer", keys=["1", "9"], known_at=micros(later), source="t", at=later
    )

    assert ended == 1
    assert read() == [("2", 100, 1)]
    assert read(known_at=micros(AT)) == [("1", 100, 1), ("2", 100, 1)]
    put(made("1", "2026-03-01 08:00", received=later + timedelta(days=1)))
    assert read() == [("1", 100, 2), ("2", 100, 1)]


def test_a_batch_that_fails_half_way_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    from hezhi.services.lake import files

    usual = files.written

    def failing(pack_id: str, record: str, month: int, *rest: Any) -> Any:
        if month == 12 * 56 + 2:
            raise OSError("disk full")
        return usual(pack_id, record, month, *rest)

    monkeypatch.setattr(files, "written", failing)
    with pytest.raises(OSError, match="disk full"):
        put(made("1", "2026-02-01 08:00"), made("2", "2026-03-01 08:00"))

    assert (Snapshot.objects.count(), File.objects.count(), Gone.objects.count()) == (0, 0, 0)
    assert read() == []


def test_an_erased_row_is_in_no_snapshot_and_in_no_file(django_capture_on_commit_callbacks: Any) -> None:
    first = put(made("1", "2026-03-01 08:00", payee="GONE-SOON"), made("2", "2026-03-02 08:00"))
    put(made("1", "2026-03-01 08:00", payee="GONE-SOON", cents=5, received=AT + timedelta(days=1)))

    with django_capture_on_commit_callbacks(execute=True):
        changed = lake.keys_forget(pack_id="funds", record="transfer", keys=["1"])

    assert changed == 2
    assert read() == read(snapshot=first.snapshot) == [("2", 100, 1)]

    names = {one.path for one in File.objects.all()}
    left = [
        path for path in Path(settings.LAKE_DIR).rglob("*.parquet") if str(path.relative_to(settings.LAKE_DIR)) in names
    ]
    assert len(left) == 2
    assert not any(b"GONE-SOON" in one.read_bytes() for one in left)
    assert lake.lake_damage() == []


def test_what_changed_since_a_snapshot_says_where_to_look_again() -> None:
    first = put(made("1", "2026-03-01 08:00"))
    put(made("2", "2026-03-05 08:00"))
    put(made("1", "2026-03-09 08:00", received=AT + timedelta(days=1)))

    changes = lake.changes_since(pack_id="funds", records=["transfer"], snapshot=first.snapshot)

    days = sorted({datetime.fromtimestamp(one.first_at / 1e6, UTC).day for one in changes})
    assert days == [1, 5, 9]


def test_files_that_are_too_old_may_be_left_out() -> None:
    put(made("1", "2026-02-01 08:00"), made("2", "2026-03-05 08:00"))

    assert read(since=micros(datetime(2026, 3, 5, tzinfo=UTC))) == [("2", 100, 1)]
    assert read(since=micros(datetime(2026, 3, 5, 0, 0, 1, tzinfo=UTC))) == []


def test_a_damaged_file_is_found_and_an_unknown_snapshot_refused() -> None:
    put(made("1", "2026-03-01 08:00"))
    place = Path(settings.LAKE_DIR) / File.objects.get().path

    with pytest.raises(SnapshotUnknown):
        lake.tables_at(pack_id="funds", records=RECORDS, snapshot=999_999)

    place.write_bytes(place.read_bytes() + b"x")
    assert lake.lake_damage() == [File.objects.get().path]
    place.unlink()
    assert lake.lake_damage() == [File.objects.get().path]
    with pytest.raises(LakeFileLost):
        lake.tables_at(pack_id="funds", records=RECORDS)
