"""A file means the same to every reader, and every value knows its line."""

from __future__ import annotations

import pytest

from hezhi.packkit.read import read_yaml


def read(text: str) -> tuple[object, list[tuple[str, int]]]:
    found: list[tuple[str, int]] = []
    doc = read_yaml("a.yml", text, lambda rule, line, cause: found.append((rule, line)))
    return (doc.data if doc else None), found


def test_plain_values_keep_their_types() -> None:
    data, found = read("a: 1\nb: 1.5\nc: true\nd: text\ne: '1'\nf: [x, 2]\ng: {h: -3}\n")

    assert data == {"a": 1, "b": 1.5, "c": True, "d": "text", "e": "1", "f": ["x", 2], "g": {"h": -3}}
    assert found == []


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off", "True", "FALSE"])
def test_a_word_that_others_read_as_truth_is_told(word: str) -> None:
    assert read(f"a: {word}\n") == ({"a": word}, [("text/implicit-boolean", 1)])


@pytest.mark.parametrize("number", ["007", "0o17", "0x1f", "1_000", "12:30"])
def test_a_number_that_others_read_otherwise_is_told(number: str) -> None:
    assert read(f"a: {number}\n") == ({"a": number}, [("text/implicit-octal", 1)])


def test_a_second_key_of_the_same_name_is_told_and_the_first_counts() -> None:
    assert read("a: 1\nb: 2\na: 3\n") == ({"a": 1, "b": 2}, [("text/duplicate-key", 3)])


def test_an_empty_value_is_told_and_left_out() -> None:
    assert read("a:\nb: ~\nc: 1\n") == ({"c": 1}, [("text/empty-value", 1), ("text/empty-value", 2)])


def test_anchors_aliases_and_tags_are_told() -> None:
    _, found = read("a: &x 1\nb: *x\nc: !!str 3\n")

    assert found == [("text/no-alias", 1), ("text/no-alias", 2), ("text/no-alias", 3)]


@pytest.mark.parametrize(
    "text", ["a: [1\n", "a: 1\n b: 2\n", "", "# only a note\n", "a: 1\n---\nb: 2\n", "? [1]\n: 2\n"]
)
def test_what_is_not_one_document_is_told(text: str) -> None:
    assert [rule for rule, _ in read(text)[1]] == ["text/syntax"]


def test_every_place_knows_its_line_and_missing_parts_take_the_nearest() -> None:
    doc = read_yaml("a.yml", "tasks:\n  - id: one\n    by: lead\n  - id: two\n", lambda *_: None)

    assert doc is not None
    assert doc.line(("tasks", 0, "by")) == 3
    assert doc.line(("tasks", 1, "missing")) == 4
    assert doc.real(("tasks", 1, "union-branch", "id")) == ("tasks", 1, "id")
