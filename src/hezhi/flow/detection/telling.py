"""A scan's sentence as one reads it before anything was found: every place for a number says what will stand there."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hezhi.flow.detection.rules import records_of
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Detector, Pack, Record
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.scan import Feature, Scan

_AGG = {
    "count": ("条数", "rows"), "distinct": ("不同的个数", "how many different"), "min": ("最小值", "least"),
    "max": ("最大值", "most"), "before": ("上期", "before"), "sum": ("合计", "sum"),
}  # fmt: skip
_COMPUTED = {
    "score": ("得分", "score"), "held_count": ("成立的期数", "periods it held"), "balance": ("差额", "difference"),
    "tolerance": ("容许差额", "tolerance"), "observed": ("实际条数", "count"),
    "expected": ("预期条数", "expected count"),
    "bound": ("上限", "bound"), "peer_count": ("同类个数", "likes"),
    "began": ("起始时刻", "begin"), "matched": ("对应的记录", "what it met"),
    "other": ("另一条记录", "the other"), "bands": ("成立的条件", "what held"),
}  # fmt: skip
_PEERS = {
    "_median": ("同类中位数", "median of its likes"), "_ratio": ("与同类之比（‰）", "permille of its likes"),
    "_far": ("偏离同类", "distance from its likes"),
}  # fmt: skip


def detectors_readable(pack: Pack) -> tuple[tuple[Detector | Scan, Text], ...]:
    """Return every detector of a pack, those over the lake too, each with its sentence as one reads it."""
    return (*((one, one.says) for one in pack.detectors), *((one, says_readable(pack, one)) for one in pack.scans))


def says_readable(pack: Pack, scan: Scan) -> Text:
    """Return the sentence with parameters filled in, and for each number yet to be found its label in brackets."""
    records = records_of(pack, scan)
    return packkit.sentence_with(
        scan.says, lambda found: _shown(scan, records, found, 0), lambda found: _shown(scan, records, found, 1)
    )


def _shown(scan: Scan, records: Mapping[str, Record], found: re.Match[str], language: int) -> str:
    if found[1] in scan.params:
        return packkit.number_told(scan.params[found[1]].value, found[2])
    return f"[{_label(scan, records, found[1])[language]}]"


def _label(scan: Scan, records: Mapping[str, Record], name: str) -> tuple[str, str]:
    features: Mapping[str, Feature] = getattr(scan, "features", {})
    if name in features:
        return _feature(scan, records, features[name])
    if name in _COMPUTED:
        return _COMPUTED[name]
    for ending, (zh, en) in _PEERS.items():
        base = name.removesuffix(ending)
        if base != name:
            label = _label(scan, records, base)
            return f"{label[0]}：{zh}", f"{label[1]}: {en}"
    return "计算值", name.replace("_", " ")


def _feature(scan: Scan, records: Mapping[str, Record], feature: Feature) -> tuple[str, str]:
    streams = [scan.streams[feature.stream]] if feature.stream in scan.streams else list(scan.streams.values())
    label = next(
        (found.label for one in streams if (found := records[one.reads].fields.get(feature.of)) is not None), None
    )
    words = _AGG.get(feature.agg)
    if label is None:
        return words or (feature.of, feature.of)
    if words is None:  # the newest value
        return label.zh, label.en
    return f"{label.zh}{words[0]}", f"{label.en}, {words[1]}"
