"""What people said in an act is sealed beside its line: readable while its key lasts, gone with it, always bound."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from hezhi.kit.canonical import canonical, sha256
from hezhi.spine.ledger import api, models, rules
from hezhi.spine.ledger.contracts import NewLine
from hezhi.spine.ledger.errors import MaskWritten
from hezhi.spine.ledger.tests.factories import START_AT, Clerk, append, tamper
from hezhi.spine.vault import api as vault
from hezhi.spine.vault.errors import SubjectErased

SAID = "两车相撞，当事人张某"
BODY = {"agency": 3, "reason": SAID, "result": {"phone": "13900000101"}, "note": ""}
pytestmark = pytest.mark.django_db

EXCHANGED = (
    "UPDATE ledger_line SET words = (SELECT words FROM ledger_line WHERE chain = 'case:2') WHERE chain = 'case:1'"
)
PLAIN = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8).filter(str.isprintable)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner), max_leaves=4
)
BODIES = st.dictionaries(
    st.sampled_from(sorted(rules.WORDS)) | st.text("abc", min_size=1, max_size=3), VALUES, max_size=6
)


def rows_as_text() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT l::text FROM ledger_line l")
        return "\n".join(row[0] for row in cursor.fetchall())


def test_a_line_reads_as_it_was_told_and_the_table_shows_no_word_of_it() -> None:
    told = append(body=BODY)

    assert told.body == BODY
    assert [line.body for line in api.lines_of(chain="case:1")] == [BODY]
    assert SAID not in rows_as_text()
    assert "13900000101" not in rows_as_text()
    assert json.loads(models.Line.objects.get().payload)["body"] == {"agency": 3, "note": ""}


@given(BODIES)
def test_a_body_taken_apart_and_joined_is_the_body(body: dict[str, Any]) -> None:
    facts, words = rules.body_split(body)

    assert {**facts, **words} == body
    assert not facts.keys() & words.keys()
    assert rules.said_read(rules.said_write(words, b"salt")) == json.loads(canonical(words))


def test_many_lines_at_once_are_sealed_like_single_ones() -> None:
    new = [NewLine(f"record:{number}", "record.take", {"key": f"沪A0000{number}", "late": False}) for number in (1, 2)]

    api.lines_append(lines=new, by=Clerk(), at=START_AT)

    assert [line.body["key"] for line in api.chains_lines(prefix="record:", with_words=True)] == [
        "沪A00001",
        "沪A00002",
    ]
    assert ["key" in line.body for line in api.chains_lines(prefix="record:")] == [False, False]
    assert "沪A" not in rows_as_text()


def test_with_its_key_the_words_of_a_chain_are_gone_and_the_rest_still_holds() -> None:
    append(body=BODY)
    append("case:2", body=BODY)
    api.seal_make(at=START_AT)

    vault.keys_destroy(subjects=["case:1"])

    [erased], [kept] = api.lines_of(chain="case:1"), api.lines_of(chain="case:2")
    assert (erased.body, erased.is_erased) == ({"agency": 3, "note": ""}, True)
    assert (kept.body, kept.is_erased) == (BODY, False)
    assert api.ledger_breaks() == []


def test_nothing_more_is_said_in_an_erased_chain_but_facts_may_follow() -> None:
    append(body=BODY)
    vault.keys_destroy(subjects=["case:1"])

    with pytest.raises(SubjectErased):
        append(body=BODY, minute=1)
    assert len(api.lines_of(chain="case:1")) == 1
    append(act="case.erase", body={"basis": "个保法 47"}, minute=2)
    assert [line.act for line in api.lines_of(chain="case:1")] == ["case.accept", "case.erase"]


def test_a_line_without_words_needs_no_key() -> None:
    append(body={"agency": 3, "reason": ""})

    assert vault.keys_find(subjects=["case:1"]) == {}


def test_equal_words_have_unequal_hashes_so_that_nobody_finds_erased_ones_by_guessing() -> None:
    append(body=BODY)
    append(body=BODY, minute=1)

    first, second = (json.loads(row.payload)["words"] for row in models.Line.objects.order_by("id"))
    assert first != second
    assert sha256(canonical(rules.body_split(BODY)[1])) not in (first, second)


def test_words_given_out_prove_themselves_by_the_hash_in_the_line() -> None:
    append(body=BODY)
    row = models.Line.objects.get()

    [said] = api.lines_said(line_ids=[row.id]).values()

    assert sha256(said) == json.loads(row.payload)["words"]
    assert rules.said_read(said) == {"reason": SAID, "result": {"phone": "13900000101"}}


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE ledger_line SET words = '' WHERE chain = 'case:1'", "its words are gone"),
        (
            EXCHANGED,
            "its words were changed",
        ),
        ("DELETE FROM vault_key WHERE subject = 'case:1'", "the key of its words is gone or was changed"),
        (
            "UPDATE vault_key SET wrapped = (SELECT wrapped FROM vault_key WHERE subject = 'case:2')"
            " WHERE subject = 'case:1'",
            "the key of its words is gone or was changed",
        ),
    ],
    ids=["emptied", "moved", "key deleted", "key exchanged"],
)
def test_words_taken_away_or_exchanged_are_found_at_their_line(statement: str, says: str) -> None:
    append(body=BODY)
    append("case:2", body=BODY)

    tamper(statement)

    [found] = api.ledger_breaks()
    assert (found.kind, found.place) == ("changed", "case:1#1")
    assert found.says.startswith(says)


def test_words_added_to_a_line_that_had_none_are_found() -> None:
    append(body={"agency": 3})
    append("case:2", body=BODY)

    tamper(EXCHANGED)

    [found] = api.ledger_breaks()
    assert found.says.startswith("it has words that its hash does not know")


@pytest.mark.parametrize("body", [{"reason": "电话••••••"}, {"result": {"answers": [{"phone": "••••••"}]}}])
def test_what_stands_for_a_masked_value_is_never_written(body: dict[str, Any]) -> None:
    with pytest.raises(MaskWritten):
        append(body=body)

    assert models.Line.objects.count() == 0
