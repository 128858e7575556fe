"""Records of one subject that arrive at once, over connections of their own, are counted once each and hit once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hezhi.flow.cases.tests.factories import together
from hezhi.flow.detection import api as detection
from hezhi.flow.detection.models import Hit, Sight
from hezhi.flow.detection.tests.factories import count, detector, pack_with, watching
from hezhi.flow.intake.contracts import RecordAccepted
from hezhi.flow.intake.tests.factories import Ear, listening, pack_base, regions_make, report, shelf_with
from hezhi.spine.ledger import api as ledger

pytestmark = pytest.mark.django_db(transaction=True)


def accepted(number: int, **values: object) -> RecordAccepted:
    """Take one report in without counting it; return what detection would hear."""
    ear: Ear
    with shelf_with(pack_base()), listening() as ear:
        report(number, **values)
    return ear.heard[-1]


def test_one_record_counted_by_two_at_once_is_one_sight_and_one_hit() -> None:
    regions_make()
    event = accepted(1, spot="东门")

    with watching(pack_with(detector(at_least=count(1), shadow=False))) as heard:
        told = together(*(lambda: detection.detect(event) for _ in range(4)))

    assert sorted(len(hits) for hits in told) == [0, 0, 0, 1]
    (hit,) = Hit.objects.all()
    assert (Sight.objects.count(), hit.record_ids, len(heard)) == (1, [event.record_id], 1)
    assert [one.act for one in ledger.lines_of(chain=f"hit:{hit.id}")] == ["hit.find"]


def test_records_of_one_subject_at_once_reach_the_threshold_once() -> None:
    regions_make()
    events = [accepted(number, spot="东门") for number in range(1, 5)]

    with watching(pack_with(detector(at_least=count(4), shadow=False))) as heard:
        together(*(lambda event=event: detection.detect(event) for event in events))

    (hit,) = Hit.objects.all()
    assert sorted(hit.record_ids) == sorted(event.record_id for event in events)
    assert (Sight.objects.count(), hit.count, len(heard)) == (4, 4, 1)


def test_one_record_under_two_subjects_at_once_is_counted_under_one(monkeypatch: pytest.MonkeyPatch) -> None:
    regions_make()
    event = accepted(1, spot="东门")
    values = {"spot": iter(["东门", "西门"])}
    read = detection.intake.record_values

    def corrected(*, record_id: int):
        return {**read(record_id=record_id), "spot": next(values["spot"])}

    monkeypatch.setattr(detection.intake, "record_values", corrected)
    with watching(pack_with(detector(at_least=count(1), shadow=False))):
        told = together(lambda: detection.detect(event), lambda: detection.detect(replace(event)))

    assert sorted(len(hits) for hits in told) == [0, 1]
    assert (Sight.objects.count(), Hit.objects.count()) == (1, 1)
