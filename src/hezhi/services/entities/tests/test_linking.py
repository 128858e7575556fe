"""Records are linked as they come; people confirm, split and undo; the order of arrival changes nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hezhi.services.entities import api, store
from hezhi.services.entities.contracts import EntrySeed, Guard, LinkVerdict
from hezhi.services.entities.errors import (
    ChangeNotFound,
    LinkGuarded,
    LinkNotFound,
    ModelNotFound,
    ReasonMissing,
    VerdictUnknown,
)
from hezhi.services.entities.models import Change, Entry, Judgement, Key, Link, Member, Model, Signs
from hezhi.services.entities.tests.conftest import Set, plain_sign
from hezhi.services.entities.tests.invented import people
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor, Grant, Right, Scope, ScopeKind

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HOUSE = Actor.system("test")
REGION = "33.3399"
HERE = Scope(ScopeKind.REGION, REGION)
JUDGE = Actor(
    "person:7", "Judge", grants=frozenset((Grant(Right.RECORD_MERGE, HERE), Grant(Right.RECORD_READ, HERE)))
)  # fmt: skip
ANNA = {"name": "单禾苗", "born": "1990-03-12", "phone": "15400000001", "address": "稻香路7号1室"}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(api, "_sign", lambda: plain_sign)
    yield
    store.weights_of.cache_clear()


@pytest.fixture
def model(invented: Set) -> Model:
    trained = invented.trained
    return Model.objects.create(
        spec="person", version=1, settings=trained.settings, frequencies=trained.frequencies, report=trained.report,
        content_hash="0" * 64, made_by="system:test", made_at=AT,
    )  # fmt: skip


def add(ref: str, region: str = REGION, **values: Any) -> int:
    row = api.entry_add(spec_id="person", ref=ref, values={**ANNA, **values}, by=HOUSE, at=AT, region_path=region)
    return row.id


def parts() -> set[frozenset[str]]:
    homes: dict[int, set[str]] = {}
    for ref, cluster in Member.objects.filter(until_at=None).values_list("entry__ref", "cluster"):
        homes.setdefault(cluster, set()).add(ref)
    return {frozenset(one) for one in homes.values()}


def counts() -> list[int]:
    return [one.objects.count() for one in (Judgement, Change, Member, Link)]


def forget_all() -> None:
    api.entries_forget(refs=list(Entry.objects.values_list("ref", flat=True)), at=AT)
    Change.objects.all().delete()


def test_the_order_of_arrival_changes_no_cluster(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "KEY_AT_MOST", 3)  # so that keys become too common on the way
    monkeypatch.setattr(api, "BOUNDS", api.Bounds(size=3))
    rows = [(f"record:{at}", person) for at, (_, person) in enumerate(people(22, seed=11))]
    rows += [(f"record:9{at}", {**ANNA, "number": f"N9{at % 2}" if at else None}) for at in range(5)]
    found = []
    for turn in range(20):
        random.Random(turn).shuffle(rows)
        for ref, person in rows:
            api.entry_add(spec_id="person", ref=ref, values=person, by=HOUSE, at=AT)
        found.append((parts(), set(Link.objects.exclude(guard="").values_list("low__ref", "guard"))))
        forget_all()

    differing = [sum(part not in found[0][0] for part in one) for one, _ in found]
    assert differing == [0] * 20
    assert max(len(part) for part in found[0][0]) == 3
    assert sum(len(part) > 1 for part in found[0][0]) > 4


def test_one_by_one_gives_what_the_batch_gives(model: Model) -> None:
    rows = [EntrySeed(f"record:{at}", dict(person)) for at, (_, person) in enumerate(people(60, seed=3))]
    for one in rows:
        api.entry_add(spec_id="person", ref=one.ref, values=one.values, by=HOUSE, at=AT)
    single = parts()
    weights = {(one.low.ref, one.high.ref): one.weight for one in Link.objects.select_related("low", "high")}
    forget_all()

    assert api.entries_load(spec_id="person", entries=rows, by=HOUSE, at=AT) == len(rows)
    count = api.links_compute(spec_id="person", by=HOUSE, at=AT)

    assert parts() == single
    assert {(one.low.ref, one.high.ref): one.weight for one in Link.objects.select_related("low", "high")} == (
        pytest.approx(weights, abs=1e-6)
    )
    assert count == len(weights) > 10
    [line] = ledger.lines_of(chain="links:person")
    assert (line.act, line.body["links"]) == ("links.compute", count)


def test_a_link_tells_its_reasons_and_names_nobody(model: Model) -> None:
    one, other = add("record:1"), add("record:2", name="单和苗", phone="")

    [row] = api.links_page(by=JUDGE, is_waiting=False)

    assert (row.one, row.other, row.is_joined, row.verdict) == (one, other, True, None)
    assert row.weight == pytest.approx(
        sum(float(said.en.split("(")[-1].strip("+)")) for said in row.reasons[:-1]), abs=0.3
    )
    assert any(said.zh.startswith("姓名：读音相同，用字不同（") for said in row.reasons)
    told = repr(row) + repr(Link.objects.values()[0]) + repr(Entry.objects.values()) + repr(Signs.objects.values())
    assert not [word for word in ("单", "禾", "1990", "15400000001", "稻香") if word in told]


def test_the_same_record_again_changes_nothing(model: Model) -> None:
    add("record:1")
    add("record:2")
    before = counts()

    add("record:2", name="别的")

    assert counts() == before


def test_a_person_splits_and_confirms(model: Model) -> None:
    add("record:1")
    add("record:2")
    assert parts() == {frozenset({"record:1", "record:2"})}
    [link] = api.links_page(by=JUDGE, is_waiting=False)

    split = api.link_judge(link_id=link.id, verdict="different", reason="父子同住同号", by=JUDGE, at=AT)

    assert (split.verdict, split.is_joined, split.guard) == (LinkVerdict.DIFFERENT, False, None)
    assert parts() == {frozenset({"record:1"}), frozenset({"record:2"})}
    later = AT + timedelta(hours=1)
    joined = api.link_judge(link_id=link.id, verdict="same", reason="当面核实为一人", by=JUDGE, at=later)
    assert (joined.verdict, joined.is_joined, joined.judged_by, joined.judged_at) == (
        LinkVerdict.SAME, True, "person:7", later,
    )  # fmt: skip
    lines = ledger.lines_of(chain=f"link:{link.id}")
    assert [(line.act, line.actor, line.body["verdict"], line.body["reason"]) for line in lines] == [
        ("link.judge", "person:7", "different", "父子同住同号"), ("link.judge", "person:7", "same", "当面核实为一人"),
    ]  # fmt: skip
    joined_move, split_move = (link.other, link.other, link.one), (link.other, link.one, link.other)
    moves = [one.moves for one in api.changes_of(spec_id="person")]
    assert moves == [(joined_move,), (split_move,), (joined_move,)]
    assert Member.objects.filter(entry=link.other).count() == 4  # one at the start, one for each move


def test_what_a_person_may_not_judge_is_refused_and_nothing_is_written(model: Model) -> None:
    add("record:1")
    add("record:2", region="33.3301")
    add("record:3")
    before = counts()
    across = Link.objects.get(low__ref="record:1", high__ref="record:2")
    own = Link.objects.get(low__ref="record:1", high__ref="record:3")
    barred = Actor("person:8", "Kin", grants=JUDGE.grants, barred=frozenset({"record:3"}))

    for actor, link, verdict, reason, error in (
        (JUDGE, across, "same", "看过材料", LinkNotFound),
        (barred, own, "same", "看过材料", LinkNotFound),
        (Actor("person:9", "Nobody"), own, "same", "看过材料", LinkNotFound),
        (JUDGE, own, "perhaps", "看过材料", VerdictUnknown),
        (JUDGE, own, "same", " 是 ", ReasonMissing),
    ):
        with pytest.raises(error):
            api.link_judge(link_id=link.id, verdict=verdict, reason=reason, by=actor, at=AT)

    assert counts() == before
    assert [row.id for row in api.links_page(by=JUDGE, is_waiting=False)] == [own.id]
    assert list(api.links_page(by=barred, is_waiting=False)) == []


def test_two_numbers_of_which_a_subject_has_one_wait_for_a_person_and_are_never_the_same(model: Model) -> None:
    add("record:1", number="N1")
    add("record:2", number="N2")

    [row] = api.links_page(by=JUDGE)

    assert (row.guard, row.is_joined) == (Guard.NUMBERS, False)
    before = counts()
    with pytest.raises(LinkGuarded):
        api.link_judge(link_id=row.id, verdict="same", reason="看过材料了", by=JUDGE, at=AT)
    assert counts() == before
    api.link_judge(link_id=row.id, verdict="different", reason="两个人，号码不同", by=JUDGE, at=AT)
    assert list(api.links_page(by=JUDGE)) == []


def test_a_merge_can_be_undone_and_stays_undone(model: Model) -> None:
    add("record:1")
    add("record:2")
    add("record:3", name="曾果叶", born="1971-05-06", phone="15400000009", address="谷仓巷3号")
    before = parts()
    add("record:4")
    change = api.changes_of(spec_id="person")[-1]

    undone = api.merge_undo(change_id=change.id, reason="是另外一个人", by=JUDGE, at=AT)

    assert undone is not None
    assert undone.moves == tuple((entry, new, old) for entry, old, new in change.moves)
    assert parts() == before | {frozenset({"record:4"})}
    add("record:5")
    assert {frozenset({"record:4"})} <= parts() or frozenset({"record:4", "record:5"}) in parts()
    assert not [part for part in parts() if {"record:1", "record:4"} <= part]
    with pytest.raises(ChangeNotFound):
        api.merge_undo(change_id=change.id, reason="是另外一个人", by=JUDGE, at=AT)


def test_who_may_not_judge_undoes_nothing(model: Model) -> None:
    add("record:1")
    add("record:2")
    change, before = api.changes_of(spec_id="person")[-1], counts()

    with pytest.raises(LinkNotFound):
        api.merge_undo(change_id=change.id, reason="是另外一个人", by=Actor("person:9", "Nobody"), at=AT)

    assert counts() == before


def test_one_incoming_record_is_matched_and_nothing_is_written(model: Model) -> None:
    add("record:1")
    add("record:2", name="曾果叶", born="1971-05-06", phone="15400000009", address="谷仓巷3号")
    before = [*counts(), Entry.objects.count(), Key.objects.count()]

    found = api.entry_match(spec_id="person", values={**ANNA, "name": "单禾果"}, by=HOUSE)

    assert [(row.ref, row.probability > 0.99) for row in found.rows] == [("record:1", True)]
    assert found.dropped == 0
    assert [*counts(), Entry.objects.count(), Key.objects.count()] == before


def test_a_key_that_too_many_share_is_left_out_and_told(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "KEY_AT_MOST", 2)
    for number in range(4):
        add(f"record:{number}", born=f"19{number}0-01-01", address="")

    found = api.entry_match(spec_id="person", values={"name": "单海", "phone": ANNA["phone"]}, by=HOUSE)

    assert (found.rows, found.compared, found.dropped) == ((), 0, 1)
    assert not Link.objects.filter(is_found=True).exists()


def test_an_erased_record_is_forgotten_and_the_others_settle(model: Model) -> None:
    add("record:1")
    add("record:2")
    add("record:3")

    assert api.entries_forget(refs=["record:1"], at=AT) == 1

    assert parts() == {frozenset({"record:2", "record:3"})}
    assert not Signs.objects.exclude(entry__in=Entry.objects.values("id")).exists()
    assert [Key.objects.filter(entry__ref="record:1").count(), Link.objects.count()] == [0, 1]


def test_without_weights_nothing_is_linked_and_asking_says_so() -> None:
    add("record:1")
    add("record:2")

    assert Link.objects.count() == 0
    for ask in (
        lambda: api.links_compute(spec_id="person", by=HOUSE, at=AT),
        lambda: api.entry_match(spec_id="person", values=ANNA, by=HOUSE),
        lambda: api.model_train(spec_id="person", by=HOUSE, at=AT),
    ):
        with pytest.raises(ModelNotFound):
            ask()
    assert Model.objects.count() == 0


def test_weights_are_trained_from_what_was_loaded_and_written_down() -> None:
    rows = [EntrySeed(f"record:{at}", dict(person)) for at, (_, person) in enumerate(people(180, seed=3))]
    api.entries_load(spec_id="person", entries=rows, by=HOUSE, at=AT)

    row = api.model_train(spec_id="person", by=HOUSE, at=AT)

    assert (row.version, row.report["rows"]) == (1, len(rows))
    [line] = ledger.lines_of(chain="links:person")
    assert (line.act, line.body) == (
        "links.train", {"spec": "person", "version": 1, "hash": row.content_hash, "records": len(rows)},
    )  # fmt: skip
