"""A scan finds what lies in the lake, once; a run looks again only where something changed, and may be repeated."""

from __future__ import annotations

from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from hezhi.flow.detection import api, feeding
from hezhi.flow.detection.models import Hit, Run, Waiting
from hezhi.flow.detection.tests.factories import number, pack_scanning, scan, watching
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordErased
from hezhi.flow.intake.models import Record
from hezhi.flow.intake.tests.factories import AT, HOUSE, PATH, VILLAGE, report
from hezhi.packkit.api import lake_row
from hezhi.packkit.shape.base import Text
from hezhi.services.lake import api as lake
from hezhi.spine.ledger import api as ledger

pytestmark = pytest.mark.usefixtures("village")


def at_spot(day: int, spot: str = "东门", **more) -> int:
    return report(day, spot=spot, happened_at=f"2026-02-{day:02} 09:00", **more).record.id


def run(**asked):
    [row] = api.detect_run(at=AT, **asked)
    return row


def test_a_run_finds_an_episode_with_its_facts_and_tells_it_once() -> None:
    with watching(pack_scanning(scan())) as heard:
        ids = [at_spot(day) for day in (1, 2, 3, 4)]
        first, second = run(), run()

    assert (first.hit_count, first.new_count, first.error, first.is_whole) == (2, 1, "", True)
    assert (second.hit_count, second.new_count, second.grown_count, second.is_whole) == (0, 0, 0, False)
    [hit] = heard
    assert (hit.detector, hit.subject, hit.title, hit.grade) == (
        "often_seen",
        f"{VILLAGE}|东门",
        "同一位置 4 次",
        "yellow",
    )
    assert (hit.region_code, hit.region_path, hit.record_ids, hit.count) == (VILLAGE, PATH, tuple(ids), 4)
    assert hit.reasons[1] == Text(zh="也可能是：施工", en="It may also be: Works")
    [line] = ledger.chains_lines(prefix="hit:", with_words=True)
    assert (line.act, line.body["snapshot"], line.body["evidence"]) == ("hit.find", first.snapshot, {"n": 4})


def test_what_is_found_again_before_it_was_quiet_long_enough_goes_on_with_the_episode() -> None:
    with watching(pack_scanning(scan())) as heard:
        for day in (1, 2, 3):
            at_spot(day)
        run()
        at_spot(9)
        grown = run()
        for day in (20, 21, 22):
            at_spot(day)
        again = run()

    assert (grown.new_count, grown.grown_count) == (0, 1)
    assert (again.new_count, again.grown_count) == (1, 0)
    assert [(one.first_at.day, one.last_at.day, one.evidence) for one in Hit.objects.order_by("id")] == [
        (3, 9, {"n": 4}),
        (20, 22, {"n": 7}),
    ]
    assert len(heard) == 2


def test_a_late_record_is_found_at_its_own_moment_and_a_whole_run_changes_nothing_more() -> None:
    with watching(pack_scanning(scan())) as heard:
        for day in (1, 3):
            at_spot(day)
        silent = run()
        at_spot(2)
        found = run()
        whole = run(is_whole=True)

    assert (silent.new_count, found.new_count) == (0, 1)
    assert (whole.hit_count, whole.new_count, whole.grown_count, whole.is_whole) == (1, 0, 0, True)
    assert len(heard) == 1


def test_ten_thousand_copies_make_one_alert() -> None:
    with watching(pack_scanning(scan())) as heard:
        at_spot(1)
        api.lake_feed(at=AT)
        pack = pack_scanning(scan())
        shape = pack.record("report")
        values = {"region": VILLAGE, "spot": "东门"}
        rows = [
            lake_row(shape, values, key=f"copy-{one:05d}", happened_at=AT - timedelta(days=3), received_at=AT)
            for one in range(10_000)
        ]
        lake.rows_put(pack_id=pack.id, record=shape, rows=rows, source="storm", at=AT)
        told = run()

    assert (told.hit_count, told.new_count) == (10_000, 1)
    assert len(heard) == 1


def test_a_scan_that_fails_says_so_and_the_others_go_on() -> None:
    broken = scan(id="broken", when="n >= p.laest")
    with watching(pack_scanning(broken, scan())) as heard:
        for day in (1, 2, 3):
            at_spot(day)
        failed, fine = api.detect_run(at=AT)

    assert (failed.scan, failed.error, failed.new_count) == ("broken", "'p.laest' is not known here", 0)
    assert (fine.scan, fine.new_count, len(heard)) == ("often_seen", 1, 1)
    assert Run.objects.filter(error="").count() == 1


def test_a_scan_with_other_parameters_looks_at_everything_again() -> None:
    with watching(pack_scanning(scan(params={"least": number(5, "count")}))):
        for day in (1, 2, 3):
            at_spot(day)
        assert run().new_count == 0
    with watching(pack_scanning(scan())):
        told = run()

    assert (told.new_count, told.is_whole) == (1, True)


def test_hits_of_a_scan_in_shadow_are_kept_and_marked() -> None:
    with watching(pack_scanning(scan(shadow=True))) as heard:
        for day in (1, 2, 3):
            at_spot(day)
        run()

    assert [one.is_shadow for one in heard] == [True]


def test_what_was_corrected_is_taken_over_and_the_past_stays_known() -> None:
    with watching(pack_scanning(scan())):
        first, *_ = [at_spot(day) for day in (1, 2, 3)]
        run()
        snapshot = lake.snapshot_newest()
        intake.record_change(record_id=first, values={"spot": "西门"}, reason="认错了门", by=HOUSE, at=AT)
        assert Waiting.objects.count() == 1
        run()

    assert lake.snapshot_newest() > snapshot
    assert Waiting.objects.count() == 0


def test_an_erased_record_leaves_the_lake_and_is_not_taken_over_again() -> None:
    with watching(pack_scanning(scan())):
        ids = [at_spot(day) for day in (1, 2, 3)]
        run()
        record = Record.objects.get(id=ids[0])
        basis = (record.id, (record.id,), record.number, record.pack, record.pack_id, "", "test", HOUSE, AT)
        feeding.forget(RecordErased(*basis))

    table = lake.tables_at(pack_id="demo_works", records={"report": pack_scanning(scan()).record("report")})["report"]
    keys = [key for path in table.paths for key in pq.read_table(path).column("_key").to_pylist()]
    assert len(keys) == 2
    assert record.number not in keys
