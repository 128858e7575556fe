"""What a register says reaches the counter: records change answers, corrections change them back, erasing forgets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hezhi.flow.checks import api as checks
from hezhi.flow.checks.contracts import CheckAnswer
from hezhi.flow.checks.models import Feature, Refresh
from hezhi.flow.checks.tests.conftest import officer
from hezhi.flow.detection import api as detection
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import ErasureBasis
from hezhi.flow.intake.tests.factories import PATH, VILLAGE, regions_make
from hezhi.packkit import api as packkit
from hezhi.services.lake import api as lake
from hezhi.spine.permissions.contracts import Actor, Right

PACKS = Path(__file__).parents[2] / "packs"
HOUSE = Actor.system("test")
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # nine in the morning
PURCHASE = {"site": "S-0012", "category": "third", "buyer_kind": "unit", "amount_g": "500000"}
TRANSPORT = {"plate": "浙z·a0007", "driver_paper": "从业资格2026-0007", "site": "S-0012"}
PAPERS = {
    "business": {"register": "precursors", "site": "s-0012"},
    "vehicle_licence": {"register": "vehicles", "plate": "浙Z·A0007"},
    "insurance": {"register": "vehicles", "plate": "浙Z·A0007"},
    "road_permit": {"register": "transport", "plate": "浙Z·A0007"},
    "driver_qualification": {"register": "transport", "driver_paper": "从业资格2026-0007"},
}


@pytest.fixture(autouse=True)
def shelf(db: None) -> Iterator[None]:
    regions_make()
    before = packkit.shelf()
    packkit.shelf_use(packkit.Shelf([PACKS / "instant_permit_check", PACKS / "_demo_works"]))
    yield
    packkit.shelf_use(before)


def line(until: str, *, hours: float = 0, kind: str = "business", **more: Any) -> int:
    """Let a register say until when a paper is valid, so many hours after `AT`; return the record's id."""
    at = AT + timedelta(hours=hours)
    local = (at + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M")
    number = f"和公{list(PAPERS).index(kind)}号2026-7"
    values = {
        "line_no": f"L-{kind}-{hours}-{until}", "region": VILLAGE, "paper_kind": kind, "paper_no": number,
        "read_at": local, "read_on": local[:10], "valid_until": until, "is_in_use": True, **PAPERS[kind], **more,
    }  # fmt: skip
    told = intake.record_report(pack_id="instant_permit_check", kind="paper_line", values=values, by=HOUSE, at=at)
    return told.record.id


def round_(hours: float = 0.5) -> int:
    """Feed the lake and reckon the features; return how many values were written or went."""
    at = AT + timedelta(hours=hours)
    detection.lake_feed(at=at)
    rows = checks.features_refresh(at=at)
    assert [row.error for row in rows if row.error] == []
    return sum(row.written + row.gone for row in rows)


def ask(check: str = "purchase_paper", *, hours: float = 1, **more: Any) -> CheckAnswer:
    given = {**(PURCHASE if check == "purchase_paper" else TRANSPORT), **more}
    return checks.check_run(
        pack_id="instant_permit_check", check_id=check, given=given, by=officer(Right.CHECK_RUN, PATH),
        at=AT + timedelta(hours=hours),
    )  # fmt: skip


def erase(record_id: int, hours: float = 2) -> None:
    at = AT + timedelta(hours=hours)
    intake.record_erase(record_id=record_id, basis=ErasureBasis.PURPOSE_ENDED, by=HOUSE, at=at)


def test_a_record_of_the_register_changes_the_answer_of_the_counter() -> None:
    assert (ask().answer, ask().code) == ("refer", "business_days_left:missing")

    line("2026-12-31")
    assert ask().answer == "refer"  # until the next round
    assert round_() == 1

    told = ask()
    assert (told.answer, told.colour) == ("ok", "green")
    fact = next(one for one in told.facts if one.input == "business_days_left")
    assert (fact.value, fact.source) == (304, "instant_permit_check@2026.1/business_until")
    assert fact.from_at == AT
    line("2026-03-20", hours=0.6)
    assert round_(0.7) == 1
    assert ask().answer == "remind"
    line("2026-03-01", hours=0.8)
    round_(0.9)
    assert (ask().answer, ask().colour) == ("refer", "red")


def test_papers_of_vehicles_and_drivers_are_found_though_no_table_holds_their_numbers() -> None:
    for kind in PAPERS:
        line("2026-12-31", kind=kind)
    assert round_() == 5

    assert ask("transport_paper").answer == "ok"
    assert ask("transport_paper", plate="浙Z·A0008").code == "vehicle_days_left:missing"
    assert ask("transport_paper", plate="no plate").code == "vehicle_days_left:missing"
    kept = json.dumps([list(Feature.objects.values_list("subject", "value", "source"))])
    assert "A0007" not in kept and "2026-0007" not in kept


def test_the_same_round_again_writes_nothing() -> None:
    line("2026-12-31")
    round_()
    before = list(Feature.objects.values())

    assert round_(0.7) == 0
    assert list(Feature.objects.values()) == before


def test_a_correction_of_the_newest_line_changes_the_answer_back() -> None:
    line("2026-12-31")
    wrong = line("2026-03-01", hours=0.2)
    round_()
    assert ask().colour == "red"

    intake.record_change(record_id=wrong, values={"valid_until": "2026-12-30"}, by=HOUSE, at=AT, reason="登记录入有误")
    assert round_(0.7) == 1
    assert ask().answer == "ok"


def test_a_paper_no_longer_in_use_is_known_no_more() -> None:
    line("2026-12-31")
    round_()
    line("2026-12-31", hours=0.6, is_in_use=False)

    assert round_(0.7) == 1
    assert ask().code == "business_days_left:missing"
    assert Feature.objects.count() == 0


def test_a_silent_register_is_referred_to_a_person_with_the_reason() -> None:
    line("2026-12-31")
    round_()

    assert ask(hours=48).answer == "ok"
    told = ask(hours=48.01)
    assert (told.answer, told.colour, told.code) == ("refer", "grey", "business_days_left:stale")
    round_(24 * 60)
    assert Feature.objects.count() == 1  # the sixtieth day
    assert ask(hours=24 * 60 + 0.1).code == "business_days_left:missing"  # over, though not yet deleted
    assert round_(24 * 60 + 0.2) == 1
    assert Feature.objects.count() == 0


def test_what_was_known_of_an_erased_record_is_gone_at_once_and_the_rest_comes_back() -> None:
    plate = line("2026-12-31", kind="insurance")
    older, newer = line("2026-06-30"), line("2026-12-31", hours=0.2)
    round_()
    assert Feature.objects.count() == 2

    erase(newer)
    assert list(Feature.objects.values_list("name", flat=True)) == ["insurance_until"]
    assert ask(hours=2.1).code == "business_days_left:missing"
    round_(3)
    assert [one.value for one in ask(hours=3.1).facts if one.input == "business_days_left"] == [120]

    erase(older, 4)
    erase(plate, 4)
    assert Feature.objects.count() == 0
    round_(5)
    assert Feature.objects.count() == 0


def test_a_record_that_named_another_subject_before_is_forgotten_under_both() -> None:
    moved = line("2026-12-31")
    round_()
    intake.record_change(record_id=moved, values={"site": "S-0013"}, by=HOUSE, at=AT, reason="场所编号有误")
    detection.lake_feed(at=AT)  # the round that would see it is still to come

    erase(moved)
    assert Feature.objects.count() == 0


def test_a_feature_that_cannot_be_reckoned_says_so_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    line("2026-12-31")
    detection.lake_feed(at=AT)
    real = lake.tables_at

    def lost(**asked: Any) -> Any:
        if "report" in asked["records"]:
            raise lake.LakeFileLost(file="x")
        return real(**asked)

    monkeypatch.setattr(lake, "tables_at", lost)
    rows = {row.feature: row for row in checks.features_refresh(at=AT)}

    assert rows["reports_30d"].error and rows["business_until"].written == 1
    assert not Refresh.objects.filter(feature="reports_30d").exists()


def test_a_count_over_a_time_is_reckoned_anew_each_round() -> None:
    def report(number: int, hours: float) -> None:
        at = AT + timedelta(hours=hours)
        local = (at + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M")
        values = {
            "report_no": f"R-{number}", "region": VILLAGE, "spot": "东门花坛", "happened_at": local,
            "kind": "flower_bed", "is_urgent": False,
        }  # fmt: skip
        intake.record_report(pack_id="demo_works", kind="report", values=values, by=HOUSE, at=at)

    def known() -> list[tuple[int, datetime]]:
        return list(Feature.objects.filter(name="reports_30d").values_list("value", "from_at"))

    report(1, 0)
    round_(1)
    report(2, 24)
    round_(25)
    assert known() == [(2, AT + timedelta(hours=24))]
    round_(24 * 30 + 0.1)
    assert known() == [(1, AT + timedelta(hours=24))]
    round_(24 * 31 + 0.1)
    assert known() == []
