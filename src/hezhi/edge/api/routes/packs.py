"""Packs as anyone signed in may read them."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Path, Router, Schema

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import answers
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.identity import Identity
from hezhi.packkit.shape.matters import Matter
from hezhi.packkit.shape.playbook import Outcome, Task
from hezhi.packkit.shape.records import Record
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Right
from hezhi.spine.permissions.errors import NotAllowed

router = Router(tags=["packs"])
PackId = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{1,47}$")]


class PackLine(Schema):
    """One pack in the list. ``stamp`` is ``id@version``, as every case of it stores it."""

    id: str
    stamp: str
    title: Text
    summary: Text
    status: str
    quality: str
    sensitivity: str
    matter_count: int


class PackPage(Schema):
    """One pack: who owns it, on which basis, what it takes in, what may come of it."""

    stamp: str
    identity: Identity
    records: list[Record]
    matters: list[Matter]
    tasks: list[Task]
    outcomes: list[Outcome]


@router.get("", response=answers(list[PackLine]), summary="List the packs")
def packs(request: HttpRequest) -> list[PackLine]:
    """Return every installed pack by id."""
    _may_read(request)
    return [_line(one) for one in packkit.shelf().packs()]


@router.get("/{pack_id}", response=answers(PackPage, 404), summary="Read a pack")
def pack(request: HttpRequest, pack_id: PackId) -> PackPage:
    """Return the installed version of one pack."""
    _may_read(request)
    found = packkit.shelf().get(pack_id)
    return PackPage(
        stamp=found.stamp,
        identity=found.identity,
        records=list(found.records),
        matters=list(found.matters),
        tasks=list(found.playbook.tasks),
        outcomes=list(found.playbook.outcomes),
    )


def _line(pack: Pack) -> PackLine:
    about = pack.identity
    return PackLine(
        id=pack.id,
        stamp=pack.stamp,
        title=about.title,
        summary=about.summary,
        status=about.status,
        quality=about.quality,
        sensitivity=about.sensitivity,
        matter_count=len(pack.matters),
    )


def _may_read(request: HttpRequest) -> None:
    if permissions.scopes(by(request), Right.PACK_READ).is_empty:
        raise NotAllowed(right=Right.PACK_READ)
