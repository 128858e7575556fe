"""Where a pack says by what to compare, each group's errors are told, and one apart from the whole is marked."""

from __future__ import annotations

from datetime import datetime

import pytest
from pydantic import TypeAdapter

from hezhi.flow.detection import api
from hezhi.flow.detection.models import Hit
from hezhi.flow.detection.tests.factories import number, pack_scanning, watching
from hezhi.flow.intake.tests.factories import AT, HOUSE, OTHER_VILLAGE, PATH, VILLAGE
from hezhi.kit.moments import CITY_ZONE
from hezhi.packkit.api import lake_row
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.scan import Scan
from hezhi.services.lake import api as lake
from hezhi.spine.permissions.contracts import Actor, Grant, Right, Scope, ScopeKind

pytestmark = pytest.mark.usefixtures("village")
TEXT = {"zh": "一月 {n} 次", "en": "{n} times in a month"}
SCAN = TypeAdapter(Scan).validate_python(
    {
        "id": "often_seen", "kind": "scorecard", "says": TEXT, "grade": "yellow", "shadow": False, "period": "month",
        "streams": {"seen": {"reads": "report", "per": ["region", "spot"]}},
        "features": {"n": {"agg": "count"}, "urgent": {"agg": "last", "of": "is_urgent"}},
        "bands": [{"when": "n >= p.least", "score": 1, "says": TEXT}], "params": {"least": number(3, "count")},
        "at_least": number(1, "count"), "quiet": number(10, "days"), "compare_by": ["urgent", "region"],
        "blind_spots": [TEXT], "innocent_reasons": [TEXT],
        "tests": [{"name": "试一条记录", "given": {}, "hits": 0}, {"name": "试两条记录", "given": {}, "hits": 0}],
    }
)  # fmt: skip
PACK = pack_scanning(SCAN)


def put(name: str, spots: int, *, is_urgent: bool, region: str = VILLAGE) -> None:
    rows = []
    for spot in range(spots):
        for day in (1, 2, 3):
            at = datetime(2026, 2, day, 9, tzinfo=CITY_ZONE)
            values = {"region": region, "spot": f"{name}{spot:03}", "is_urgent": is_urgent}
            key = f"{name}-{spot}-{day}"
            rows.append(lake_row(PACK.record("report"), values, key=key, happened_at=at, received_at=at))
    lake.rows_put(pack_id=PACK.id, record=PACK.record("report"), rows=rows, source="delivery.csv", at=AT)


def judged(name: str, true: int) -> None:
    for place, hit in enumerate(Hit.objects.filter(subject__contains=f"|{name}").order_by("subject")):
        api.hit_label(hit_id=hit.id, verdict="true" if place < true else "false", by=HOUSE, at=AT)


def test_a_group_apart_from_the_whole_is_marked_and_a_small_one_is_not_measured() -> None:
    with watching(PACK):
        put("急", 40, is_urgent=True)
        put("缓", 160, is_urgent=False)
        api.detect_run(at=AT)
        judged("急", 4)
        judged("缓", 120)
        by_flag, by_region = api.groups_of(pack_id=PACK.id, by=HOUSE)

    assert by_flag.label == Text(zh="紧急", en="Urgent")
    assert (by_flag.whole.judged_count, by_flag.whole.true_count) == (200, 124)
    assert [
        (one.value.en, one.side.judged_count, one.side.true_count, one.side.share, one.is_apart)
        for one in by_flag.groups
    ] == [("no", 160, 120, 0.75, False), ("yes", 40, 4, 0.1, True)]
    assert [(one.value.zh, one.side.judged_count, one.is_apart) for one in by_region.groups] == [("东区", 200, False)]


def test_below_thirty_verdicts_a_group_is_neither_measured_nor_marked() -> None:
    with watching(PACK):
        put("急", 29, is_urgent=True)
        put("缓", 60, is_urgent=False)
        api.detect_run(at=AT)
        judged("急", 0)
        judged("缓", 60)
        told = api.groups_of(pack_id=PACK.id, by=HOUSE)[0]

    assert [(one.value.en, one.side.share, one.is_apart) for one in told.groups] == [
        ("no", 1.0, True),
        ("yes", None, False),
    ]


def test_a_reader_compares_the_own_region_alone() -> None:
    grants = frozenset({Grant(Right.INDICATOR_READ, Scope(ScopeKind.REGION, PATH))})
    reader = Actor(ref="person:1", name="某人", person_id=1, grants=grants)
    with watching(PACK):
        put("急", 2, is_urgent=True)
        put("缓", 3, is_urgent=False, region=OTHER_VILLAGE)
        api.detect_run(at=AT)
        told = api.groups_of(pack_id=PACK.id, by=reader)[0]

    assert [(one.value.en, one.side.hit_count) for one in told.groups] == [("yes", 2)]
