"""A changed detector runs in shadow beside the one in use: it raises nothing, and what each found is told apart."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from hezhi.flow.detection import api
from hezhi.flow.detection.contracts import Comparison
from hezhi.flow.detection.errors import (
    CandidateBad,
    CandidateNotFound,
    CandidateRuns,
    HitNotFound,
    ReasonMissing,
    ScanNotFound,
    VerdictUnknown,
)
from hezhi.flow.detection.models import Candidate, Hit, Label, Run
from hezhi.flow.detection.rules import differences
from hezhi.flow.detection.tests.factories import number, pack_scanning, scan, watching
from hezhi.flow.intake.tests.factories import AT, HOUSE, PATH, VILLAGE
from hezhi.kit.errors import HezhiError, NotAllowed
from hezhi.kit.moments import CITY_ZONE
from hezhi.packkit.api import lake_row
from hezhi.services.lake import api as lake
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor, Grant, Right, Scope, ScopeKind

pytestmark = pytest.mark.usefixtures("village")
ELSEWHERE = {"x": {"reads": "none", "per": ["spot"]}}
PACK = pack_scanning(scan(params={"least": {**number(3, "count"), "at_least": 2, "at_most": 6}}))


def put(*seen: tuple[str, int]) -> None:
    """Let spots be seen on days of February."""
    rows = []
    for spot, day in seen:
        at = datetime(2026, 2, day, 9, tzinfo=CITY_ZONE)
        values = {"region": VILLAGE, "spot": spot}
        rows.append(lake_row(PACK.record("report"), values, key=f"{spot}-{day}", happened_at=at, received_at=at))
    lake.rows_put(pack_id=PACK.id, record=PACK.record("report"), rows=rows, source="delivery.csv", at=AT)


def begun(**more: Any) -> int:
    asked: dict[str, Any] = {
        "pack_id": PACK.id, "detector": "often_seen", "values": {"least": 2}, "since_on": date(2026, 2, 1),
        "reason": "看看两次够不够", "by": HOUSE, "at": AT,
    }  # fmt: skip
    return api.candidate_begin(**{**asked, **more})


def beside(candidate: int, by: Actor = HOUSE) -> Comparison:
    return api.comparison_get(candidate_id=candidate, by=by)


def counts(told: Comparison) -> tuple[int, ...]:
    return tuple(one.hit_count for one in (told.live, told.shadow, told.both, told.only_live, told.only_shadow))


def officer(right: Right, path: str = PATH) -> Actor:
    grants = frozenset({Grant(one, Scope(ScopeKind.REGION, path)) for one in (right, Right.INDICATOR_READ)})
    return Actor(ref="person:1", name="某人", person_id=1, grants=grants)


def test_a_candidate_runs_on_the_same_snapshot_and_raises_nothing() -> None:
    with watching(PACK) as heard:
        put(("东门", 1), ("东门", 2), ("东门", 3), ("西门", 4), ("西门", 5))
        candidate = begun()
        live, other = api.detect_run(at=AT)
        told = beside(candidate)

    assert (live.scan, live.new_count) == ("often_seen", 1)
    assert (other.scan, other.new_count, other.snapshot) == (f"often_seen~{candidate}", 2, live.snapshot)
    assert [(one.detector, one.is_shadow) for one in heard] == [
        ("often_seen", False),
        (f"often_seen~{candidate}", True),
        (f"often_seen~{candidate}", True),
    ]
    assert counts(told) == (1, 2, 1, 0, 1)
    assert [(one.subject, one.is_shadow) for one in told.hits] == [(f"{VILLAGE}|西门", True)]
    assert (told.changes, told.looked_at, told.error) == (("least 3 → 2",), AT, "")


def test_a_stricter_candidate_leaves_hits_to_the_one_in_use_alone() -> None:
    with watching(PACK):
        put(("东门", 1), ("东门", 2), ("东门", 3), ("西门", 4), ("西门", 5), ("西门", 6), ("西门", 7))
        candidate = begun(values={"least": 4})
        api.detect_run(at=AT)
        told = beside(candidate)

    assert counts(told) == (2, 1, 1, 1, 0)
    assert [(one.subject, one.is_shadow) for one in told.hits] == [(f"{VILLAGE}|东门", False)]


def test_a_candidate_looks_only_at_what_is_new_and_at_nothing_from_before_its_first_day() -> None:
    with watching(PACK):
        put(("东门", 1), ("东门", 2), ("西门", 11), ("西门", 12))
        candidate = begun(since_on=date(2026, 2, 10))
        first = api.detect_run(at=AT)[1]
        second = api.detect_run(at=AT)[1]

    assert (first.new_count, second.hit_count, second.new_count) == (1, 0, 0)
    assert Hit.objects.get(detector=f"often_seen~{candidate}").subject == f"{VILLAGE}|西门"


def test_what_a_draft_changes_beside_parameters_runs_too() -> None:
    draft = pack_scanning(scan(within=number(1, "days")))
    with watching(PACK):
        put(("东门", 1), ("东门", 2), ("东门", 4))
        candidate = begun(values=None, draft=draft)
        api.detect_run(at=AT)
        told = beside(candidate)

    assert (counts(told), told.changes) == ((1, 0, 0, 1, 0), ("within",))


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"detector": "never"}, ScanNotFound),
        ({"values": {"most": 2}}, CandidateBad),
        ({"values": {"least": 1}}, CandidateBad),
        ({"values": {"least": 7}}, CandidateBad),
        ({"values": {"least": 3}}, CandidateBad),
        ({"values": None, "draft": pack_scanning(scan(when="n >= p.laest"))}, CandidateBad),
        ({"values": None, "draft": pack_scanning(scan(streams=ELSEWHERE))}, CandidateBad),
        ({"reason": "看看"}, ReasonMissing),
        ({"by": officer(Right.INDICATOR_READ)}, NotAllowed),
    ],
)  # fmt: skip
def test_what_cannot_run_beside_is_refused_and_nothing_is_written(
    more: dict[str, Any], error: type[HezhiError]
) -> None:
    with watching(PACK), pytest.raises(error):
        begun(**more)

    assert not Candidate.objects.exists()
    assert list(ledger.chains_lines(prefix="candidate:")) == []


def test_one_candidate_at_a_time_and_an_ended_one_runs_no_more_and_keeps_what_it_found() -> None:
    with watching(PACK):
        put(("西门", 4), ("西门", 5))
        candidate = begun()
        api.detect_run(at=AT)
        with pytest.raises(CandidateRuns):
            begun(values={"least": 5})
        api.candidate_end(candidate_id=candidate, reason="看够了，不采用", by=HOUSE, at=AT)
        with pytest.raises(CandidateRuns):
            api.candidate_end(candidate_id=candidate, reason="看够了，不采用", by=HOUSE, at=AT)
        rows = api.detect_run(at=AT)
        with pytest.raises(CandidateNotFound):
            api.candidate_end(candidate_id=0, reason="看够了，不采用", by=HOUSE, at=AT)

    assert [one.scan for one in rows] == ["often_seen"]
    assert Run.objects.filter(scan=f"often_seen~{candidate}").count() == 1
    assert counts(beside(candidate)) == (0, 1, 0, 0, 1)
    lines = ledger.lines_of(chain=f"candidate:{candidate}")
    assert [(one.act, one.body["reason"]) for one in lines] == [
        ("candidate.begin", "看看两次够不够"),
        ("candidate.end", "看够了，不采用"),
    ]


def test_verdicts_of_cases_and_of_shadow_hits_count_for_the_side_that_found_them() -> None:
    spots = [f"门{one}" for one in range(40)]
    with watching(PACK):
        put(*((spot, day) for spot in spots for day in (1, 2)), *((spot, 3) for spot in spots[:32]))
        candidate = begun()
        api.detect_run(at=AT)
        for place, hit in enumerate(Hit.objects.filter(detector="often_seen").order_by("id")):
            api.hit_label(hit_id=hit.id, verdict="true" if place < 24 else "false", by=HOUSE, at=AT)
        for hit in beside(candidate).hits:
            api.shadow_judge(hit_id=hit.id, verdict="false", reason="现场没有堆物", by=HOUSE, at=AT)
        told = beside(candidate)

    assert counts(told) == (32, 40, 32, 0, 8)
    assert [(one.judged_count, one.true_count) for one in (told.live, told.shadow, told.only_shadow)] == [
        (32, 24),
        (40, 24),
        (8, 0),
    ]
    assert (told.live.share, told.shadow.share, told.only_shadow.share) == (0.75, 0.6, None)
    assert (round(told.shadow.low or 0, 3), round(told.shadow.high or 0, 3)) == (0.446, 0.737)


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"verdict": "yes"}, VerdictUnknown),
        ({"reason": "没有"}, ReasonMissing),
        ({"by": officer(Right.INDICATOR_READ)}, HitNotFound),
        ({"by": officer(Right.ALERT_TRIAGE, PATH.replace("339901001000", "339901002000"))}, HitNotFound),
        ({"is_live": True}, HitNotFound),
    ],
)
def test_half_a_verdict_or_one_on_a_real_alert_is_refused_and_nothing_is_written(
    sent: dict[str, Any], error: type[HezhiError]
) -> None:
    with watching(PACK):
        put(("东门", 1), ("东门", 2), ("东门", 3))
        begun()
        api.detect_run(at=AT)
        hit = Hit.objects.get(is_shadow=not sent.pop("is_live", False))
        with pytest.raises(error):
            api.shadow_judge(
                **{"hit_id": hit.id, "verdict": "true", "reason": "现场有堆物", "by": HOUSE, "at": AT, **sent}
            )

    assert not Label.objects.exists()


def test_a_reader_compares_what_lies_in_the_own_region() -> None:
    with watching(PACK):
        put(("西门", 4), ("西门", 5))
        candidate = begun()
        api.detect_run(at=AT)

    assert counts(beside(candidate, officer(Right.ALERT_TRIAGE))) == (0, 1, 0, 0, 1)
    assert counts(beside(candidate, officer(Right.ALERT_TRIAGE, PATH + "9"))) == (0, 0, 0, 0, 0)


def test_differences_are_told_by_parameter_and_by_line() -> None:
    assert differences(scan(), scan(params={"least": number(5, "count")}, when="n > p.least")) == [
        "least 3 → 5",
        "when",
    ]
