"""What is known of subjects at once: written, read and forgotten by the house alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from hezhi.flow.checks import keying, queries, rules
from hezhi.flow.checks.contracts import FeatureIn, FeatureRow, FeaturesPut
from hezhi.flow.checks.errors import FeatureInvalid
from hezhi.kit.errors import NotAllowed
from hezhi.packkit import api as packkit
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor, ActorKind

FINDINGS_MOST = 50


@guard.act
def subjects_key(
    *, pack_id: str, subjects: Collection[tuple[str, object]], by: Actor
) -> dict[tuple[str, object], str | None]:
    """Return what stands for subjects in a pack's features; None where one is no such identifier at all.

    Args:
        subjects: feature and identifier, e.g. ``("vehicle_until", "浙A12345")``.

    Raises:
        NotAllowed: only the house itself keys subjects.
    """
    _house(by)
    return keying.subjects_of(packkit.shelf().get(pack_id), subjects, keying.signs(pack_id))


@guard.act
def features_put(*, rows: Sequence[FeatureIn], by: Actor, at: datetime) -> FeaturesPut:
    """Write what detectors found out. The same rows again, or older ones in any order, change nothing.

    What is newer is decided by ``from_at``, between equal ones by ``at``: a corrected run of the same moment counts.

    Raises:
        NotAllowed: only the house itself writes features.
        FeatureInvalid: nothing was written; ``findings`` names the first problems.
    """
    _house(by)
    findings = tuple(rules.features_findings(rows, at))
    if findings:
        raise FeatureInvalid(findings=findings[:FINDINGS_MOST])
    written = queries.features_write(rules.newest(rows), at)
    return FeaturesPut(written, len(rows) - written)


def features_get(*, pack_id: str, subjects: Collection[str], names: Collection[str], by: Actor) -> list[FeatureRow]:
    """Return what is known of some subjects of a pack, ordered by subject and name.

    Raises:
        NotAllowed: only the house itself reads features.
    """
    _house(by)
    rows = queries.features_read(pack_id, subjects, names)
    return sorted(
        (FeatureRow(one.subject, one.name, one.value, one.from_at, one.written_at, one.source) for one in rows),
        key=lambda row: (row.subject, row.name),
    )


@guard.act
def features_forget(*, pack_id: str, subjects: Collection[str], by: Actor, name: str = "") -> int:
    """Delete everything that is known of some subjects of a pack, or what stands under one name; return how many.

    Raises:
        NotAllowed: only the house itself deletes features.
    """
    _house(by)
    return queries.features_delete(pack_id, subjects, name)


def _house(by: Actor) -> None:
    if by.kind is not ActorKind.SYSTEM:
        raise NotAllowed()
