"""Decisions of the detection room. Pure: no table, no clock."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from hezhi.kit.canonical import canonical, sha256
from hezhi.packkit.shape import Detector, Pack, Record, ScanBase
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.records import Field

SUBJECT_LIMIT = 400
PSEUDONYM_END, REASON_AT_LEAST = 6, 5  # characters
Z_95, Z_97_5 = 1.959964, 2.241403  # of the normal distribution, both sides
# Lines of a scan that change nothing of what it finds.
WORDS = frozenset({"title", "says", "tests", "shadow", "blind_spots", "innocent_reasons", "grade", "compare_by"})
VERDICTS = ("true", "false", "harmless", "cannot_verify")


def subject_kept(subject: str) -> str:
    """Return the subject as tables hold it: a very long one is cut and told apart by its hash.

    Example:
        >>> subject_kept("339901|东门"), len(subject_kept("x" * 9000))
        ('339901|东门', 400)
    """
    if len(subject) <= SUBJECT_LIMIT:
        return subject
    tail = f"#{sha256(subject)[:32]}"
    return subject[: SUBJECT_LIMIT - len(tail)] + tail


def subject_parts(
    scan: ScanBase, records: Mapping[str, Record], subject: str, regions: Mapping[str, str]
) -> tuple[tuple[Text, Text | str], ...]:
    """Return what a subject is called, field by field; who it is stays closed: a pseudonym shows its end alone, and
    what the record keeps as personal shows nothing.

    Args:
        regions: names of regions by code.
    """
    stream = next(iter(scan.streams.values()))
    fields = [records[stream.reads].fields[name] for name in stream.per]
    values = subject.split("|", len(fields) - 1) if subject else [""] * len(fields)
    return tuple((field.label, _shown(field, value, regions)) for field, value in zip(fields, values, strict=False))


def _shown(field: Field, value: str, regions: Mapping[str, str]) -> Text | str:
    if not value:
        return "—"
    if field.type == "identifier":
        return f"…{value[-PSEUDONYM_END:]}"
    if field.sensitivity != "open":
        return "***"
    if field.type == "region":
        return regions.get(value, value)
    return next((choice.label for choice in field.choices if choice.id == value), value)


def path_in_common(paths: Sequence[str]) -> str:
    """Return the path of the smallest region that holds all of the given ones, empty when none does.

    Example:
        >>> path_in_common(["33.3399.339901", "33.3399.339902"])
        '33.3399'
    """
    split = [path.split(".") for path in paths]
    common = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return ".".join(common)


def is_in_shadow(pack: Pack, detector: Detector | ScanBase) -> bool:
    """Say whether hits are only kept: the detector says so, or its pack is not yet active."""
    return detector.shadow or pack.identity.status != "active"


def definition_of(scan: ScanBase) -> str:
    """Return the hash of everything by which a scan finds something; its words and tests do not count."""
    return sha256(canonical(scan.model_dump(mode="json", exclude=WORDS)))


def differences(old: ScanBase, new: ScanBase) -> list[str]:
    """Return what makes a scan find other things than another: parameters with both values, else the line's name."""
    before, after = (one.model_dump(mode="json", exclude=WORDS) for one in (old, new))
    told = []
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name):
            continue
        if name != "params":
            told.append(name)
            continue
        for param in sorted(before[name].keys() | after[name].keys()):
            values = [str(side[name].get(param, {}).get("value", "—")) for side in (before, after)]
            if values[0] != values[1]:
                told.append(f"{param} {values[0]} → {values[1]}")
    return told


def records_of(pack: Pack, scan: ScanBase) -> dict[str, Record]:
    """Return the record kinds a scan reads, by id."""
    return {stream.reads: pack.record(stream.reads) for stream in scan.streams.values()}


def matter_of(pack: Pack, scan: ScanBase) -> str:
    """Return what the alerts of a scan are about, empty where a person must say it."""
    return scan.matter or (pack.matters[0].id if len(pack.matters) == 1 else "")


def spans_joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans (first included, last excluded) in order, overlapping ones as one, empty ones left out.

    Example:
        >>> spans_joined([(5, 9), (1, 3), (8, 12), (4, 4), (3, 4)])
        [(1, 4), (5, 12)]
    """
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if last <= first:
            continue
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def wilson(part: int, whole: int, *, z: float = Z_95) -> tuple[float, float]:
    """Return the interval of a share (Wilson 1927), of 95 % unless ``z`` says otherwise.

    Example:
        >>> [round(one, 3) for one in wilson(8, 10)]
        [0.49, 0.943]
    """
    share = part / whole
    middle = share + z * z / (2 * whole)
    spread = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def is_run(pack: Pack) -> bool:
    """Say whether the pack's detectors run at all; those of a retired pack do not."""
    return pack.identity.status != "retired"


def reasons_of(detector: Detector, count: int) -> tuple[Text, ...]:
    """Return what was counted, then what may be behind it although nothing is wrong."""
    value, unit = detector.within.value, detector.within.unit
    least = detector.at_least.value
    zh = f"{value} {'天' if unit == 'days' else '小时'}内有 {count} 条记录，达到 {least} 条"
    en = f"{count} records within {value} {unit}, at least {least} are needed"
    innocent = [Text(zh=f"也可能是：{one.zh}", en=f"It may also be: {one.en}") for one in detector.innocent_reasons]
    return (Text(zh=zh, en=en), *innocent)
