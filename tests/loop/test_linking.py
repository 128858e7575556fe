"""Accepted records reach the room of subjects: linked for a person to judge, corrected, erased; no value is kept."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import ErasureBasis
from hezhi.flow.intake.tests.factories import PATH, VILLAGE, regions_make
from hezhi.packkit import api as packkit
from hezhi.packkit.shape.records import COMPARED
from hezhi.services.entities import api as entities
from hezhi.services.entities import store
from hezhi.services.entities.models import Entry, Link, Model, Waiting
from hezhi.services.entities.specs import SPECS
from hezhi.spine.permissions.contracts import Actor, Grant, Right, Scope, ScopeKind
from hezhi.wiring import linking

PACKS = Path(__file__).parents[2] / "packs"
HOUSE = Actor.system("test")
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HERE = Scope(ScopeKind.REGION, PATH)
JUDGE = Actor("person:7", "Judge", grants=frozenset((Grant(Right.RECORD_MERGE, HERE),)))
STRANGER = Actor("person:8", "Stranger")
NAMES = ("和悦养老服务部", "和阅养老服务部", "石渡乐龄推介会", "麦田理财讲座", "谷仓巷康养中心")


@pytest.fixture(autouse=True)
def shelf(db: None) -> Iterator[None]:
    regions_make()
    before = packkit.shelf()
    packkit.shelf_use(packkit.Shelf([PACKS / "finance_tricolour"]))
    yield
    packkit.shelf_use(before)
    store.weights_of.cache_clear()


def clue(number: int, target: str, **more: Any) -> int:
    values = {
        "clue_no": f"X-{number}", "region": VILLAGE, "happened_at": "2026-03-01 09:00", "target": target,
        "about": packkit.shelf().get("finance_tricolour").matters[0].id, "channel": "hotline",
        "promised": "not_said", **more,
    }  # fmt: skip
    told = intake.record_report(pack_id="finance_tricolour", kind="clue", values=values, by=HOUSE, at=AT)
    return told.record.id


def refs() -> set[str]:
    return set(Entry.objects.values_list("ref", flat=True))


def test_the_pack_format_knows_just_what_the_specs_compare() -> None:
    assert {one: set(parts) for one, parts in COMPARED.items()} == {
        spec.id: {compared.id for compared in spec.compared} for spec in SPECS.values()
    }


def test_a_record_waits_is_taken_in_once_and_leaves_no_value_behind() -> None:
    record_id = shop("1", name=NAMES[0], phone="15400000077")
    assert (refs(), Waiting.objects.count()) == (set(), 1)

    assert linking.records_link(at=AT) == 1
    assert (refs(), Waiting.objects.count()) == ({f"record:{record_id}"}, 0)
    assert Entry.objects.get().region_path == PATH
    assert linking.records_link(at=AT) == 0
    kept = ""
    with connection.cursor() as cursor:
        for table in ("entry", "signs", "key", "member", "waiting"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM entities_{table} t")
            kept += str(cursor.fetchone()[0])
    for clear in (NAMES[0], "15400000077"):
        assert clear not in kept and clear.encode().hex() not in kept


def test_too_few_records_train_nothing_and_are_kept_until_there_are_enough() -> None:
    clue(1, NAMES[0])
    clue(2, NAMES[0])
    linking.records_link(at=AT)

    assert entities.models_ready(by=HOUSE, at=AT) == []
    assert (Entry.objects.count(), Link.objects.count(), Model.objects.count()) == (2, 0, 0)


def shops(count: int) -> list[list[int]]:
    """Let three hands write down the same shops, one with a slip and without a telephone; return the ids by shop."""
    dice, told = random.Random(7), []
    for number in range(count):
        signs = "".join(dice.choice(one) for one in ("稻麦谷豆瓜", "香田仓棚架", "乐康悦福宁", "龄养居颐和"))
        kind = dice.choice(("养老服务部", "理财讲座", "健康馆"))
        where = f"{dice.choice('东西南北中')}门路{dice.randint(1, 99)}号{dice.randint(1, 20)}室"
        plain = {"name": signs + kind, "address": where, "phone": f"1540{dice.randrange(10**7):07d}"}
        slipped = {"name": signs[:3] + kind, "address": where}
        told.append([shop(f"{number}-{hand}", **one) for hand, one in enumerate((plain, plain, slipped))])
    return told


def shop(line: str, **more: Any) -> int:
    values = {"line_no": line, "region": VILLAGE, "read_at": "2026-03-01 09:00", **more}
    told = intake.record_report(pack_id="finance_tricolour", kind="shop_line", values=values, by=HOUSE, at=AT)
    return told.record.id


def test_enough_records_train_weights_and_their_links_are_shown_to_a_person() -> None:
    ids = shops(80)
    linking.records_link(at=AT)
    assert Link.objects.count() == 0

    [model] = entities.models_ready(by=HOUSE, at=AT)
    assert (model.spec, model.version) == ("organisation", 1)
    assert entities.models_ready(by=HOUSE, at=AT) == []
    clusters = [entities.entry_of(spec_id="organisation", ref=f"record:{one}").cluster for one in ids[0][:2]]
    assert len(set(clusters)) == 1
    assert entities.links_page(by=JUDGE, is_waiting=False).rows
    assert entities.links_page(by=STRANGER, is_waiting=False).rows == ()


def test_a_correction_of_what_is_compared_takes_the_record_in_anew_and_any_other_leaves_it() -> None:
    record_id = clue(1, NAMES[0])
    linking.records_link(at=AT)
    first = Entry.objects.get().id

    intake.record_change(record_id=record_id, values={"paid_cents": 5}, reason="补记金额", by=HOUSE, at=AT)
    linking.records_link(at=AT)
    assert Entry.objects.get().id == first

    intake.record_change(record_id=record_id, values={"target": NAMES[3]}, reason="名称有误", by=HOUSE, at=AT)
    linking.records_link(at=AT)
    assert Entry.objects.get().id != first
    assert refs() == {f"record:{record_id}"}


def test_an_erased_record_is_forgotten_whether_it_waits_or_not() -> None:
    taken = shop("1", name=NAMES[0])
    linking.records_link(at=AT)
    waiting = shop("2", name=NAMES[1])
    assert (refs(), Waiting.objects.count()) == ({f"record:{taken}"}, 1)

    for record_id in (taken, waiting):
        intake.record_erase(record_id=record_id, basis=ErasureBasis.PURPOSE_ENDED, by=HOUSE, at=AT)
    assert (refs(), Waiting.objects.count()) == (set(), 0)
    assert linking.records_link(at=AT) == 0
