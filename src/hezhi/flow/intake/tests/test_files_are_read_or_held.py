"""One file at a time: rows under their field names, or the reason why none was read."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from datetime import datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hezhi.flow.intake import reading
from hezhi.flow.intake.contracts import SourceContract
from hezhi.flow.intake.errors import LayoutWrong
from hezhi.flow.intake.reading import problem_of, table_read
from hezhi.flow.intake.tests.factories import VILLAGE, pack_base

SHAPE = pack_base().records[0]
NOTHING = SourceContract()
CSV = "来源编号,所在村社,位置,发生时间,说明\nR-1," + VILLAGE + ",东门,2026-03-01 09:00,旧家具\n"


def read(content: bytes, form: str = "csv", contract: SourceContract = NOTHING):
    return table_read(content, form, SHAPE, contract)


def sheet(*lines) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_text_is_read_in_the_encodings_that_offices_use(encoding):
    [one] = read(CSV.encode(encoding)).rows

    assert one == {
        "report_no": "R-1", "region": VILLAGE, "spot": "东门", "happened_at": "2026-03-01 09:00", "details": "旧家具",
    }  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "，"])
def test_the_header_tells_the_delimiter(delimiter):
    assert len(read(CSV.replace(",", delimiter).encode()).rows) == 1


def test_names_and_labels_of_either_language_are_headers():
    text = CSV.replace("来源编号", "report_no").replace("所在村社", "* Village or Community ")

    assert read(text.encode()).rows[0]["region"] == VILLAGE


def test_quoted_lines_keep_their_breaks_and_blank_lines_are_no_rows():
    text = CSV + '\n\nR-2,339901001201,西门,2026-03-01 10:00,"第一行\n第二行"\n,,,,\n'

    rows = read(text.encode()).rows

    assert [one["report_no"] for one in rows] == ["R-1", "R-2"]
    assert rows[1]["details"] == "第一行\n第二行"


def test_an_unknown_column_is_remarked_on_with_the_nearest_name():
    table = read(CSV.replace("说明", "说眀").encode())

    [remark] = table.remarks
    assert (remark.field, remark.rule, remark.stops) == ("说眀", "unknown", False)
    assert "details" not in table.rows[0]


def test_an_ignored_column_is_passed_over_in_silence():
    assert read(CSV.replace("说明", "operator_no").encode()).remarks == ()
    assert read(CSV.replace("说明", "备注").encode(), contract=SourceContract(ignored=("备注",))).remarks == ()


def test_a_sources_own_column_names_and_defaults_are_taken():
    contract = SourceContract(columns={"工单号": "report_no"}, defaults={"region": VILLAGE, "details": "无"})
    text = "工单号,位置,发生时间,说明\nR-1,东门,2026-03-01 09:00,旧家具\nR-2,东门,2026-03-01 09:00,\n"

    rows = read(text.encode(), contract=contract).rows

    assert [(one["report_no"], one["region"], one["details"]) for one in rows] == [
        ("R-1", VILLAGE, "旧家具"), ("R-2", VILLAGE, "无"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "form", "rule", "field", "rows_count"),
    [
        (CSV.replace("位置", "地方").encode(), "csv", "column_missing", "spot", 1),
        (CSV.replace("说明", "spot").encode(), "csv", "column_twice", "spot", 1),
        (b"", "csv", "empty", "", 0),
        (CSV.split("\n")[0].encode(), "csv", "empty", "", 0),
        (b"\xff\xfe\x00\xd8", "csv", "unreadable", "", 0),
        (b"\x00\x01\x02", "csv", "unreadable", "", 0),
        (b"not a zip", "xlsx", "unreadable", "", 0),
        (b"", "jsonl", "empty", "", 0),
        (b"[1]\n[2]", "jsonl", "unreadable", "", 2),
        (b"x", "pdf", "format", "", 0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_layout_holds_the_file_with_its_reason(content, form, rule, field, rows_count):
    with pytest.raises(LayoutWrong) as caught:
        read(content, form)

    finding = caught.value.finding
    assert (finding.rule, finding.field, caught.value.rows_count) == (rule, field, rows_count)


def test_too_large_a_file_is_held(monkeypatch):
    monkeypatch.setattr(reading, "ROWS_LIMIT", 1)
    monkeypatch.setattr(reading, "BYTES_LIMIT", 10_000)

    for content, form in [((CSV + CSV.split("\n")[1]).encode(), "csv"), (b"{}\n{}", "jsonl"), (b"x" * 20_000, "csv")]:
        with pytest.raises(LayoutWrong) as caught:
            read(content, form)
        assert caught.value.finding.rule == "size"


def bomb(*, macros: bool = False) -> bytes:
    out = io.BytesIO(sheet(["来源编号"], ["R-1"]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/vbaProject.bin" if macros else "xl/media/a.bin", bytes(10 if macros else 30_000_000))
    return out.getvalue()


@pytest.mark.parametrize("content", [bomb(), bomb(macros=True), b"%PDF-1.7 of no use"], ids=["bomb", "macros", "pdf"])
def test_a_dangerous_spreadsheet_is_held_before_it_is_opened(monkeypatch, content):
    def never(*args, **kwargs):
        raise AssertionError("the spreadsheet was opened")

    monkeypatch.setattr(openpyxl, "load_workbook", never)

    with pytest.raises(LayoutWrong) as caught:
        read(content, "xlsx")

    assert (caught.value.finding.rule, caught.value.rows_count) == ("unreadable", 0)


BOMB = (
    "<!DOCTYPE b [<!ENTITY a '长长的文字'>"
    + "".join(f"<!ENTITY {chr(98 + level)} '{f'&{chr(97 + level)};' * 10}'>" for level in range(9))
    + "]>"
)


@pytest.mark.parametrize(
    ("declared", "named"),
    [
        (BOMB, "&j;"),
        ("<!DOCTYPE b [<!ENTITY x SYSTEM 'file://{secret}'>]>", "&x;"),
        ("<!DOCTYPE b [<!ENTITY % x SYSTEM 'file://{secret}'> %x;]>", "东门"),
        ("<!DOCTYPE b SYSTEM 'file://{secret}'>", "&x;"),
    ],
    ids=["bomb", "file", "parameter", "outer"],
)
def test_a_spreadsheet_cannot_make_its_reader_swell_or_read_a_file(tmp_path, declared, named):
    secret = tmp_path / "secret"
    secret.write_text("<!ENTITY x 'kept secret'>")
    head = ["来源编号", "所在村社", "位置", "发生时间", "说明"]
    plain = zipfile.ZipFile(io.BytesIO(sheet(head, ["R-1", VILLAGE, "SPOT", "2026-03-01 09:00", "旧家具"])))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as changed:
        for one in plain.namelist():
            text = plain.read(one).decode()
            if "SPOT" in text:
                text = re.sub(r"^(<\?xml.*?\?>)?", lambda found: found[0] + declared.format(secret=secret), text)
                text = text.replace("SPOT", named)
            changed.writestr(one, text)
    tracemalloc.start()
    try:
        table = read(packed.getvalue(), "xlsx")
        told = [one["spot"] for one in table.rows]
    except LayoutWrong as refused:
        assert refused.finding.rule == "unreadable"
        told = []
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert told in ([], ["东门"])
    assert most < 150_000_000  # unbounded it would be five thousand million characters


def test_a_row_with_more_cells_than_headers_is_told_and_the_others_are_read():
    table = read((CSV + "R-2,339901001201,西门,2026-03-01 10:00,说明,多出来的\n").encode())

    assert [problem_of(one) for one in table.rows] == ["", "6 > 5"]


def test_a_spreadsheet_keeps_its_moments_and_numbers():
    head = ["来源编号", "所在村社", "位置", "发生时间", "联系电话", None]
    moment = datetime(2026, 3, 1, 9, 0)
    table = read(sheet(head, [1001, 339901001201, "东门", moment, 13900000101, None], [None] * 6), "xlsx")

    [one] = table.rows
    assert one["happened_at"] == moment
    assert one["contact_phone"] == 13900000101


def test_json_lines_may_use_labels_and_a_broken_line_is_told():
    table = read('{"来源编号": "R-1", "工单": 7}\nnot json\n[1]\n{"a": NaN}'.encode(), "jsonl")

    assert table.rows[0] == {"report_no": "R-1", "工单": 7}
    assert [bool(problem_of(one)) for one in table.rows] == [False, True, True, False]


def test_a_field_under_two_names_keeps_the_first():
    [one] = read('{"report_no": "R-1", "来源编号": "R-2"}'.encode(), "jsonl").rows

    assert one == {"report_no": "R-1", "来源编号": "R-2"}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: (CSV + text).encode(errors="replace")))
@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_whatever_the_bytes_a_file_is_read_or_held(form, content):
    try:
        table = read(content, form)
    except LayoutWrong as wrong:
        assert wrong.finding.zh
    else:
        assert table.rows
