"""Likeness means the same in Python and in the engine, and on signs as on clear values."""

from __future__ import annotations

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from hezhi.packkit.shape.base import Text
from hezhi.services.entities.features import Level, features_of, keys_of, pack, signer, unpack
from hezhi.services.entities.specs import ORGANISATION, PERSON
from hezhi.services.entities.tests.conftest import plain_sign

LABEL = Text(zh="同", en="same")
signs = st.integers(-(2**63), 2**63 - 1)
lists = st.none() | st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True).map(lambda one: tuple(sorted(one)))


def level_of(one: dict[str, str], other: dict[str, str], compared: str) -> str:
    left, right = (features_of(PERSON.compared, values, plain_sign) for values in (one, other))
    levels = next(found for found in PERSON.compared if found.id == compared).levels
    return next((level.label.en for level in levels if level.is_met(left, right)), "different")


def test_chinese_names_are_compared_by_characters_and_sounds() -> None:
    def found(one: str, other: str) -> str:
        return level_of({"name": one}, {"name": other}, "name")

    assert found("单禾苗", "单禾苗") == "equal"
    assert found("单禾苗", "单苗禾") == "the same characters in another order"
    assert found("单禾苗", "单和苗") == "the same sound in other characters"
    assert found("单禾苗", "单禾果") == "most characters equal"
    assert found("单禾苗", "单海明") == "the same initials"
    assert found("单禾", "仇禾") == found("单禾苗", "仇果叶") == "different"


def test_days_are_compared_by_their_digits() -> None:
    def found(other: str) -> str:
        return level_of({"born": "1990-03-12"}, {"born": other}, "born")

    assert [found(day) for day in ("1990/03/12", "1990-12-03", "1990-03-13", "1991-03-13", "1971-08-25")] == [
        "equal", "month and day changed about", "one digit differs", "two digits differ", "different",
    ]  # fmt: skip


@given(lists, lists, st.integers(1, 100))
def test_lists_are_as_alike_in_the_engine_as_here(
    one: tuple[int, ...] | None, other: tuple[int, ...] | None, percent: int
) -> None:
    level = Level("c", LABEL, percent)

    [[found]] = duckdb.execute(
        f"SELECT {level.sql()} FROM (SELECT ?::BIGINT[] AS c_l, ?::BIGINT[] AS c_r)",
        [list(one) if one else None, list(other) if other else None],
    ).fetchall()

    assert bool(found) == level.is_met({"c": one}, {"c": other})


@given(st.lists(signs), st.none() | signs, st.none() | lists)
def test_what_is_packed_is_unpacked(many: list[int], single: int | None, few: tuple[int, ...] | None) -> None:
    columns = {"many": True, "single": False, "few": True}
    features = {"many": tuple(many) or None, "single": single, "few": few}

    assert unpack(columns, pack(columns, features)) == features


def test_a_missing_value_has_no_sign_and_makes_no_key() -> None:
    features = features_of(PERSON.compared, {"name": " ", "phone": None, "born": "unknown"}, plain_sign)

    assert set(features.values()) == {None}
    assert keys_of(PERSON.keys, features) == ()


def test_keys_are_equal_where_their_columns_are_and_nowhere_else() -> None:
    one = {"name": "单禾苗", "born": "1990-03-12"}
    other = {"name": "单和苗", "born": "1990-03-12"}
    keys = [set(keys_of(PERSON.keys, features_of(PERSON.compared, values, plain_sign))) for values in (one, other)]

    assert len(keys[0]) == 4 and len(keys[0] & keys[1]) == 3  # sounds, family and initials with the day of birth


def test_a_sign_is_the_beginning_of_the_pseudonym() -> None:
    sign = signer(lambda column, text: f"1.{column}{text}" + "0" * 28)

    assert sign("7f", "ff") == 0x7FFF000000000000
    assert sign("ff", "ff") == -0x0001000000000000


def test_every_key_and_rule_names_columns_of_its_spec() -> None:
    for spec in (PERSON, ORGANISATION):
        named = {column for rules in (spec.keys, spec.training, spec.sure) for rule in rules for column in rule}
        assert named <= {name for name, is_list in spec.columns.items() if not is_list}
        assert {level.column for one in spec.compared for level in one.levels} <= set(spec.columns)
