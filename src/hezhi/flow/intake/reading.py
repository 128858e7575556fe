"""Reads files: CSV, XLSX and JSON lines become rows of named values, or a reason why not. Pure.

A layout that is wrong as a whole (unreadable, a required column missing, the same column twice) yields
no rows at all: half a file taken by mistake is worse than a file that waits.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hezhi.flow.intake.cleaning import columns_of, header_key
from hezhi.flow.intake.contracts import RecordFinding, SourceContract
from hezhi.flow.intake.errors import LayoutWrong
from hezhi.packkit.shape import Record
from hezhi.spine.files import api as files
from hezhi.spine.files.errors import FileTypeRefused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = ("csv", "xlsx", "jsonl")
ROWS_LIMIT = 200_000  # rows of one file; larger deliveries come in parts, so that each can be looked at
BYTES_LIMIT = 64_000_000
CELL_PROBLEM = "\x00problem"  # stands as a column name where a whole row cannot be read


@dataclass(frozen=True)
class Table:
    """A readable file. ``remarks`` concern its columns; ``rows`` map field or unknown column → value."""

    rows: Sequence[Mapping[str, Any]]
    remarks: tuple[RecordFinding, ...]


def table_read(content: bytes, form: str, shape: Record, contract: SourceContract) -> Table:
    """Return the rows of a file.

    Raises:
        LayoutWrong: with the reason, and the number of rows where it can be counted.
    """
    if form not in FORMATS:
        _wrong("format", f"不认识的格式 {form}，可用：{'、'.join(FORMATS)}", f"Unknown format {form}")
    if len(content) > BYTES_LIMIT:
        _wrong("size", f"文件超过 {BYTES_LIMIT // 1_000_000} MB，请分批", "The file is too large; send it in parts")
    if form == "jsonl":
        return Table(rows_named(_json_rows(content), shape, contract), ())
    header, rows = _csv_rows(content) if form == "csv" else _xlsx_rows(content)
    names, remarks = _header(header, shape, contract, len(rows))
    return Table([_with_defaults(_named(names, row), contract) for row in rows], remarks)


def rows_named(rows: Sequence[Mapping[str, Any]], shape: Record, contract: SourceContract) -> list[Mapping[str, Any]]:
    """Return JSON rows under their field names: a label or a column of the contract is as good as the name."""
    known = columns_of(shape) | {header_key(column): name for column, name in contract.columns.items()}
    fields: dict[str, str] = {}

    def field_of(column: str) -> str:
        if column not in fields:
            fields[column] = column if column in shape.fields else known.get(header_key(column), column)
        return fields[column]

    named = []
    for row in rows:
        by_field: dict[str, Any] = {}
        for column, value in row.items():
            # A field under two names keeps the first; the other is told as an unknown column.
            by_field[column if field_of(column) in by_field else field_of(column)] = value
        named.append(_with_defaults(by_field, contract))
    return named


def problem_of(row: Mapping[str, Any]) -> str:
    """Return why a row could not be read at all, empty when it could."""
    return str(row.get(CELL_PROBLEM, ""))


def text_of(content: bytes) -> str:
    """Return the text of a file in UTF-8 (with or without mark), UTF-16 with mark, or GB 18030 (GBK, GB 2312).

    Raises:
        LayoutWrong: it is none of these.
    """
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if is_wide else ["utf-8-sig", "gb18030"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    return _wrong("unreadable", "文件既不是 UTF-8 也不是 GBK 文本", "The file is text neither in UTF-8 nor in GBK")


def _wrong(rule: str, zh: str, en: str, *, field: str = "", nearest: str = "", rows_count: int = 0) -> Any:
    raise LayoutWrong(RecordFinding(field, rule, zh, en, nearest), rows_count)


def _csv_rows(content: bytes) -> tuple[list[Any], list[list[Any]]]:
    text = text_of(content)
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(",\t;，", key=first.count)
    try:
        lines = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        return _wrong("unreadable", f"CSV 无法解析：{error}", f"The CSV cannot be read: {error}")
    return _split(lines)


def _xlsx_rows(content: bytes) -> tuple[list[Any], list[list[Any]]]:
    import openpyxl

    try:
        if files.file_type(content) != XLSX:
            return _wrong("unreadable", "文件不是 XLSX 表格", "The file is no XLSX spreadsheet")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        lines = [list(row) for row in sheet.iter_rows(values_only=True)]
    except LayoutWrong:
        raise
    except FileTypeRefused as refused:
        return _wrong("unreadable", "表格文件已损坏、加密、带宏，或解压后过大", str(refused))
    except Exception as error:
        kind = type(error).__name__
        zh, en = f"表格文件已损坏或不是 XLSX（{kind}）", f"The spreadsheet is damaged or no XLSX ({kind})"
        return _wrong("unreadable", zh, en)
    return _split([row for row in lines if any(cell is not None and str(cell).strip() for cell in row)])


def _split(lines: list[list[Any]]) -> tuple[list[Any], list[list[Any]]]:
    if len(lines) < 2:
        return _wrong("empty", "文件里没有数据行", "The file has no rows of data")
    if len(lines) > ROWS_LIMIT + 1:
        zh, en = f"超过 {ROWS_LIMIT} 行，请分批", f"More than {ROWS_LIMIT} rows; send them in parts"
        return _wrong("size", zh, en, rows_count=len(lines) - 1)
    return lines[0], lines[1:]


def _header(
    header: Sequence[Any], shape: Record, contract: SourceContract, rows_count: int
) -> tuple[list[str], tuple[RecordFinding, ...]]:
    """Return the field of each column, "" for one that is left out, and remarks on unknown ones."""
    known = columns_of(shape) | {header_key(column): name for column, name in contract.columns.items()}
    passed_over = {header_key(name) for name in (*shape.ignored, *contract.ignored)}
    names: list[str] = []
    remarks: list[RecordFinding] = []
    for place, cell in enumerate(header, start=1):
        told = "" if cell is None else str(cell).strip()
        key = header_key(told)
        if not key or key in passed_over:
            names.append("")
            continue
        name = known.get(key)
        if name is None:
            remarks.append(_unknown_column(told, place, known))
            names.append("")
            continue
        if name in names:
            zh, en = f"“{told}”与另一列是同一项", f"'{told}' is the same field as another column"
            _wrong("column_twice", zh, en, field=name, rows_count=rows_count)
        names.append(name)
    for name, declared in shape.fields.items():
        needed = declared.required or name in (shape.key, shape.subject, shape.place, shape.happened)
        if needed and name not in names and name not in contract.defaults:
            nearest = next((one.field for one in remarks if one.nearest == name), "")
            zh, en = f"缺少“{declared.label.zh}”（{name}）一列", f"The column '{name}' ({declared.label.en}) is missing"
            _wrong("column_missing", zh, en, field=name, nearest=nearest, rows_count=rows_count)
    return names, tuple(remarks)


def _unknown_column(told: str, place: int, known: Mapping[str, str]) -> RecordFinding:
    from difflib import get_close_matches

    close = get_close_matches(header_key(told), known, n=1, cutoff=0.6)
    zh = f"第 {place} 列“{told[:100]}”没有声明过，未采用"
    en = f"Column {place}, '{told[:100]}', is not declared and was left out"
    return RecordFinding(told[:100], "unknown", zh, en, known[close[0]] if close else "", stops=False)


def _named(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    extra = [cell for cell in row[len(names) :] if cell is not None and str(cell).strip()]
    named = {name: cell for name, cell in zip(names, row, strict=False) if name}
    if extra:
        named[CELL_PROBLEM] = f"{len(row)} > {len(names)}"
    return named


def _json_rows(content: bytes) -> list[dict[str, Any]]:
    rows = [_json_row(line) for line in _lines(text_of(content))]
    if not rows:
        return _wrong("empty", "文件里没有数据行", "The file has no rows of data")
    if len(rows) > ROWS_LIMIT:
        zh, en = f"超过 {ROWS_LIMIT} 行，请分批", f"More than {ROWS_LIMIT} rows; send them in parts"
        return _wrong("size", zh, en, rows_count=len(rows))
    if all(problem_of(row) for row in rows):
        return _wrong("unreadable", "没有一行是 JSON 对象", "Not one line is a JSON object", rows_count=len(rows))
    return rows


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.split("\n") if line.strip())


def _json_row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if isinstance(row, dict):
        return row
    return {CELL_PROBLEM: "not a JSON object", "line": line.strip()[:2000]}


def _with_defaults(row: dict[str, Any], contract: SourceContract) -> dict[str, Any]:
    for name, value in contract.defaults.items():
        if row.get(name) in (None, ""):
            row[name] = value
    return row
