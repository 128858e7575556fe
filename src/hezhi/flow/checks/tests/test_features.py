"""Features never go back in time, whatever the order and number of times they arrive."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from hezhi.flow.checks import api as checks
from hezhi.flow.checks import keying
from hezhi.flow.checks.contracts import FeatureIn
from hezhi.flow.checks.errors import FeatureInvalid
from hezhi.flow.checks.models import Feature
from hezhi.flow.checks.rules import identifier_plain, newest, subject_of
from hezhi.kit.errors import NotAllowed
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("detection")
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def feature(value: Any, hours: float = 0, **more: Any) -> FeatureIn:
    row = FeatureIn("pack", "s1", "trips", value, AT - hours * HOUR, "pack@2026.1/often@1", AT + 1000 * HOUR)
    return replace(row, **more)


def known() -> list[tuple[str, str, Any]]:
    rows = checks.features_get(pack_id="pack", subjects=["s1", "s2"], names=["trips", "until"], by=HOUSE)
    return [(row.subject, row.name, row.value) for row in rows]


def put(*rows: FeatureIn, later: float = 0) -> tuple[int, int]:
    told = checks.features_put(rows=rows, by=HOUSE, at=AT + later * HOUR)
    return told.written, told.older


@pytest.mark.django_db
def test_an_older_value_never_overwrites_a_newer_one() -> None:
    assert put(feature(1, hours=2)) == (1, 0)
    assert put(feature(9, hours=3)) == (0, 1)
    assert known() == [("s1", "trips", 1)]
    assert put(feature(2, hours=1)) == (1, 0)
    assert known() == [("s1", "trips", 2)]


@pytest.mark.django_db
def test_the_same_rows_again_change_nothing_and_a_correction_of_the_same_moment_counts() -> None:
    rows = (feature(1, hours=1), feature(date(2026, 4, 1), name="until"), feature("a", subject="s2"))
    assert put(*rows) == (3, 0)
    first = list(Feature.objects.order_by("id").values())
    assert put(*rows) == (0, 3)
    assert list(Feature.objects.order_by("id").values()) == first
    assert put(feature(5, hours=1), later=1) == (1, 0)
    assert put(feature(1, hours=1)) == (0, 1)
    assert known() == [("s1", "trips", 5), ("s1", "until", "2026-04-01"), ("s2", "trips", "a")]


class AnyOrder(TestCase):
    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=4, unique=True))
    @settings(max_examples=25, deadline=None)
    def test_any_order_of_arrival_ends_in_the_same_value(self, moments: list[tuple[int, int]]) -> None:
        """Each write is known by (moment it is from, moment it was written); the largest pair holds."""
        best = max(moments, key=lambda one: (-one[0], one[1]))
        for order in list(permutations(moments))[:6]:
            Feature.objects.all().delete()
            for age, written in order:
                put(feature(f"{age}/{written}", hours=age), later=written)
            assert known() == [("s1", "trips", f"{best[0]}/{best[1]}")]


def test_of_equal_rows_in_one_batch_the_newest_is_taken_and_of_equally_old_ones_the_last() -> None:
    rows = [feature(1, hours=1), feature(2), feature(3), feature(4, hours=2)]

    assert [row.value for row in newest(rows)] == [3]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [{"value": float("nan")}, {"value": None}, {"value": [1]}, {"value": "x" * 201}, {"value": 2**63}, {"name": ""},
     {"subject": "x" * 65}, {"from_at": AT + HOUR}, {"keep_until_at": AT - HOUR}, {"source": ""}],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_whole(wrong: dict[str, Any]) -> None:
    with pytest.raises(FeatureInvalid) as refused:
        put(feature(1, subject="s2"), replace(feature(1), **wrong))

    assert [text[:2] for text in refused.value.findings] == ["1:"]
    assert known() == []


@pytest.mark.django_db
def test_nobody_but_the_house_writes_reads_or_keys_features(counter: Actor) -> None:
    for ask in (
        lambda: checks.features_put(rows=[feature(1)], by=counter, at=AT),
        lambda: checks.features_get(pack_id="pack", subjects=["s1"], names=["trips"], by=counter),
        lambda: checks.features_forget(pack_id="pack", subjects=["s1"], by=counter),
        lambda: checks.subjects_key(pack_id="pack", subjects=[("place", "x")], by=counter),
    ):
        with pytest.raises(NotAllowed):
            ask()
    assert known() == []


@pytest.mark.django_db
def test_a_subject_has_another_key_in_each_pack_and_none_of_its_name_in_it() -> None:
    one, other = keying.signs("pack").own, keying.signs("other").own

    here = subject_of(one, "place", "东门 1")
    assert here == subject_of(one, "place", "东门１") != subject_of(other, "place", "东门 1")
    assert re.fullmatch(r"1\.[0-9a-f]{32}", here)
    assert identifier_plain(" 浙A·12-345 ") == "浙a12345"


@pytest.mark.django_db
def test_what_is_forgotten_is_gone() -> None:
    put(feature(1), feature(1, subject="s2"))

    assert checks.features_forget(pack_id="pack", subjects=["s1"], by=HOUSE) == 1
    assert known() == [("s2", "trips", 1)]


@pytest.mark.django_db
def test_ten_thousand_values_are_written_in_two_statements(django_assert_max_num_queries: Any) -> None:
    rows = [feature(number, subject=f"s{number}") for number in range(10_000)]
    with django_assert_max_num_queries(4):  # with the marks of the transaction
        assert put(*rows) == (10_000, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM checks_feature")
        assert cursor.fetchone() == (10_000,)
