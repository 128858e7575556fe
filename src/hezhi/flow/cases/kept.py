"""Versions of packs that cases were filed under, kept so that these cases can go on under them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db.models import Count

from hezhi.flow.cases.models import OPEN_Q, Case, KeptPack
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Matter, Pack
from hezhi.packkit.shape.playbook import Outcome

NOT_KEPT = {"folder", "content_hash"}


def pack_keep(pack: Pack, at: datetime) -> None:
    """Keep a version with the first case filed under it; what was kept first counts."""
    if not KeptPack.objects.filter(stamp=pack.stamp).exists():
        body = pack.model_dump(mode="json", exclude=NOT_KEPT)
        row = KeptPack(stamp=pack.stamp, content_hash=pack.content_hash, body=body, kept_at=at)
        KeptPack.objects.bulk_create([row], ignore_conflicts=True)


def pack_kept(stamp: str) -> Pack | None:
    """Return a kept version, None where no case was ever filed under it; it has no folder of its own."""
    row = KeptPack.objects.filter(stamp=stamp).first()
    if row is None:
        return None
    return Pack.model_validate({**row.body, "folder": Path(), "content_hash": row.content_hash})


def cases_stranded() -> list[str]:
    """Return what open cases stand on and the version they go on with does not have, e.g. ``a@1 matter b: 3 cases``."""
    return [
        f"{stamp} {what} {name}: {count} cases"
        for what in ("matter", "outcome")
        for stamp, name, count in Case.objects.filter(OPEN_Q)
        .exclude(**{what: ""})
        .values_list("pack", what)
        .annotate(Count("id"))
        .order_by("pack", what)
        if name not in {one.id for one in _known(stamp, what)}
    ]


def _known(stamp: str, what: str) -> tuple[Matter, ...] | tuple[Outcome, ...]:
    pack = packkit.shelf().of(stamp)
    return pack.matters if what == "matter" else pack.playbook.outcomes
