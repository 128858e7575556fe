"""One link of two invented records, without training anything."""

from __future__ import annotations

from datetime import datetime

from hezhi.services.entities.models import Entry, Link, Member, Model, Signs


def link_make(*, region_path: str, at: datetime) -> int:
    """Write a link that waits for a person and return its id."""
    model = Model.objects.create(
        spec="person", version=1, settings={}, frequencies={}, report={}, content_hash="0" * 64,
        made_by="system:test", made_at=at,
    )  # fmt: skip
    low, high = (
        Entry.objects.create(spec="person", ref=f"record:{ref}", region_path=region_path, came_at=at)
        for ref in (9_000_001, 9_000_002)
    )
    for entry in (low, high):
        Signs.objects.create(entry=entry, features=b"", alone=None)
        Member.objects.create(entry=entry, cluster=entry.id, since_at=at)
    steps = [{"compared": "name", "level": 2, "weight": 6.5, "rarity": 0.0}]
    return Link.objects.create(
        low=low, high=high, weight=2.5, prior=-4.0, model=model, steps=steps, keys=[1], found_at=at
    ).id
