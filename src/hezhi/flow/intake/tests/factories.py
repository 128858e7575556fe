"""A village with a flower bed: an invented pack, a few regions, actors, and ears for what is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hezhi.flow.intake import api
from hezhi.flow.intake.contracts import RecordAccepted, RecordChanged, SourceContract
from hezhi.kit import bus
from hezhi.packkit import api as packkit
from hezhi.packkit.current import _current
from hezhi.packkit.shape import Field, Pack
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.records import Choice
from hezhi.spine.permissions.contracts import Actor, ActorKind, Grant, Right, Scope, ScopeKind
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.contracts import RegionSeed

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # ten in the morning
HOUSE = Actor.system("test")
VILLAGE, OTHER_VILLAGE = "339901001201", "339901002201"
REGIONS = (
    ("330000", "测试省"),
    ("339900", "测试市"),
    ("339901", "东区"),
    ("339901001000", "东街道"),
    (VILLAGE, "东村"),
    ("339901002000", "西街道"),
    (OTHER_VILLAGE, "西村"),
)
PATH = f"330000.339900.339901.339901001000.{VILLAGE}"
PACKS = Path(__file__).parents[5] / "packs"


@cache
def pack_base() -> Pack:
    """The invented pack that keeps every rule, with an optional matter, a choice and a secret note more."""
    pack = packkit.pack_read(PACKS / "_demo_works")
    shape = pack.records[0]
    fields = dict(shape.fields)
    fields["kind"] = fields["kind"].model_copy(update={"required": False})
    fields["is_urgent"] = fields["is_urgent"].model_copy(update={"required": False})
    fields["found_by"] = Field(
        type="choice",
        label=Text(zh="发现途径", en="Found by"),
        choices=(
            Choice(id="patrol", label=Text(zh="巡查", en="Patrol")),
            Choice(id="citizen", label=Text(zh="群众", en="Citizen")),
        ),
    )
    fields["weight"] = Field(type="number", label=Text(zh="重量", en="Weight"), at_least=0)
    fields["seen_on"] = Field(type="day", label=Text(zh="日期", en="Day"))
    fields["photo"] = Field(type="file", label=Text(zh="照片", en="Photo"))
    shape = shape.model_copy(update={"fields": fields, "ignored": ("operator_no",)})
    damage = pack.matters[0].model_copy(update={"id": "damage", "label": Text(zh="损坏", en="Damage")})
    return pack.model_copy(update={"records": (shape,), "matters": (*pack.matters, damage)})


class OneShelf:
    """A shelf with given packs."""

    def __init__(self, *packs: Pack) -> None:
        self._packs = {pack.id: pack for pack in packs}

    def get(self, pack_id: str) -> Pack:
        return self._packs[pack_id]

    def at(self, stamp: str) -> Pack:
        return self._packs[stamp.partition("@")[0]]

    def packs(self) -> tuple[Pack, ...]:
        return tuple(self._packs.values())


@contextmanager
def shelf_with(*packs: Pack) -> Iterator[None]:
    """Work with these packs alone for a while."""
    before = list(_current)
    packkit.shelf_use(OneShelf(*packs))  # type: ignore[arg-type]
    yield
    _current[:] = before


@dataclass
class Ear:
    """Hears every accepted record."""

    heard: list[RecordAccepted] = field(default_factory=list)

    @property
    def numbers(self) -> list[str]:
        return [event.number for event in self.heard]


@contextmanager
def listening(*more: Any) -> Iterator[Ear]:
    """Hear accepted records; ``more`` are handlers that hear them afterwards."""
    ear, before = Ear(), dict(bus._table)
    bus.connect([(RecordAccepted, (ear.heard.append, *more)), (RecordChanged, ())])
    yield ear
    bus._table.clear()
    bus._table.update(before)


def regions_make() -> None:
    regions.regions_load(rows=[RegionSeed(code, name) for code, name in REGIONS], by=HOUSE, at=AT)


def row(number: int = 1, **more: Any) -> dict[str, Any]:
    """One sound row; a value of None leaves the field out."""
    values = {
        "report_no": f"R-{number:04}",
        "region": VILLAGE,
        "spot": f"东门花坛{number}",
        "happened_at": "2026-03-01 09:00",
        "details": "花坛里有旧家具，没人清理",
        "contact_phone": "13900000101",
        **more,
    }
    return {name: value for name, value in values.items() if value is not None}


def source_make(code: str = "hotline", contract: SourceContract | None = None, **more: Any) -> str:
    """Register a source and return its token."""
    _, token = api.source_create(
        code=code,
        name="热线",
        pack_id="demo_works",
        kind="report",
        by=HOUSE,
        at=AT,
        contract=contract or SourceContract(),
        **more,
    )
    return token


def jsonl(*rows: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in rows).encode()


def take(content: bytes, form: str = "jsonl", *, hours: int = 0, name: str = "file", by: Actor = HOUSE):
    return api.batch_take(
        source="hotline", content=content, name=name, format=form, by=by, at=AT + timedelta(hours=hours)
    )


def report(number: int = 1, *, key: str = "", by: Actor = HOUSE, at: datetime = AT, **more: Any):
    values = row(number, **{"report_no": None, **more})
    return api.record_report(pack_id="demo_works", kind="report", values=values, by=by, at=at, key=key)


def officer(*rights: Right, path: str = "330000", ref: str = "person:1") -> Actor:
    grants = frozenset(Grant(right, Scope(ScopeKind.REGION, path)) for right in rights)
    return Actor(ref=ref, name="officer", kind=ActorKind.PERSON, grants=grants)
