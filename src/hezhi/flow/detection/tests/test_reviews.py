"""A small sample of what was not found is looked at, once; both samples together say how much is missed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hezhi.flow.detection import api, handlers
from hezhi.flow.detection.errors import (
    AnswerUnknown,
    NothingJudgedYet,
    ReasonMissing,
    ReviewDrawn,
    ReviewItemNotFound,
    ScanNotFound,
    SizeBad,
)
from hezhi.flow.detection.models import Hit, Review, ReviewItem
from hezhi.flow.detection.recall import Part, recall_of
from hezhi.flow.detection.rules import subject_parts
from hezhi.flow.detection.tests.factories import number, pack_scanning, scan, watching
from hezhi.flow.intake.contracts import RecordErased
from hezhi.flow.intake.models import Record
from hezhi.flow.intake.tests.factories import AT, HOUSE, OTHER_VILLAGE, PATH, VILLAGE, report
from hezhi.kit.errors import HezhiError
from hezhi.kit.moments import CITY_ZONE
from hezhi.packkit.api import lake_row
from hezhi.packkit.shape.base import Text
from hezhi.services.lake import api as lake
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor, Grant, Right, Scope, ScopeKind

pytestmark = pytest.mark.usefixtures("village")
PACK = pack_scanning(scan())
FEBRUARY: dict[str, Any] = {
    "pack_id": "demo_works", "detector": "often_seen", "first_on": date(2026, 2, 1), "last_on": date(2026, 2, 20),
}  # fmt: skip


def put(spots: int, days: int = 1, begin: int = 0, region: str = VILLAGE) -> None:
    """Let every spot be seen on the first ``days`` days of February."""
    rows = []
    for spot in range(begin, begin + spots):
        for day in range(1, days + 1):
            at = datetime(2026, 2, day, 9, tzinfo=CITY_ZONE)
            values = {"region": region, "spot": f"门{spot}"}
            key = f"{region}-{spot}-{day}"
            rows.append(lake_row(PACK.record("report"), values, key=key, happened_at=at, received_at=at))
    lake.rows_put(pack_id=PACK.id, record=PACK.record("report"), rows=rows, source="delivery.csv", at=AT)


def drawn(**more: Any) -> api.Recall:
    return api.review_draw(**{**FEBRUARY, "seed": 7, "by": HOUSE, "at": AT, **more})


def officer(right: Right, path: str = PATH, **more: Any) -> Actor:
    grants = frozenset({Grant(right, Scope(ScopeKind.REGION, path))})
    return Actor(ref="person:1", name="某人", person_id=1, grants=grants, **more)


def judge(verdicts: dict[str, int], answers: dict[str, int]) -> None:
    told = [word for word, count in verdicts.items() for _ in range(count)]
    for hit, verdict in zip(Hit.objects.order_by("id"), told, strict=False):
        api.hit_label(hit_id=hit.id, verdict=verdict, by=HOUSE, at=AT)
    told = [word for word, count in answers.items() for _ in range(count)]
    for item, answer in zip(ReviewItem.objects.order_by("id"), told, strict=False):
        api.review_answer(item_id=item.id, answer=answer, reason="到现场看过了", by=HOUSE, at=AT)


def test_a_sample_holds_only_what_was_looked_at_and_not_found_and_the_same_seed_draws_it_again() -> None:
    with watching(PACK):
        put(5, days=3)
        put(40, begin=5)
        api.detect_run(at=AT)
        told = drawn(size=10)
        subjects = list(ReviewItem.objects.order_by("id").values_list("subject", flat=True))
        put(30, begin=45)  # what comes later is not known on the snapshot
        again = api.review_again(review_id=told.review_id)

    assert (told.found_count, told.unfound_count, told.waiting_count, told.share) == (5, 40, 10, None)
    assert len(set(subjects)) == 10
    assert not {f"{VILLAGE}|门{one}" for one in range(5)} & set(subjects)
    assert again == subjects
    [line] = ledger.lines_of(chain=f"review:{told.review_id}")
    assert (line.act, line.body["seed"], line.body["unfound"], line.body["drawn"]) == ("review.draw", 7, 40, 10)


def test_another_seed_draws_another_sample() -> None:
    with watching(PACK):
        put(40)
        api.detect_run(at=AT)
        drawn(size=10)
        drawn(size=10, seed=8, last_on=date(2026, 2, 19))
        one, other = (set(r.items.values_list("subject", flat=True)) for r in Review.objects.order_by("id"))

    assert one != other


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({}, ReviewDrawn),
        ({"seed": 8}, ReviewDrawn),
        ({"size": 4}, SizeBad),
        ({"size": 201}, SizeBad),
        ({"detector": "often"}, ScanNotFound),
        ({"first_on": date(2026, 3, 3), "last_on": date(2026, 3, 9)}, NothingJudgedYet),
    ],
)
def test_a_sample_is_drawn_once_and_never_of_what_is_not_judged_yet(
    more: dict[str, Any], error: type[HezhiError]
) -> None:
    with watching(PACK):
        put(10)
        api.detect_run(at=AT)
        drawn(size=5)
        with pytest.raises(error):
            drawn(**more)

    assert (Review.objects.count(), ReviewItem.objects.count()) == (1, 5)


def test_without_a_run_of_the_scan_as_it_is_now_nothing_is_drawn() -> None:
    with watching(pack_scanning(scan(params={"least": number(5, "count")}))):
        put(10)
        api.detect_run(at=AT)
    with watching(PACK), pytest.raises(NothingJudgedYet):
        drawn()

    assert not Review.objects.exists()


def test_recall_weighs_each_sample_by_the_share_it_stands_for() -> None:
    with watching(PACK):
        put(40, days=3)
        put(400, begin=40)
        api.detect_run(at=AT)
        drawn(size=40)
        judge({"true": 30, "false": 10}, {"missed": 2, "nothing": 36, "cannot_tell": 1})
        [told] = api.recalls_of(pack_id=PACK.id)

    assert (told.found_count, told.judged_count, told.true_count) == (40, 40, 30)
    assert (told.unfound_count, told.answered_count, told.missed_count) == (400, 38, 2)
    assert (told.cannot_tell_count, told.waiting_count) == (1, 1)
    # thirty were found; two of thirty-eight stand for 21.05 of four hundred, 4.96 to 78.94 (Wilson, z = 2.2414)
    assert told.share == pytest.approx(30 / (30 + 400 * 2 / 38))
    assert (round(told.low or 0, 3), round(told.high or 0, 3)) == (0.275, 0.858)


def test_with_few_answers_recall_is_not_told() -> None:
    with watching(PACK):
        put(40, days=3)
        put(400, begin=40)
        api.detect_run(at=AT)
        drawn(size=40)
        judge({"true": 30, "false": 10}, {"missed": 2, "nothing": 27})
        [told] = api.recalls_of()

    assert (told.answered_count, told.share, told.low, told.high) == (29, None, None, None)


def test_the_newest_answer_counts_and_each_stands_in_the_ledger_with_its_reason() -> None:
    with watching(PACK):
        put(6)
        api.detect_run(at=AT)
        told = drawn(size=5)
        item = ReviewItem.objects.order_by("id")[0]
        for answer, reason in (("nothing", "没有看到堆物"), ("missed", "后来看到堆物")):
            api.review_answer(item_id=item.id, answer=answer, reason=reason, by=HOUSE, at=AT)
        [now] = api.recalls_of(review_id=told.review_id)

    assert (now.missed_count, now.answered_count, now.waiting_count) == (1, 1, 4)
    lines = ledger.lines_of(chain=f"review:{told.review_id}")
    assert [(one.act, one.body.get("reason")) for one in lines] == [
        ("review.draw", None),
        ("review.answer", "没有看到堆物"),
        ("review.answer", "后来看到堆物"),
    ]


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"answer": "yes"}, AnswerUnknown),
        ({"reason": " 看 过 "}, ReasonMissing),
        ({"by": officer(Right.INDICATOR_READ)}, ReviewItemNotFound),
        ({"by": officer(Right.ALERT_TRIAGE, PATH.replace("339901001000", "339901002000"))}, ReviewItemNotFound),
        ({"item_id": 0}, ReviewItemNotFound),
    ],
)
def test_half_an_answer_or_one_from_elsewhere_is_refused_and_nothing_is_written(
    sent: dict[str, Any], error: type[HezhiError]
) -> None:
    with watching(PACK):
        put(6)
        api.detect_run(at=AT)
        told = drawn(size=5)
        item = ReviewItem.objects.order_by("id")[0]
        asked = {"item_id": item.id, "answer": "nothing", "reason": "到现场看过了", "by": HOUSE, "at": AT, **sent}
        with pytest.raises(error):
            api.review_answer(**asked)

    assert not ReviewItem.objects.exclude(answer="").exists()
    assert [one.act for one in ledger.lines_of(chain=f"review:{told.review_id}")] == ["review.draw"]


def test_whoever_triages_or_supervises_in_the_region_sees_its_lines_alone_and_an_interest_hides_one() -> None:
    with watching(PACK):
        first = report(1, spot="东门", happened_at="2026-02-05 09:00").record.id
        put(3)
        put(4, region=OTHER_VILLAGE)
        api.detect_run(at=AT)
        review = drawn(size=8).review_id
        seen = {
            name: len(api.review_items(review_id=review, by=actor))
            for name, actor in {
                "triage": officer(Right.ALERT_TRIAGE), "supervise": officer(Right.CASE_SUPERVISE),
                "numbers": officer(Right.INDICATOR_READ), "house": HOUSE,
                "barred": officer(Right.ALERT_TRIAGE, barred=frozenset({f"record:{first}"})),
            }.items()
        }  # fmt: skip

    assert seen == {"triage": 4, "supervise": 4, "numbers": 0, "house": 8, "barred": 3}


def test_a_line_names_the_place_and_its_records() -> None:
    with watching(PACK):
        record = report(1, spot="东门", happened_at="2026-02-05 09:00").record
        api.detect_run(at=AT)
        [row] = api.review_items(review_id=drawn(size=5).review_id, by=HOUSE)

    assert row.parts == ((Text(zh="所在村社", en="Village or community"), "东村"), (Text(zh="位置", en="Spot"), "东门"))
    assert (row.region, row.record_ids, row.answer) == ("东村", (record.id,), None)


def test_a_line_names_no_person() -> None:
    report_shape = PACK.record("report")
    per = tuple(report_shape.fields)
    closed = [name for name, field in report_shape.fields.items() if field.sensitivity != "open"]
    told = scan(streams={"seen": {"reads": "report", "per": ["region", closed[0]]}})

    parts = subject_parts(told, {"report": report_shape}, f"{VILLAGE}|13900000101", {VILLAGE: "东村"})

    assert closed[0] in per
    assert [shown for _, shown in parts] == ["东村", "***"]


def test_what_was_erased_leaves_the_sample() -> None:
    with watching(PACK):
        record = Record.objects.get(id=report(1, spot="东门", happened_at="2026-02-05 09:00").record.id)
        api.detect_run(at=AT)
        review = drawn(size=5).review_id
        basis = (record.id, (record.id,), record.number, record.pack, record.pack_id, "", "test", HOUSE, AT)
        handlers.follow_erased(RecordErased(*basis))
        [row] = api.review_items(review_id=review, by=HOUSE)

    assert [shown for _, shown in row.parts] == ["—", "—"]
    assert api.recalls_of()[0].waiting_count == 1


PARTS = st.integers(0, 500).flatmap(
    lambda whole: st.integers(0, whole).flatmap(
        lambda seen: st.integers(0, seen).map(lambda true: Part(whole, seen, true))
    )
)


@given(found=PARTS, unfound=PARTS)
def test_recall_lies_within_its_interval_and_is_exact_only_where_everything_was_looked_at(
    found: Part, unfound: Part
) -> None:
    told = recall_of(found, unfound)
    if told is None:
        return
    share, low, high = told
    assert 0 <= low <= share + 1e-9 and share <= high + 1e-9 and high <= 1
    if (found.seen, unfound.seen) == (found.whole, unfound.whole):
        assert low == share == high


@given(found=PARTS, unfound=PARTS)
def test_recall_stays_untold_below_thirty_of_either_sample(found: Part, unfound: Part) -> None:
    few = any(one.seen < 30 and one.seen < one.whole for one in (found, unfound))
    if few:
        assert recall_of(found, unfound) is None
