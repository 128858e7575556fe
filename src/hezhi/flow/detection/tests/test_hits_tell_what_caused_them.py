"""A hit names its facts, keeps quiet for a while, hides what is confidential, and takes verdicts back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hezhi.flow.detection import api
from hezhi.flow.detection.contracts import HitFilter, HitFound
from hezhi.flow.detection.errors import BadPage, HitNotFound, VerdictUnknown
from hezhi.flow.detection.models import Hit, Label, Sight
from hezhi.flow.detection.tests.factories import count, days, detector, pack_with, watching
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.tests.factories import AT, HOUSE, OTHER_VILLAGE, PATH, VILLAGE, officer, report
from hezhi.packkit.shape.base import Text
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Right

pytestmark = pytest.mark.usefixtures("village")
OFTEN = detector(shadow=False)


def at_spot(day: int, spot: str = "东门", **more) -> int:
    return report(day, spot=spot, happened_at=f"2026-02-{day:02} 09:00", **more).record.id


def three(**more) -> list[int]:
    return [at_spot(day, **more) for day in (1, 2, 3)]


def test_the_third_report_from_one_spot_is_a_hit_with_its_facts():
    with watching(pack_with(OFTEN)) as heard:
        ids = three()

    [hit] = heard
    assert (hit.detector, hit.subject, hit.count, hit.record_ids) == ("often", f"{VILLAGE}|东门", 3, tuple(ids))
    assert (hit.title, hit.grade, hit.is_shadow) == ("同一位置反复反映：东村 东门", "yellow", False)
    assert (hit.region_code, hit.region_path, hit.pack) == (VILLAGE, PATH, "demo_works@2026.1")
    assert hit.reasons == (
        Text(zh="30 天内有 3 条记录，达到 3 条", en="3 records within 30 days, at least 3 are needed"),
        Text(zh="也可能是：几个人反映的是同一件事", en="It may also be: Several people report the same thing"),
    )
    [line] = ledger.chains_lines(prefix="hit:", with_words=True)
    assert (line.act, line.body["records"], line.body["count"]) == ("hit.find", ids, 3)


def test_the_same_subject_stays_quiet_and_then_speaks_again():
    watched = detector(shadow=False, quiet=days(10), within=days(30))
    with watching(pack_with(watched)) as heard:
        for day in (1, 2, 3, 5, 12, 13):
            at_spot(day)

    # Quiet from the 3rd up to, not including, the 13th at the same hour.
    assert [(one.count, Hit.objects.get(id=one.hit_id).last_at.day) for one in heard] == [(3, 3), (6, 13)]


def test_two_spots_are_two_subjects():
    with watching(pack_with(OFTEN)) as heard:
        at_spot(1)
        at_spot(2, "西门")
        at_spot(3)

    assert heard == []


def test_a_late_record_fills_the_window_of_a_later_one():
    watched = detector(shadow=False, within=days(5))
    with watching(pack_with(watched)) as heard:
        first, third = at_spot(1), at_spot(4)
        middle = at_spot(2)

    [hit] = heard
    assert hit.record_ids == (first, middle, third)


def test_the_same_record_is_counted_once():
    from hezhi.flow.intake.contracts import RecordAccepted
    from hezhi.kit import bus

    with watching(pack_with(OFTEN)) as heard:
        events: list[RecordAccepted] = []
        bus.connect([(RecordAccepted, (events.append,)), (HitFound, (heard.append,))])
        three()
        for event in [*events[:2], *events[:2], *events[:2]]:
            api.detect(event)
        assert (heard, Sight.objects.count()) == ([], 2)
        assert len(api.detect(events[2])) == 1
        assert api.detect(events[2]) == []


def test_records_of_a_confidential_matter_are_never_counted():
    with watching(pack_with(OFTEN)) as heard:
        at_spot(1, kind="told_in_confidence")
        at_spot(2)
        at_spot(3)

    assert heard == []


def test_a_matter_found_confidential_later_is_counted_no_more():
    with watching(pack_with(OFTEN)) as heard:
        first = at_spot(1)
        intake.matter_confirm(record_id=first, matter="told_in_confidence", by=HOUSE, at=AT)
        at_spot(2)
        at_spot(3)
        assert heard == []
        at_spot(4)

    assert [hit.count for hit in heard] == [3]


def test_a_record_without_the_counted_field_is_left_out():
    with watching(pack_with(detector(shadow=False, per=("found_by",), at_least=count(1)))) as heard:
        at_spot(1)

    assert (heard, Sight.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("shadow", "status", "expected"),
    [(True, "active", True), (False, "shadow", True), (False, "draft", True), (False, "active", False)],
)
def test_hits_in_shadow_are_kept_and_marked(shadow: bool, status: str, expected: bool):
    with watching(pack_with(detector(shadow=shadow), status=status)) as heard:
        three()

    assert [hit.is_shadow for hit in heard] == [expected]
    assert Hit.objects.get().is_shadow is expected


def test_detectors_of_a_retired_pack_do_not_run():
    with watching(pack_with(OFTEN, status="retired")) as heard:
        three()

    assert (heard, Sight.objects.count()) == ([], 0)


def test_detectors_are_told_in_their_order():
    every = detector(id="every", shadow=False, at_least=count(1), per=("region",))
    with watching(pack_with(every, OFTEN)) as heard:
        three()

    assert [hit.detector for hit in heard] == ["every", "often"]


def test_a_hit_stands_in_the_region_that_holds_all_its_records():
    with watching(pack_with(detector(shadow=False, per=("spot",)))) as heard:
        at_spot(1)
        at_spot(2, region=OTHER_VILLAGE)
        at_spot(3)

    [hit] = heard
    assert (hit.region_code, hit.region_path) == ("339901", "330000.339900.339901")
    assert hit.title == "同一位置反复反映：东门"


def test_the_matter_of_most_records_is_the_hits_matter():
    with watching(pack_with(OFTEN)) as heard:
        at_spot(1, kind="damage")
        at_spot(2)
        at_spot(3)

    assert [hit.matter for hit in heard] == ["damage"]


def test_a_very_long_subject_is_told_apart_by_its_hash():
    with watching(pack_with(detector(shadow=False, per=("details",)))) as heard:
        for day, end in ((1, "甲"), (2, "甲"), (3, "乙"), (4, "甲")):
            report(day, details="长" * 999 + end, happened_at=f"2026-02-{day:02} 09:00")

    assert [(len(hit.subject), hit.count) for hit in heard] == [(400, 3)]


def test_a_verdict_comes_back_once_and_the_newest_counts():
    with watching(pack_with(OFTEN)) as heard:
        three()
        hit_id = heard[0].hit_id
        for verdict in ("false", "false", "true"):
            api.hit_label(hit_id=hit_id, verdict=verdict, by=HOUSE, at=AT)

    label = api.hit_get(hit_id=hit_id, by=HOUSE).label
    assert label is not None
    assert (label.verdict, Label.objects.count()) == ("true", 2)
    assert [line.act for line in ledger.lines_of(chain=f"hit:{hit_id}")] == ["hit.find", "hit.label", "hit.label"]
    with pytest.raises(VerdictUnknown):
        api.hit_label(hit_id=hit_id, verdict="maybe", by=HOUSE, at=AT)
    with pytest.raises(HitNotFound):
        api.hit_label(hit_id=hit_id + 1, verdict="true", by=HOUSE, at=AT)


def test_precision_counts_verdicts_and_says_nothing_without_them():
    watched = detector(shadow=False, at_least=count(1), quiet=days(0), within=days(1))
    with watching(pack_with(watched)) as heard:
        for day in range(1, 7):
            at_spot(day)
        assert api.precision_of(pack_id="demo_works")[0].share is None
        for hit, verdict in zip(heard, ["true", "true", "false", "harmless", "cannot_verify"], strict=False):
            api.hit_label(hit_id=hit.hit_id, verdict=verdict, by=HOUSE, at=AT)

    [found] = api.precision_of(pack_id="demo_works")
    assert (found.hit_count, found.waiting_count, found.cannot_verify_count, found.share) == (6, 1, 1, 0.5)


def test_hits_are_read_where_one_triages_or_reads_numbers():
    with watching(pack_with(OFTEN)):
        three()
        three(region=OTHER_VILLAGE)

    assert [one.region_path for one in api.hit_page(by=officer(Right.ALERT_TRIAGE, path=PATH))] == [PATH]
    assert len(api.hit_page(by=officer(Right.INDICATOR_READ))) == 2
    assert len(api.hit_page(by=officer(Right.RECORD_READ))) == 0
    hit_id = api.hit_page(by=HOUSE).rows[0].id
    with pytest.raises(HitNotFound):
        api.hit_get(hit_id=hit_id, by=officer(Right.ALERT_TRIAGE, path=PATH))


def test_a_page_of_hits_is_narrowed_and_goes_on_by_its_cursor():
    with watching(pack_with(OFTEN, detector(id="quietly", at_least=count(2)))):
        three()

    first = api.hit_page(by=HOUSE, size=1)
    second = api.hit_page(by=HOUSE, size=1, cursor=first.next_cursor)
    assert [one.detector for one in (*first, *second)] == ["often", "quietly"]
    assert [one.detector for one in api.hit_page(by=HOUSE, wanted=HitFilter(is_shadow=True))] == ["quietly"]
    assert [one.detector for one in api.hit_page(by=HOUSE, wanted=HitFilter(detector="often"))] == ["often"]
    with pytest.raises(BadPage):
        api.hit_page(by=HOUSE, cursor="x")


def test_a_storm_of_one_subject_is_one_hit_per_quiet_time():
    with watching(pack_with(OFTEN)) as heard:
        for minute in range(60):
            when = AT - timedelta(days=1) + timedelta(minutes=minute)
            report(minute, spot="东门", happened_at=when.isoformat())

    assert [hit.count for hit in heard] == [3]
