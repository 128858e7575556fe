"""The dispatch order: what it says, and that nobody can make it say something else."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from hezhi.services.documents import registry
from hezhi.services.documents.errors import DocumentDataInvalid, TemplateUnknown
from hezhi.services.documents.tests.factories import DIGEST, order_data, order_pdf, words_of


def test_it_names_who_must_do_what_by_when_and_why():
    words = words_of(order_pdf())

    for expected in (
        "云溪市社会治理中心",
        "事项交办单",
        "云和治交〔2026〕0312号",
        "2026年3月2日09:12",
        "井盖松动，车过有响声。晚上看不清。",
        "主办柳湖区综合行政执法局10个工作日2026年3月16日24:00《城市道路管理条例》第二十三条依据待核",
        "配合桂香街道办事处———",
        "2026年3月3日至3月16日计入期限10个工作日周末不计",
        "职责清单“道路设施”一项。",
        "办结时提交处置前后照片。",
        "0579-0000-0000",
        "本单依据规则包sample@2026.1生成。",
        f"数据摘要{DIGEST}",
        "第1页共1页",
    ):
        assert expected in words, expected


def test_the_lead_stands_first_whatever_the_order_of_the_facts():
    words = words_of(order_pdf())

    assert words.index("柳湖区综合行政执法局") < words.index("桂香街道办事处")


def test_content_that_must_not_be_shown_leaves_no_empty_row():
    assert "反映内容" not in words_of(order_pdf(content=""))


def test_a_provisional_due_date_says_so():
    assert "公布后将重新计算" in words_of(order_pdf(due_is_provisional=True))


def test_the_same_facts_give_the_same_bytes():
    assert order_pdf() == order_pdf()


def test_it_is_an_archival_pdf_of_a4_pages_with_its_font_inside():
    reader = PdfReader(BytesIO(order_pdf()))

    meta = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in meta
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in meta
    assert [round(float(one)) for one in reader.pages[0].mediabox[2:]] == [595, 842]
    (font,) = {one.get_object()["/BaseFont"] for one in reader.pages[0]["/Resources"]["/Font"].values()}
    assert font.split("+")[1].startswith("NotoSansCJKsc")


@pytest.mark.parametrize(
    "hostile",
    [
        '#panic("owned")',
        "] #set page(fill: red) [",
        '" + read("/etc/passwd") + "',
        "$ x^2 $ *bold* _it_ `raw` <label> @ref // comment",
        "\\u{41} \\ \\n {json} ${js} <script>",
        '#import "house.typ": *',
    ],
)
def test_markup_in_a_value_comes_out_as_text(hostile):
    words = words_of(order_pdf(title=hostile, contact={"window": hostile}))

    assert words.count("".join(hostile.split())) >= 2


def test_characters_the_font_lacks_are_marked_not_fatal():
    words = words_of(order_pdf(title="井盖😀松动"))

    assert "井盖〓松动" in words
    assert "表示原文中无法印刷的字符" in words


def test_invisible_direction_marks_cannot_turn_the_text_around():
    assert "abc123" in words_of(order_pdf(title="abc\u202e123\u2066\x00\x07"))


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=80), st.text(max_size=80))
def test_any_text_can_be_printed(title, content):
    assert order_pdf(title=title, content=content).startswith(b"%PDF-1.7")


def test_a_long_order_goes_on_over_pages_and_repeats_the_heads():
    many = [{"part": "support", "agency": f"第{n}协同单位", "basis": "职责清单"} for n in range(60)]
    data = order_pdf(assignments=[*order_data()["assignments"], *many])

    reader = PdfReader(BytesIO(data))
    assert len(reader.pages) == 3
    assert "截止时间" in "".join(reader.pages[1].extract_text().split())


def test_wrong_facts_are_refused_with_every_finding_at_once():
    data = order_data(number="", contact={"window": "分办窗口", "fax": "1"}, surprise=1)
    del data["issuer"]

    with pytest.raises(DocumentDataInvalid) as refused:
        registry.facts_read(registry.template_get("dispatch_order"), data)

    places = sorted(one.split(":")[0] for one in refused.value.findings)
    assert places == ["contact.fax", "issuer", "number", "surprise"]


def test_an_unknown_template_names_the_known_ones():
    with pytest.raises(TemplateUnknown, match="dispatch_order"):
        registry.template_get("dispatch_ordr")
