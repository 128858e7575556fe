"""By what the errors of a scan may be compared: open choices and flags that it reads anyway."""

from __future__ import annotations

from collections.abc import Mapping

from hezhi.packkit.shape.records import Field, Record
from hezhi.packkit.shape.scan import Feature, ScanBase


def group_field(scan: ScanBase, records: Mapping[str, Record], name: str) -> Field | None:
    """Return the field behind a feature that can part hits into groups: the last value of an open choice or flag."""
    features: Mapping[str, Feature] = getattr(scan, "features", {})
    feature = features.get(name)
    if feature is None or feature.agg != "last":
        return None
    streams = [scan.streams[feature.stream]] if feature.stream in scan.streams else list(scan.streams.values())
    found = next((records[one.reads].fields.get(feature.of) for one in streams if one.reads in records), None)
    return found if found and found.type in ("choice", "flag") and found.sensitivity == "open" else None
