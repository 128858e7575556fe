"""Records of one subject that arrive at once, over connections of their own, are counted once each and hit once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from hezhi.flow.detection import api as detection
from hezhi.flow.detection.contracts import HitRow
from hezhi.flow.detection.models import Hit, Sight
from hezhi.flow.detection.tests.factories import count, detector, pack_with, watching
from hezhi.flow.intake.contracts import RecordAccepted
from hezhi.flow.intake.tests.factories import listening, pack_base, regions_make, report, shelf_with
from hezhi.spine.ledger import api as ledger

pytestmark = pytest.mark.django_db(transaction=True)
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def accepted(number: int, **values: object) -> RecordAccepted:
    """Take one report in without counting it; return what detection would hear."""
    with shelf_with(pack_base()), listening() as ear:
        report(number, **values)
    return ear.heard[-1]


def overlapping(first: RecordAccepted, second: RecordAccepted) -> tuple[list[HitRow], list[HitRow]]:
    """Count ``second`` while ``first`` is counted but not committed; return the hits of each."""
    inside, commit = Event(), Event()

    def counted_first() -> list[HitRow]:
        with transaction.atomic():
            told = detection.detect(first)
            inside.set()
            commit.wait(20)
            return told

    def counted_second() -> list[HitRow]:
        inside.wait(20)
        return detection.detect(second)

    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(_closing, one) for one in (counted_first, counted_second)]
        inside.wait(20)
        for _ in range(200):  # until the second waits for the first, or did not care to
            if running[1].done() or _waits():
                break
            time.sleep(0.05)
        commit.set()
        return running[0].result(20), running[1].result(20)


def _closing(call: Callable[[], Any]) -> Any:
    try:
        return call()
    finally:
        connection.close()


def _waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


def test_records_of_one_subject_at_once_reach_the_threshold_once() -> None:
    regions_make()
    events = [accepted(number, spot="东门") for number in (1, 2)]

    with watching(pack_with(detector(at_least=count(2), shadow=False))) as heard:
        told = overlapping(*events)

    assert [len(hits) for hits in told] == [0, 1]
    (hit,) = Hit.objects.all()
    assert hit.record_ids == [event.record_id for event in events]
    assert (Sight.objects.count(), hit.count, len(heard)) == (2, 2, 1)


def test_one_record_counted_by_two_at_once_is_one_sight_and_one_hit() -> None:
    regions_make()
    event = accepted(1, spot="东门")

    with watching(pack_with(detector(at_least=count(1), shadow=False))) as heard:
        told = overlapping(event, replace(event))

    assert [len(hits) for hits in told] == [1, 0]
    (hit,) = Hit.objects.all()
    assert (Sight.objects.count(), hit.record_ids, len(heard)) == (1, [event.record_id], 1)
    assert [one.act for one in ledger.lines_of(chain=f"hit:{hit.id}")] == ["hit.find"]


def test_one_record_under_two_subjects_at_once_is_counted_under_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    regions_make()
    event = accepted(1, spot="东门")
    spots, read = iter(["东门", "西门"]), detection.intake.record_values

    def corrected(*, record_id: int) -> dict[str, Any]:
        return {**read(record_id=record_id), "spot": next(spots)}

    monkeypatch.setattr(detection.intake, "record_values", corrected)
    with watching(pack_with(detector(at_least=count(1), shadow=False))):
        told = overlapping(event, replace(event))

    assert [len(hits) for hits in told] == [1, 0]
    (sight,) = Sight.objects.all()
    assert ("东门" in sight.subject, Hit.objects.count()) == (True, 1)
