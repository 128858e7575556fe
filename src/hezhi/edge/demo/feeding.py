"""Hands deliveries in at the intake's doors: files, pushes, forms. Doing it again changes nothing."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook

from hezhi.edge.demo.arrivals import Delivery, Row
from hezhi.edge.demo.cast import HOUSE, Cast
from hezhi.edge.demo.city import City
from hezhi.edge.demo.shapes import Stream
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import BatchReport, BatchState, Receipt, RecordRow
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape import Record as RecordShape
from hezhi.spine.people.contracts import Role
from hezhi.spine.permissions.contracts import Actor

SHEET_DATE = (2026, 1, 1, 0, 0, 0)


class Receipts:
    """The codes that citizens who reported by form took away: sending the same form again tells it again."""

    def __init__(self, rows: Iterable[Row], forms: Forms) -> None:
        self._rows = {(row.pack, row.key): row for row in rows if not forms.city.stream(row.pack, row.stream).by}
        self._forms = forms
        self._codes: dict[str, str] = {}

    def has(self, record: RecordRow) -> bool:
        return not record.source and (record.pack_id, _key_of(record)) in self._rows

    def code_of(self, record: RecordRow) -> str:
        row = self._rows[record.pack_id, _key_of(record)]
        if record.number not in self._codes:
            self._codes[record.number] = self._forms.send(row).code
        return self._codes[record.number]


def _key_of(record: RecordRow) -> str:
    return record.source_key.removeprefix("form:")


@dataclass
class Forms:
    """The report form: a row of the arrivals sent by a citizen, or by an officer of the stream's role."""

    city: City
    cast: Cast
    packs: Mapping[str, Pack]

    def send(self, row: Row) -> Receipt:
        stream = self.city.stream(row.pack, row.stream)
        shape = self.shape(row.pack, stream)
        values = {name: value for name, value in row.values.items() if name in shape.fields}
        by = Actor.citizen("new")
        if stream.by:
            by = self.cast.person_of(Role(stream.by), row.village, row.key)
        return intake.record_report(pack_id=row.pack, kind=shape.id, values=values, by=by, at=row.at, key=row.key)

    def shape(self, pack: str, stream: Stream) -> RecordShape:
        arrivals = next(one for one in self.city.arrivals if one.pack == pack)
        return self.packs[pack].record(stream.record or arrivals.record)


class Feeder:
    """Hands in what arrives in one city."""

    def __init__(self, forms: Forms, tokens: Mapping[str, str]) -> None:
        self._forms, self._tokens = forms, tokens
        self._taken = {(one.source, one.name) for one in _batches() if one.state is not BatchState.TAKING}

    def hand_in(self, delivery: Delivery) -> None:
        """Hand one delivery in by its stream's door, unless that was done before."""
        stream = self._forms.city.stream(delivery.pack, delivery.stream)
        if stream.door == "form":
            for row in delivery.rows:
                self._forms.send(row)
        elif (stream.source, delivery.key) not in self._taken:
            self._send(delivery, stream)
            self._taken.add((stream.source, delivery.key))

    def _send(self, delivery: Delivery, stream: Stream) -> None:
        rows = [row.values for row in delivery.rows]
        if stream.door == "push":
            token = self._tokens[stream.source]
            intake.push_take(token=token, rows=rows, at=delivery.at, name=delivery.key)
            return
        rename = dict(stream.bent.rename) if delivery.is_bent and stream.bent else {}
        table = _table(self._forms.shape(delivery.pack, stream), rows, stream, rename)
        content = {"csv": _csv, "xlsx": _xlsx, "jsonl": _jsonl}[stream.file](table)
        intake.batch_take(
            source=stream.source, content=content, name=delivery.key, format=stream.file, by=HOUSE, at=delivery.at
        )


def _batches() -> Iterator[BatchReport]:
    cursor = ""
    while True:
        page = intake.batch_page(by=HOUSE, cursor=cursor, size=500)
        yield from page.rows
        cursor = page.next_cursor
        if not cursor:
            return


Table = list[dict[str, Any]]


def _table(shape: RecordShape, rows: Sequence[Mapping[str, Any]], stream: Stream, rename: Mapping[str, str]) -> Table:
    """Return rows under the column names this source uses; every required column is there, filled or not."""
    names = {name: one.label.zh if stream.header == "zh" else name for name, one in shape.fields.items()}
    names = {name: rename.get(name, column) for name, column in names.items()}
    used = dict.fromkeys(name for row in rows for name in row)
    wanted = [name for name in [*shape.fields, *stream.extra] if name in used or _is_required(shape, name)]
    return [{names.get(name, name): row.get(name) for name in wanted} for row in rows]


def _is_required(shape: RecordShape, name: str) -> bool:
    return name in shape.fields and shape.fields[name].required


def _csv(table: Table) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(table[0])
    for row in table:
        writer.writerow(["" if value is None else _plain(value) for value in row.values()])
    return out.getvalue().encode("utf-8-sig")


def _plain(value: Any) -> str:
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)


def _jsonl(table: Table) -> bytes:
    lines = ({name: value for name, value in row.items() if value is not None} for row in table)
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines).encode()


def _xlsx(table: Table) -> bytes:
    """Return a workbook whose bytes hang on its cells only: the same delivery is the same file."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(table[0]))
    for row in table:
        sheet.append([None if value is None else _plain(value) for value in row.values()])
    first = io.BytesIO()
    book.save(first)
    out = io.BytesIO()
    with zipfile.ZipFile(first) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != "docProps/core.xml":  # holds the moment of writing
                new.writestr(zipfile.ZipInfo(name, SHEET_DATE), old.read(name))
    return out.getvalue()
