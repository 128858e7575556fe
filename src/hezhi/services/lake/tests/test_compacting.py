"""Merging small files changes no row of any snapshot, whatever else happens to the lake in between."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hezhi.packkit.scans.tests.town import RECORDS
from hezhi.services.lake import api as lake
from hezhi.services.lake import files
from hezhi.services.lake.compacting import KEPT, ROWS_LARGE, grouped
from hezhi.services.lake.contracts import Merge
from hezhi.services.lake.models import File, Snapshot
from hezhi.services.lake.tests.test_lake import AT, made, put, read

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def on_disk() -> set[str]:
    return {str(one.relative_to(settings.LAKE_DIR)) for one in Path(settings.LAKE_DIR).rglob("*.parquet")}


def micros_of(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def three_batches() -> list[int]:
    first = put(made("1", "2026-03-01 08:00"), made("2", "2026-03-02 08:00")).snapshot
    second = put(made("1", "2026-03-01 08:00", cents=7, received=AT + DAY)).snapshot
    third = put(made("3", "2026-03-03 08:00", received=AT + 2 * DAY), made("4", "2026-02-03 08:00")).snapshot
    return [first, second, third]


def test_small_files_of_a_month_become_one_and_every_snapshot_reads_what_it_read() -> None:
    snapshots = three_batches()
    before = [read(snapshot=one) for one in snapshots]
    known = [read(known_at=micros_of(AT + days * DAY)) for days in range(3)]

    assert lake.lake_compact(at=AT, files_least=2) == [Merge("funds", "transfer", "2026-03", 3, 4)]

    assert [read(snapshot=one) for one in snapshots] == before
    assert before == [[("1", 100, 1), ("2", 100, 1)], [("1", 7, 2), ("2", 100, 1)],
                      [("1", 7, 2), ("2", 100, 1), ("3", 100, 1), ("4", 100, 1)]]  # fmt: skip
    assert [read(known_at=micros_of(AT + days * DAY)) for days in range(3)] == known
    assert File.objects.filter(merged_into__isnull=True).count() == 2
    assert Snapshot.objects.count() == 3
    assert lake.lake_compact(at=AT, files_least=2) == []


def test_a_dry_run_says_what_would_be_merged_and_writes_nothing() -> None:
    three_batches()
    was = on_disk()

    assert lake.lake_compact(at=AT, is_dry=True, files_least=2) == [Merge("funds", "transfer", "2026-03", 3, 4)]

    assert on_disk() == was
    assert not File.objects.filter(is_merged=True).exists()


def test_few_files_and_large_ones_are_left_alone() -> None:
    three_batches()
    assert lake.lake_compact(at=AT) == []

    sized = [File(row_count=rows) for rows in (10, 20, ROWS_LARGE - 20, 5, 6)]
    assert [[one.row_count for one in group] for group in grouped(sized, 2)] == [[10, 20], [ROWS_LARGE - 20, 5, 6]]


def test_merging_is_no_change_for_a_scan_and_lineage_still_names_every_batch() -> None:
    first, *_ = three_batches()
    asked: dict[str, Any] = {"pack_id": "funds", "records": ["transfer"]}
    changes = lake.changes_since(**asked, snapshot=first)
    named = lake.lineage_of(**asked, snapshot=lake.snapshot_newest())

    lake.lake_compact(at=AT, files_least=2)

    assert lake.changes_since(**asked, snapshot=first) == changes
    assert lake.lineage_of(**asked, snapshot=lake.snapshot_newest()) == named
    assert lake.changes_since(**asked, snapshot=lake.snapshot_newest()) == []


def test_what_is_erased_leaves_the_merged_file_and_its_parts(django_capture_on_commit_callbacks: Any) -> None:
    snapshots = three_batches()
    lake.lake_compact(at=AT, files_least=2)

    with django_capture_on_commit_callbacks(execute=True):
        assert lake.keys_forget(pack_id="funds", record="transfer", keys=["1"]) == 3

    assert [read(snapshot=one) for one in snapshots[:2]] == [[("2", 100, 1)], [("2", 100, 1)]]
    for file in File.objects.all():
        assert "1" not in files.newest_rows([files.path_of(file)], ["1", "2"])
    assert lake.lake_damage() == []


def test_merged_parts_go_after_thirty_days_and_stay_listed(django_capture_on_commit_callbacks: Any) -> None:
    snapshots = three_batches()
    before = [read(snapshot=one) for one in snapshots]
    lake.lake_compact(at=AT, files_least=2)
    parts = set(File.objects.filter(merged_into__isnull=False).values_list("path", flat=True))

    with django_capture_on_commit_callbacks(execute=True):
        assert lake.files_purge(at=AT + KEPT - timedelta(seconds=1)) == 0
    assert parts <= on_disk()
    with django_capture_on_commit_callbacks(execute=True):
        assert lake.files_purge(at=AT + KEPT) == 3

    assert not parts & on_disk()
    assert [read(snapshot=one) for one in snapshots] == before
    assert lake.lake_damage() == []
    listed = lake.lineage_of(pack_id="funds", records=["transfer"], snapshot=snapshots[-1])
    assert [(one["rows"], one["sha256"] == "") for one in listed] == [(2, True), (1, True), (1, False), (1, True)]
    assert lake.changes_since(pack_id="funds", records=["transfer"], snapshot=snapshots[0]) != []
    assert lake.keys_forget(pack_id="funds", record="transfer", keys=["2"]) == 1


def test_a_merge_that_fails_leaves_the_lake_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots = three_batches()
    before = [read(snapshot=one) for one in snapshots]

    def failing(parts: Any) -> Any:
        raise OSError("disk full")

    monkeypatch.setattr(files, "merged", failing)
    with pytest.raises(OSError, match="disk full"):
        lake.lake_compact(at=AT, files_least=2)

    assert [read(snapshot=one) for one in snapshots] == before
    assert not File.objects.filter(merged_into__isnull=False).exists()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("feed"), st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3)), min_size=1, max_size=3)),
        st.tuples(st.just("end"), st.integers(1, 5)),
        st.tuples(st.just("forget"), st.integers(1, 5)),
        st.tuples(st.just("compact"), st.integers(2, 3)),
        st.tuples(st.just("purge"), st.just(0)),
    ),
    min_size=4,
    max_size=14,
)


def played(steps: list[tuple[str, Any]], *, is_compacting: bool) -> list[Any]:
    """Play the steps on an empty lake and return what every snapshot and every moment reads at the end."""
    at, snapshots = AT, []
    with transaction.atomic():
        for number, (step, told) in enumerate(steps):
            at = AT + number * DAY
            if step == "feed":
                days = {key: f"2026-0{1 + key % 2}-03 08:00" for key, _ in told}
                rows = [made(str(key), days[key], cents=cents, received=at) for key, cents in told]
                snapshots.append(put(*rows, at=at).snapshot)
            elif step == "end":
                ended = {"keys": [str(told)], "known_at": micros_of(at), "source": "t", "at": at}
                lake.keys_end(pack_id="funds", record="transfer", **ended)
                snapshots.append(lake.snapshot_newest())
            elif step == "forget":
                lake.keys_forget(pack_id="funds", record="transfer", keys=[str(told)])
            elif step == "compact" and is_compacting:
                lake.lake_compact(at=at - KEPT, files_least=told)
            elif step == "purge" and is_compacting:
                lake.files_purge(at=at)
        seen: list[Any] = [read(snapshot=one) for one in dict.fromkeys(snapshots) if one]
        seen += [read(known_at=micros_of(AT + days * DAY)) for days in range(len(steps))]
        seen.append(sorted(lake.tables_at(pack_id="funds", records=RECORDS)["transfer"].gone))
        transaction.set_rollback(True)
    return seen


@given(steps=STEPS)
@hypothesis_settings(max_examples=40, deadline=None)
def test_any_order_of_feeding_correcting_erasing_and_merging_reads_the_same_rows(steps: list[tuple[str, Any]]) -> None:
    assert played(steps, is_compacting=True) == played(steps, is_compacting=False)
