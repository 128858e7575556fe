"""A Chinese name is read by characters and by the sounds that family names have of their own."""

from __future__ import annotations

import pytest

from hezhi.services.entities.names import NameZh, name_read


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("单禾苗", NameZh("单", "禾苗", ("shan", "he", "miao"))),
        ("仇穗", NameZh("仇", "穗", ("qiu", "sui"))),
        ("解 芽", NameZh("解", "芽", ("xie", "ya"))),
        ("万俟禾", NameZh("万俟", "禾", ("mo", "qi", "he"))),
        ("欧阳穗", NameZh("欧阳", "穗", ("ou", "yang", "sui"))),
        ("欧阳", NameZh("欧", "阳", ("ou", "yang"))),
        ("吕·禾", NameZh("吕", "禾", ("lv", "he"))),
    ],
)
def test_a_name_has_family_given_and_sounds(text: str, name: NameZh) -> None:
    assert name_read(text) == name


@pytest.mark.parametrize("text", ["", "禾", "Smith", "禾禾禾禾禾禾禾", "禾1"])
def test_anything_else_is_no_chinese_name(text: str) -> None:
    assert name_read(text) is None


def test_a_given_character_keeps_its_usual_sound() -> None:
    assert name_read("禾单") == NameZh("禾", "单", ("he", "dan"))
