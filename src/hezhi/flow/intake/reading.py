"""Reads a delivered file into rows, or says what is wrong with its layout. Plain Python.

Columns may be named by field id or by label in either language. A column nobody declared is a layout
mistake, unless the pack lists it as ignored: a renamed column must not lose its values in silence.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from hezhi.flow.intake.contracts import Finding
from hezhi.kit.names import nearest_name
from hezhi.packkit.shape import Record

MAX_ROWS = 200_000


@dataclass(frozen=True)
class Row:
    """One row with its line in the file; ``broken`` holds the text of a line that could not be read."""

    line: int
    values: dict[str, Any]
    broken: str = ""


@dataclass(frozen=True)
class Rows:
    """Rows in file order, or the findings that hold the whole batch."""

    rows: list[Row] = field(default_factory=list)
    layout: list[Finding] = field(default_factory=list)


def rows_read(content: bytes, format: str, shape: Record) -> Rows:
    """Return the rows of a CSV, XLSX or JSONL file."""
    if format == "jsonl":
        return _jsonl(content)
    try:
        table = _csv(content) if format == "csv" else _xlsx(content)
    except (UnicodeDecodeError, csv.Error) as error:
        return Rows(
            layout=[Finding("", "unreadable", "文件读不出来：不是 UTF-8 或 GB18030 的 CSV", f"unreadable: {error}")]
        )
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        return Rows(layout=[Finding("", "unreadable", "文件读不出来：不是有效的 XLSX", f"unreadable: {error}")])
    return _by_header(table, shape)


def _csv(content: bytes) -> list[list[Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def _xlsx(content: bytes) -> list[list[Any]]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()


def _jsonl(content: bytes) -> Rows:
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        return Rows(layout=[Finding("", "unreadable", "文件不是 UTF-8 编码", f"not UTF-8: {error}")])
    if len(lines) > MAX_ROWS:
        return Rows(layout=[_too_long()])
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError:
            value = None
        rows.append(Row(number, value) if isinstance(value, dict) else Row(number, {}, broken=line[:2000]))
    return Rows(rows)


def _too_long() -> Finding:
    return Finding("", "too_long", f"超过 {MAX_ROWS} 行，请分批报送", f"more than {MAX_ROWS} rows; send it in parts")


def _by_header(table: Sequence[Sequence[Any]], shape: Record) -> Rows:
    if not table or not any(table[0]):
        return Rows(layout=[Finding("", "empty", "文件没有表头", "there is no header line")])
    if len(table) > MAX_ROWS:
        return Rows(layout=[_too_long()])
    names = _names(shape)
    header = [str(cell or "").strip() for cell in table[0]]
    fields = [names.get(cell, "") for cell in header]
    layout = list(_layout(header, fields, names, shape))
    if layout:
        return Rows(layout=layout)
    rows = []
    for number, cells in enumerate(table[1:], 2):
        values = {name: cell for name, cell in zip(fields, cells, strict=False) if name and cell not in (None, "")}
        if len(cells) > len(fields) and any(cell not in (None, "") for cell in cells[len(fields) :]):
            rows.append(Row(number, {}, broken=",".join(str(cell) for cell in cells)[:2000]))
        elif values:
            rows.append(Row(number, values))
    return Rows(rows)


def _names(shape: Record) -> dict[str, str]:
    """Return every name a column may have: field id and both labels lead to the id, ignored ones to ''."""
    names = {label: name for name, one in shape.fields.items() for label in (one.label.zh, one.label.en, name)}
    return names | dict.fromkeys(shape.ignored, "")


def _layout(header: list[str], fields: list[str], names: dict[str, str], shape: Record) -> Iterable[Finding]:
    for cell in header:
        if cell not in names:
            near = nearest_name(cell, names)
            yield Finding(cell, "unknown_column", f"没有声明过“{cell}”这一列", f"column '{cell}' is not declared", near)
    for name in sorted({one for one in fields if one and fields.count(one) > 1}):
        yield Finding(name, "double_column", f"“{name}”这一列出现多次", f"column '{name}' stands twice")
    for name, one in shape.fields.items():
        if one.required and name not in fields:
            yield Finding(name, "missing_column", f"缺少“{one.label.zh}”这一列", f"column '{one.label.en}' is missing")
