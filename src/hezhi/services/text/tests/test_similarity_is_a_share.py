"""Likeness of two texts is a symmetric share of common pieces."""

from hypothesis import given
from hypothesis import strategies as st

from hezhi.services.text.api import similarity
from hezhi.services.text.tokens import bare

CHINESE = st.text(alphabet="路灯坏了小区门口没人修车位噪音 ，。！AaＡ1１", max_size=40)


def test_exact_values_by_hand():
    assert similarity("路灯坏了", "路灯坏了") == 1.0
    assert similarity("路灯坏", "路灯亮") == 0.5
    assert similarity("路灯", "噪音") == 0.0
    assert similarity("灯", "灯") == 1.0


def test_a_blank_text_is_like_nothing():
    assert similarity("", "") == 0.0
    assert similarity("路灯", "！？") == 0.0


@given(CHINESE, CHINESE)
def test_it_is_symmetric_and_between_zero_and_one(a, b):
    share = similarity(a, b)

    assert 0.0 <= share <= 1.0
    assert share == similarity(b, a)


@given(CHINESE.filter(bare))
def test_a_text_is_wholly_like_itself_whatever_its_spaces_width_and_case(text):
    assert similarity(text, text) == 1.0
    assert similarity(text, " ".join(text.upper()) + "。") == 1.0


@given(CHINESE.filter(lambda text: len(bare(text)) > 1), CHINESE)
def test_adding_words_to_one_of_two_equal_texts_makes_them_less_alike(text, more):
    longer = similarity(text, text + more)

    assert longer <= 1.0
    assert (longer == 1.0) == (not bare(more))
