"""Under which keys subjects stand: one purpose of the vault per pack, over what the lake calls them."""

from __future__ import annotations

from collections.abc import Collection

from hezhi.flow.checks.rules import Sign, as_in_lake, is_pseudonym, subject_of
from hezhi.packkit.shape import Field, OnlineFeature, Pack
from hezhi.services.lake.contracts import PURPOSE as LAKE
from hezhi.spine.vault import api as vault


def signer(pack_id: str) -> Sign:
    """Return what stands for values in the checks of one pack; another pack's cannot be compared with it."""
    return vault.pseudonymiser(purpose=f"checks.{pack_id}")


def subjects_of(pack: Pack, asked: Collection[tuple[str, object]], sign: Sign) -> dict[tuple[str, object], str | None]:
    """Return what stands for subjects, each asked for as feature and identifier; None where one is none at all."""
    fields = {name: _field_of(pack, pack.feature(name)) for name, _ in asked}
    # Whoever asks of open fields only needs no second key; it is not called then.
    identify = vault.pseudonymiser(purpose=LAKE) if any(map(is_pseudonym, fields.values())) else sign
    found: dict[tuple[str, object], str | None] = {}
    for name, written in asked:
        read = as_in_lake(fields[name], written, identify)
        found[name, written] = None if read is None else subject_of(sign, pack.feature(name).kind, read)
    return found


def _field_of(pack: Pack, online: OnlineFeature) -> Field:
    """Return the field of the record that names the subject of a feature."""
    return pack.record(online.rows.reads).fields[online.per]
