"""Counts records per subject in a moving window. Pure: the same rows always give the same hits.

The same code runs a detector's tests, a whole replay, and the point check at the arrival of one
record. Rows may come in any order; they are counted by the moment at which they *happened*, so a
late record finds its true place.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hezhi.packkit.contracts import Skipped, WindowHit, WindowResult
from hezhi.packkit.shape import Detector, Pack
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.detect import Param
from hezhi.packkit.shape.records import Record
from hezhi.packkit.values import moment_of


def span_of(param: Param) -> timedelta:
    """Return a length of time; a day is 24 hours here.

    Raises:
        ValueError: the parameter counts things, not time.
    """
    if param.unit == "count":
        raise ValueError("a count is not a length of time")
    return timedelta(days=param.value) if param.unit == "days" else timedelta(hours=param.value)


def window_reach(detector: Detector, happened_at: datetime) -> tuple[datetime, datetime]:
    """Return between which moments (both included) rows can share a window with one that happened at ``happened_at``.

    Who checks one new record loads its subject's rows from this reach and hands them to `count_window`.
    """
    within = span_of(detector.within)
    return happened_at - within, happened_at + within


def subject_of(detector: Detector, values: Mapping[str, Any]) -> str | None:
    """Return the subject that the detector counts under, or None when a field is missing."""
    parts = [values.get(name) for name in detector.per]
    return "|".join(str(part) for part in parts) if all(part not in (None, "") for part in parts) else None


def count_window(
    pack: Pack, detector: Detector, rows: Iterable[Mapping[str, Any]], quiet_until: Mapping[str, datetime] | None = None
) -> WindowResult:
    """Return every hit of one detector over ``rows``.

    A subject is hit when, counting backwards from one of its records, at least ``at_least`` records lie
    within ``within`` (both ends included). After a hit it stays quiet for ``quiet``: records are counted
    on, hits are not raised. Rows with the same key count once.

    Args:
        pack: for the record's shape and the matters that are confidential.
        rows: values of accepted records of the kind the detector reads, by field name; moments are aware, or
            text in city time.
        quiet_until: subjects that were hit before, with the moment (exclusive) their quiet time ends.

    Errors:
        None. A row without key, moment or subject is told in ``skipped``; rows of confidential matters
        are counted in ``withheld_count``.
    """
    confidential = {matter.id for matter in pack.matters if matter.confidential}
    return count_rows(detector, pack.record(detector.reads), confidential, rows, quiet_until)


def count_rows(
    detector: Detector,
    shape: Record,
    confidential: Collection[str],
    rows: Iterable[Mapping[str, Any]],
    quiet_until: Mapping[str, datetime] | None = None,
) -> WindowResult:
    """Do the work of `count_window` for a detector whose pack is not whole yet."""
    skipped: list[Skipped] = []
    usable: dict[str, tuple[datetime, str, Mapping[str, Any]]] = {}
    withheld = 0
    for row in rows:
        if shape.matter and row.get(shape.matter) in confidential:
            withheld += 1
            continue
        fit = _fit(detector, shape, row)
        if isinstance(fit, Skipped):
            skipped.append(fit)
        else:
            usable.setdefault(fit[1], fit)
    hits = _hits(detector, sorted(usable.values(), key=lambda one: one[:2]), dict(quiet_until or {}))
    return WindowResult(tuple(hits), tuple(skipped), withheld)


def _fit(
    detector: Detector, shape: Record, row: Mapping[str, Any]
) -> tuple[datetime, str, Mapping[str, Any]] | Skipped:
    key = str(row.get(shape.key, ""))
    if not key:
        return Skipped("", f"'{shape.key}' is missing")
    try:
        happened_at = moment_of(row.get(shape.happened)).astimezone(UTC)
    except ValueError:
        return Skipped(key, f"'{shape.happened}' is not a moment")
    if subject_of(detector, row) is None:
        return Skipped(key, "a field that names the subject is missing")
    return happened_at, key, row


def _hits(
    detector: Detector, rows: list[tuple[datetime, str, Mapping[str, Any]]], quiet_until: dict[str, datetime]
) -> Iterable[WindowHit]:
    within, quiet = span_of(detector.within), span_of(detector.quiet)
    windows: dict[str, deque[tuple[datetime, str]]] = defaultdict(deque)
    for at, key, row in rows:
        subject = subject_of(detector, row)
        assert subject is not None
        window = windows[subject]
        window.append((at, key))
        while window[0][0] < at - within:
            window.popleft()
        if len(window) < detector.at_least.value or (subject in quiet_until and at < quiet_until[subject]):
            continue
        quiet_until[subject] = at + quiet
        yield WindowHit(
            subject=subject,
            values={name: str(row[name]) for name in detector.per},
            count=len(window),
            first_at=window[0][0],
            last_at=at,
            keys=tuple(member for _, member in window),
            because=_because(detector, len(window)),
        )


def _because(detector: Detector, count: int) -> Text:
    value, days = detector.within.value, detector.within.unit == "days"
    zh = f"{value} {'天' if days else '小时'}内有 {count} 条记录，达到 {detector.at_least.value} 条"
    en = f"{count} records within {value} {'days' if days else 'hours'}, at least {detector.at_least.value} are needed"
    return Text(zh=zh, en=en)
