"""Lines form one hash chain per subject, are written once per key, and never wait for other chains."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection, connections, transaction

from hezhi.spine.ledger import api, models, rules
from hezhi.spine.ledger.errors import KeyAlreadyUsed, LineUnwritable
from hezhi.spine.ledger.tests.factories import START_AT, Clerk, append


@pytest.mark.django_db
def test_a_line_comes_back_as_it_was_written():
    written = append(
        "case:7", "case.open", body={"reason": "占道停放", "on": date(2026, 3, 2)}, pack="demo@1", key="k-1"
    )

    assert (written.chain, written.seq, written.act, written.actor) == ("case:7", 1, "case.open", "person:17")
    assert written.body == {"reason": "占道停放", "on": "2026-03-02"}
    assert api.line_by_key(chain="case:7", key="k-1") == written
    assert api.lines_of(chain="case:7") == [written]


@pytest.mark.django_db
def test_each_line_is_hashed_over_its_place_its_payload_and_the_line_before():
    append("case:7")
    append("case:7", minute=1)

    first, second = models.Line.objects.order_by("seq")
    assert (first.prev_hash, second.prev_hash) == ("", first.hash)
    assert first.hash == rules.line_hash("", first.id, "case:7", 1, first.payload)
    assert second.hash == rules.line_hash(first.hash, second.id, "case:7", 2, second.payload)
    assert models.Head.objects.get(chain="case:7").hash == second.hash


@pytest.mark.django_db
def test_the_database_hashes_as_the_rules_do():
    odd = '{"a":"和治 🚒 \\n \\u0000 \'%s"}'
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_line_hash(%s, %s, %s, %s, %s)", ["ab", 2**60, "case:甲", 3, odd])
        told = cursor.fetchone()[0]

    assert told == rules.line_hash("ab", 2**60, "case:甲", 3, odd)


@pytest.mark.django_db
def test_a_key_is_written_once_per_chain_and_the_transaction_lives_on():
    first = append("case:1", key="push-9")

    with pytest.raises(KeyAlreadyUsed) as refused:
        append("case:1", minute=5, key="push-9")
    other_chain = append("case:2", key="push-9")
    after = append("case:1", minute=6)

    assert refused.value.line == first
    assert (other_chain.seq, after.seq) == (1, 2)
    assert models.Line.objects.count() == 3


@pytest.mark.django_db
def test_lines_without_key_never_collide():
    append("case:1")
    append("case:1")

    assert [line.seq for line in api.lines_of(chain="case:1")] == [1, 2]
    assert api.line_by_key(chain="case:1", key="") is None


@pytest.mark.django_db
def test_a_rolled_back_act_leaves_no_hole_in_its_chain():
    append("case:1")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        append("case:1")
        raise ZeroDivisionError
    append("case:1")

    assert [line.seq for line in api.lines_of(chain="case:1")] == [1, 2]
    assert api.ledger_breaks() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"chain": ""}, id="no chain"),
        pytest.param({"chain": "case:1\ncase:2"}, id="a chain of two lines"),
        pytest.param({"chain": "case:" + "1" * 300}, id="a chain that is too long"),
        pytest.param({"act": "accept"}, id="an act without its room"),
        pytest.param({"by": Clerk(ref="")}, id="nobody signs"),
        pytest.param({"by": Clerk(ref="a\nb")}, id="a signature of two lines"),
        pytest.param({"at": datetime(2026, 3, 2, 9)}, id="a moment without zone"),
        pytest.param({"body": {"share": float("nan")}}, id="not a number"),
        pytest.param({"body": {"what": object()}}, id="something JSON cannot hold"),
        pytest.param({"body": {"text": "\ud800"}}, id="half a character"),
        pytest.param({"body": {1: "a", "b": 2}}, id="keys that cannot be sorted"),
        pytest.param({"body": ["a"]}, id="a body that is no mapping"),
        pytest.param({"key": "k" * 300}, id="a key that is too long"),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_nothing(wrong):
    with pytest.raises(LineUnwritable):
        append(**{"chain": "case:1", "act": "case.accept", **wrong})

    assert models.Line.objects.count() == 0
    assert models.Head.objects.count() == 0


@pytest.mark.django_db
def test_moments_days_and_amounts_are_written_in_one_way():
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    written = append(body={"at": at, "on": date(2026, 3, 2), "share": Decimal("0.10"), "ids": {3, 1}})

    assert written.body == {"at": "2026-03-02T09:30:00.000000Z", "on": "2026-03-02", "share": "0.10", "ids": [1, 3]}


@pytest.mark.django_db
def test_one_append_is_one_round_trip(django_assert_num_queries):
    append()

    with django_assert_num_queries(1):
        append(minute=1, key="k")


@pytest.mark.django_db
def test_periods_include_their_start_and_exclude_their_end():
    for minute in range(4):
        append(f"case:{minute}", "case.open" if minute % 2 else "case.close", minute=minute)

    def told(**more):
        lines = api.lines_between(from_at=START_AT.replace(minute=1), to_at=START_AT.replace(minute=3), **more)
        return [line.chain for line in lines]

    assert told() == ["case:1", "case:2"]
    assert told(acts=["case.open"]) == ["case:1"]


@pytest.mark.django_db
def test_chains_stream_one_after_the_other_and_keep_to_their_prefix():
    for chain in ("case:2", "alert:1", "case:10", "case:2", "cases", "task:1"):
        append(chain)

    told = [(line.chain, line.seq) for line in api.chains_lines(prefix="case:")]

    assert told == [("case:10", 1), ("case:2", 1), ("case:2", 2)]
    assert len(list(api.chains_lines(prefix=""))) == 6


@pytest.mark.django_db(transaction=True)
def test_twenty_writers_on_one_chain_take_turns_and_break_nothing():
    def work(writer: int) -> None:
        try:
            for turn in range(5):
                append("case:1", minute=turn, key=f"{writer}-{turn}")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [line.seq for line in api.lines_of(chain="case:1")] == list(range(1, 101))
    assert api.ledger_breaks() == []


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_moment_is_written_once():
    told = []

    def work() -> None:
        try:
            append("case:1", key="same")
            told.append("written")
        except KeyAlreadyUsed:
            told.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == ["refused"] * 7 + ["written"]
    assert len(api.lines_of(chain="case:1")) == 1
