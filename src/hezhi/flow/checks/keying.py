"""Under which keys subjects stand: one purpose of the vault per pack, over what the lake calls them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from hezhi.flow.checks.rules import Sign, as_in_lake, subject_of
from hezhi.packkit.shape import Pack
from hezhi.services.lake.contracts import PURPOSE as LAKE
from hezhi.spine.vault import api as vault


@dataclass(frozen=True)
class Signs:
    """What makes keys of a pack's subjects. Another pack's keys cannot be compared with them."""

    own: Sign
    lake: Sign


def signs(pack_id: str) -> Signs:
    """Return what makes keys of a pack's subjects. One query."""
    own = f"checks.{pack_id}"
    found = vault.pseudonymisers(purposes=[own, LAKE])
    return Signs(found[own], found[LAKE])


def subjects_of(pack: Pack, asked: Collection[tuple[str, object]], by: Signs) -> dict[tuple[str, object], str | None]:
    """Return what stands for subjects, each asked for as feature and identifier; None where one is none at all."""
    found: dict[tuple[str, object], str | None] = {}
    for name, written in asked:
        online = pack.feature(name)
        read = as_in_lake(pack.record(online.rows.reads).fields[online.per], written, by.lake)
        found[name, written] = None if read is None else subject_of(by.own, online.kind, read)
    return found
