"""Whether a detector errs more in some groups than in others: precision by what its pack compares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from hezhi.flow.detection import queries
from hezhi.flow.detection.contracts import Group, Groups
from hezhi.flow.detection.learning import is_apart, side_of
from hezhi.flow.detection.models import Hit
from hezhi.flow.detection.rules import records_of
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.records import Field
from hezhi.packkit.shape.scan import Scan
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import api as regions

COUNTY_PARTS = 3  # of a region's path: province, city, county
REGION = Text(zh="区县", en="County")
FLAG = {"True": Text(zh="是", en="yes"), "False": Text(zh="否", en="no")}


def groups_of(*, pack_id: str, by: Actor) -> list[Groups]:
    """Return every comparison that the detectors of a pack declare, over the hits the actor may see."""
    pack = packkit.shelf().get(pack_id)
    return [_groups(pack, scan, name, by) for scan in pack.scans for name in scan.compare_by]


def _groups(pack: Pack, scan: Scan, name: str, by: Actor) -> Groups:
    hits = list(queries.visible(by).filter(pack_id=pack.id, detector=scan.id).order_by("id"))
    labels = queries.newest_labels([hit.id for hit in hits])
    told: dict[str, list[str | None]] = defaultdict(list)
    for hit in hits:
        if (value := _value(hit, name)) is not None:
            told[value].append(labels[hit.id].verdict if hit.id in labels else None)
    field = packkit.group_field(scan, records_of(pack, scan), name)
    named = _names(field, list(told))
    whole = side_of([one for verdicts in told.values() for one in verdicts])
    sides = {value: side_of(verdicts) for value, verdicts in told.items()}
    groups = tuple(Group(named[value], side, is_apart(side, whole)) for value, side in sorted(sides.items()))
    return Groups(pack.id, scan.id, field.label if field else REGION, whole, groups)


def _value(hit: Hit, name: str) -> str | None:
    if name == "region":
        return ".".join(hit.region_path.split(".")[:COUNTY_PARTS]) or None
    value = hit.evidence.get(name)
    return None if value is None else str(value)


def _names(field: Field | None, values: list[str]) -> Mapping[str, Text]:
    """Return what each group is called."""
    if field is None:
        codes = {value: value.rpartition(".")[2] for value in values}
        found = regions.regions_get(sorted(codes.values()))
        plain = {value: found[code].name if code in found else code for value, code in codes.items()}
        return {value: Text(zh=name, en=name) for value, name in plain.items()}
    choices = {one.id: one.label for one in field.choices}
    return {value: choices.get(value) or FLAG.get(value) or Text(zh=value, en=value) for value in values}
