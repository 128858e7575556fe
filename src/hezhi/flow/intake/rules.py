"""Judging one row: pure functions over a pack's record shape."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hezhi.flow.intake.contracts import Finding
from hezhi.kit.canonical import canonical, sha256
from hezhi.packkit.shape import Record
from hezhi.packkit.values import values_check

CLOCK_SLACK = timedelta(minutes=10)  # sources' clocks may run ahead of ours by this much
MASK = "＊＊＊"


@dataclass(frozen=True)
class Judged:
    """A row in its declared types, open and secret apart, or the findings that refuse it."""

    values: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    happened_at: datetime | None = None
    is_late: bool = False


def judge(
    shape: Record, raw: Mapping[str, Any], *, matters: Collection[str], regions: Mapping[str, str], at: datetime
) -> Judged:
    """Judge one row.

    ``regions`` maps the region codes that exist to their paths. A masked value that comes back
    (``＊＊＊``) is refused: masks are never written over what they hide.
    """
    checked = values_check(shape.fields, raw, matters=matters, ignored=shape.ignored)
    found = [Finding(one.field, one.rule, one.cause.zh, one.cause.en, one.nearest) for one in checked.problems]
    values = dict(checked.values)
    found += [
        Finding(name, "masked", "遮蔽值不能写回", "a masked value cannot be written back")
        for name, value in values.items()
        if isinstance(value, str) and MASK in value
    ]
    region = values.get(shape.place)
    if region is not None and region not in regions:
        found.append(Finding(shape.place, "unknown_region", f"没有区划“{region}”", f"there is no region {region}"))
    happened_at = values.get(shape.happened)
    if isinstance(happened_at, datetime) and happened_at > at + CLOCK_SLACK:
        found.append(Finding(shape.happened, "in_future", "时间在未来", "this moment lies in the future"))
    if found:
        return Judged(findings=tuple(found))
    secret = {name for name, one in shape.fields.items() if one.sensitivity == "secret"}
    is_late = (
        shape.late_after_hours is not None
        and isinstance(happened_at, datetime)
        and at - happened_at > timedelta(hours=shape.late_after_hours)
    )
    return Judged(
        values={name: value for name, value in values.items() if name not in secret},
        secrets={name: value for name, value in values.items() if name in secret},
        happened_at=happened_at,
        is_late=is_late,
    )


def content_hash(raw: Mapping[str, Any]) -> str:
    """Return the hash of a row as it was sent; equal content has an equal hash, whatever the column order."""
    return sha256(canonical({str(name): value for name, value in raw.items() if value not in (None, "")}))


def subject_text(shape: Record, values: Mapping[str, Any]) -> str:
    """Return what alerts group by: the subject's words and, so that two Main Streets stay two, the place.

    Example:
        >>> from types import SimpleNamespace as Shape
        >>> subject_text(Shape(subject="spot", place="region"), {"spot": " 东街 3号", "region": "339901001001"})
        '东街3号@339901001001'
    """
    words = "".join(str(values.get(shape.subject, "")).split())
    return f"{words}@{values.get(shape.place, '')}"
