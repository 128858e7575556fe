"""Hands deliveries in at the intake's doors: files, pushes, forms. Doing it again changes nothing."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook

from hezhi.edge.demo.arrivals import Delivery, Row
from hezhi.edge.demo.cast import HOUSE, Cast
from hezhi.edge.demo.city import City
from hezhi.edge.demo.loading import token_of
from hezhi.edge.demo.shapes import Stream
from hezhi.flow.intake import api as intake
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape import Record as RecordShape
from hezhi.spine.people.contracts import Role
from hezhi.spine.permissions.contracts import Actor

SHEET_DATE = (2026, 1, 1, 0, 0, 0)


class Feeder:
    """Hands in what arrives in one city."""

    def __init__(self, city: City, cast: Cast, packs: Mapping[str, Pack]) -> None:
        self._city, self._cast, self._packs = city, cast, packs

    def hand_in(self, delivery: Delivery) -> None:
        """Hand one delivery in by its stream's door."""
        stream = self._city.stream(delivery.pack, delivery.stream)
        if stream.door == "batch":
            self._batch(delivery, stream)
        elif stream.door == "push":
            rows = [row.values for row in delivery.rows]
            intake.push_take(source=stream.source, token=token_of(self._city, stream.source), rows=rows, at=delivery.at)
        else:
            for row in delivery.rows:
                self._form(delivery, stream, row)

    def _batch(self, delivery: Delivery, stream: Stream) -> None:
        shape = self._shape(delivery, stream)
        rename = dict(stream.bent.rename) if delivery.is_bent and stream.bent else {}
        table = _table(shape, [row.values for row in delivery.rows], stream, rename)
        content = {"csv": _csv, "xlsx": _xlsx, "jsonl": _jsonl}[stream.file](table)
        intake.batch_take(
            source=stream.source, content=content, name=f"{delivery.key}.{stream.file}", format=stream.file, by=HOUSE,
            at=delivery.at,
        )  # fmt: skip

    def _form(self, delivery: Delivery, stream: Stream, row: Row) -> None:
        shape = self._shape(delivery, stream)
        values = {name: value for name, value in row.values.items() if name in shape.fields}
        by = Actor.citizen("new")
        if stream.by:
            by = self._cast.person_of(Role(stream.by), row.village, row.key)
        intake.record_report(
            pack_id=delivery.pack, kind=shape.id, values=values, by=by, at=delivery.at, key=str(row.values[shape.key])
        )

    def _shape(self, delivery: Delivery, stream: Stream) -> RecordShape:
        arrivals = next(one for one in self._city.arrivals if one.pack == delivery.pack)
        return self._packs[delivery.pack].record(stream.record or arrivals.record)


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
