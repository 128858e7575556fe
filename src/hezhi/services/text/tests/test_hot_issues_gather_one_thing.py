"""Messages about one thing are found among others, whatever their order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hezhi.services.text.api import hot_issues
from hezhi.services.text.contracts import Message

START = datetime(2026, 3, 2, 1, tzinfo=UTC)


def message(number: int, text: str, day: int = 0, **more) -> Message:
    return Message(id=f"m{number:02}", text=text, at=START + timedelta(days=day), **more)


MIXER = [
    message(1, "望江苑旁边的搅拌站粉尘很大，夜里噪音扰民", 0),
    message(2, "投诉望江苑附近搅拌站，粉尘污染，噪音扰民", 2),
    message(3, "望江苑小区旁搅拌站噪音粉尘，孩子睡不着", 3),
    message(4, "搅拌站的粉尘飘进望江苑，噪音整夜不停", 12),
]
OTHERS = [
    message(11, "咨询新生儿落户需要哪些材料", 1),
    message(12, "公交车改道以后上班不方便", 2),
    message(13, "工厂拖欠工资半年没有发", 4),
    message(14, "自来水发黄有铁锈味", 5),
    message(15, "幼儿园学费上涨家长不同意", 6),
    message(16, "图书馆周末几点闭馆", 7),
    message(17, "医院挂号排队太久", 8),
    message(18, "河道里垃圾漂浮无人打捞", 9),
]


def test_one_issue_is_found_with_its_figures():
    (issue,) = hot_issues(OTHERS + MIXER)

    assert issue.members == ("m01", "m02", "m03", "m04")
    assert issue.size == issue.reporter_count == 4
    assert issue.span_days == 12
    assert set(issue.keywords[:4]) == {"望江", "搅拌站", "粉尘", "噪音"}


def test_heat_is_the_sum_its_description_gives():
    backed = [message(5, MIXER[0].text, 20, support_count=7), *MIXER]

    (issue,) = hot_issues(backed)

    assert issue.support_count == 7
    assert issue.heat == 3 + (5 - 3) / 2 + 7 / 10


def test_ten_letters_of_one_reporter_are_not_an_issue():
    same = [message(n, MIXER[0].text, n / 2, reporter="r1") for n in range(10)]

    assert hot_issues(same) == ()
    (issue,) = hot_issues([*same, *OTHERS, message(20, MIXER[1].text, 3), message(21, MIXER[2].text, 4)])
    assert (issue.size, issue.reporter_count, issue.heat) == (12, 3, 3.0)


def test_after_a_long_silence_a_new_issue_begins():
    late = [message(30 + n, one.text, 200 + n) for n, one in enumerate(MIXER)]

    early_issue, late_issue = hot_issues(MIXER + late)

    assert {early_issue.members, late_issue.members} == {("m01", "m02", "m03", "m04"), ("m30", "m31", "m32", "m33")}


def test_the_same_complaint_at_two_places_is_two_issues_unless_the_words_are_nearly_the_same():
    here = ("夜市油烟扰民，窗户打不开", "夜市油烟扰民，窗户全是油", "夜市油烟进窗户，扰民严重")
    there = ("夜市油烟扰民，学生咳嗽", "夜市油烟扰民，学生教室难受", "教室外夜市油烟扰民，学生咳嗽")
    first = [message(n, text, n, place="330101") for n, text in enumerate(here)]
    second = [message(50 + n, text, n, place="330102") for n, text in enumerate(there)]

    apart = hot_issues(first + second + OTHERS)
    together = hot_issues(first + second + OTHERS, other_place_share=0.22)

    assert [issue.places for issue in apart] == [("330101",), ("330102",)]
    assert [issue.size for issue in together] == [6]


def test_nothing_and_blank_texts_make_no_issue():
    assert hot_issues([]) == ()
    assert hot_issues([message(n, "", n) for n in range(5)]) == ()


@settings(max_examples=30, deadline=None)
@given(st.permutations(OTHERS + MIXER))
def test_the_order_of_the_messages_does_not_matter(shuffled):
    assert hot_issues(shuffled) == hot_issues(OTHERS + MIXER)
