"""Accepted records as a room that keeps history takes them over: identifiers of people only as pseudonyms."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from hezhi.flow.intake import sealing
from hezhi.flow.intake.contracts import KnownRecord, RecordChanged, RecordState
from hezhi.flow.intake.models import Record
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Record as Shape

Identify = Callable[[str, str], str]
"""Gives the pseudonym of scheme and value."""


def records_known(*, record_ids: Collection[int], identify: Identify) -> list[KnownRecord]:
    """Return accepted, unerased records by id, oldest first; for the house's own use.

    Identifiers that are personal or secret come as pseudonyms; other secret values are left out.
    """
    rows = Record.objects.filter(
        id__in=list(record_ids), state=RecordState.ACCEPTED, revises__isnull=True, erased_at__isnull=True
    ).order_by("id")
    found = list(rows)
    secrets = sealing.secrets_of(found)
    return [_known(record, secrets[record.id], identify) for record in found]


def _known(record: Record, secrets: dict[str, Any], identify: Identify) -> KnownRecord:
    shape = packkit.shelf().get(record.pack_id).record(record.kind)
    assert record.happened_at is not None
    return KnownRecord(
        record.id, record.number, record.pack_id, record.kind, record.matter, record.region_code, record.happened_at,
        _values(shape, record.values, secrets, identify),
    )  # fmt: skip


def _values(shape: Shape, open_values: dict[str, Any], secrets: dict[str, Any], identify: Identify) -> dict[str, Any]:
    values = {name: value for name, value in open_values.items() if name in shape.fields}
    for name, field in shape.fields.items():
        if field.type == "identifier" and field.sensitivity != "open":
            clear = secrets.get(name, values.get(name))
            values[name] = identify(str(field.scheme), str(clear)) if clear else None
    return values


def record_ids_of(*, numbers: Collection[str]) -> dict[str, int]:
    """Return ``{number: id}`` of the records with these public numbers; others are missing. For the house's own use."""
    return dict(Record.objects.filter(number__in=list(numbers)).values_list("number", "id"))


def record_ids_by_source(*, pack_id: str, keys: Collection[str]) -> dict[str, int]:
    """Return ``{key at the source: id}`` of a pack's accepted records; others are missing. For the house's own use."""
    rows = Record.objects.filter(
        pack_id=pack_id, source_key__in=list(keys), state=RecordState.ACCEPTED, revises__isnull=True
    )
    return dict(rows.values_list("source_key", "id"))


def changed(record: Record, at: datetime, *, is_withdrawn: bool = False) -> RecordChanged:
    """Return the event of a record that is accepted."""
    return RecordChanged(record.id, record.number, record.pack_id, record.kind, is_withdrawn, at)
