"""Reforms that were over before the tree was loaded, put behind it from a dated table."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from hezhi.kit.canonical import sha256
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import rules
from hezhi.spine.regions.changes import CHAIN, change_begin, homes_refresh, links_add
from hezhi.spine.regions.contracts import ChangeKind
from hezhi.spine.regions.errors import RegionChangeInvalid, RegionCodeInvalid
from hezhi.spine.regions.models import Region, RegionChange, RegionLink
from hezhi.spine.regions.queries import valid_q

HISTORY_FILE = Path(__file__).with_name("data") / "changes.csv"
COLUMNS = ["change", "on", "kind", "old_code", "old_name", "new_code", "new_name", "source", "verification"]
VERIFICATIONS = {"verified": True, "unverified": False}


@dataclass(frozen=True)
class Past:
    """One line of a history table: land of the old region went to the new one on the day ``on``."""

    change: str  # name of the reform within the table
    on: date
    kind: ChangeKind
    old_code: str
    old_name: str
    new_code: str
    new_name: str
    source: str
    is_verified: bool


@guard.act
def history_load(*, file: Path = HISTORY_FILE, by: Actor, at: datetime) -> int:
    """Put reforms of the past behind a tree that was loaded in its present state; return how many were new.

    Every region that a reform made begins on its day, what ended before is added, and both are linked.
    Townships and villages of that time are not known and are not invented. Loading again adds nothing.

    Args:
        file: a table with ``COLUMNS``, one line per pair of regions; ``verification`` is ``verified``
            or ``unverified``.

    Raises:
        RegionChangeInvalid: the table does not fit the tree; nothing is loaded then.
        NotAllowed: the actor may not edit regions.
    """
    change_begin(by, None, at)
    lines = _read(file)
    there = set(RegionLink.objects.values_list("change__on", "old__code", "new__code"))
    missing = [one for one in lines if (one.on, one.old_code, one.new_code) not in there]
    findings: list[str] = []
    # Newest first: an older reform then finds the versions that a younger one cut off.
    missing.sort(key=lambda one: (-one.on.toordinal(), one.change))
    for on, of_day in groupby(missing, key=lambda one: one.on):
        _put_behind(on, list(of_day), findings, by, at)
    if findings:
        raise RegionChangeInvalid(findings=tuple(findings))
    homes_refresh()
    changes = {(one.on, one.change) for one in missing}
    if missing:
        body = {"changes": len(changes), "lines": len(missing), "sha256": sha256(file.read_text(encoding="utf-8"))}
        ledger.line_append(chain=CHAIN, act="region.history", by=by, at=at, body=body)
    return len(changes)


def _read(file: Path) -> list[Past]:
    findings: list[str] = []
    found: list[Past] = []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.DictReader(lines)
        if table.fieldnames != COLUMNS:
            raise RegionChangeInvalid(findings=(f"{file.name}:1: the columns must be {', '.join(COLUMNS)}",))
        for number, line in enumerate(table, start=2):
            try:
                found.append(_past(line))
            except (ValueError, RegionCodeInvalid) as wrong:
                findings.append(f"{file.name}:{number}: {wrong}")
    if findings:
        raise RegionChangeInvalid(findings=tuple(findings))
    return found


def _past(line: dict[str, str | None]) -> Past:
    given = {name: (line[name] or "").strip() for name in COLUMNS}
    for name in ("change", "old_name", "new_name", "source"):
        if not given[name]:
            raise ValueError(f"{name} is empty")
    for name in ("old_code", "new_code"):
        rules.level_of(given[name])
    if given["verification"] not in VERIFICATIONS:
        raise ValueError(f"verification is none of {', '.join(VERIFICATIONS)}")
    return Past(
        change=given["change"],
        on=date.fromisoformat(given["on"]),
        kind=ChangeKind(given["kind"]),
        old_code=given["old_code"],
        old_name=given["old_name"],
        new_code=given["new_code"],
        new_name=given["new_name"],
        source=given["source"],
        is_verified=VERIFICATIONS[given["verification"]],
    )


def _put_behind(on: date, pairs: Sequence[Past], findings: list[str], by: Actor, at: datetime) -> None:
    """Cut the tree at the day ``on``: today's regions begin there, yesterday's end the day before."""
    news = _begin_on(on, {one.new_code: one.new_name for one in pairs}, findings)
    olds = _end_before(on, {one.old_code: one.old_name for one in pairs}, findings)
    if findings:
        return
    for _, of_change in groupby(pairs, key=lambda one: one.change):
        links = list(of_change)
        first = links[0]
        change = RegionChange.objects.create(
            kind=first.kind, on=on, source=first.source, is_verified=all(one.is_verified for one in links),
            made_by=by.ref, made_at=at,
        )  # fmt: skip
        links_add(change, [(olds[one.old_code].id, news[one.new_code].id) for one in links])


def _begin_on(on: date, names: dict[str, str], findings: list[str]) -> dict[str, Region]:
    versions = {one.code: one for one in Region.objects.filter(valid_q(on), code__in=names)}
    for code, name in names.items():
        version = versions.get(code)
        if version is None:
            findings.append(f"{code}: the tree does not know it on {on}")
        elif version.name != name:
            findings.append(f"{code}: is called {version.name} here and {name} in the table")
        elif version.valid_from is not None:
            findings.append(f"{code}: began on {version.valid_from} already")
    beginning = [one for one in versions.values() if one.valid_from is None]
    for one in beginning:
        one.valid_from = on
    Region.objects.bulk_update(beginning, ["valid_from"])
    return versions


def _end_before(on: date, names: dict[str, str], findings: list[str]) -> dict[str, Region]:
    last_day = on - timedelta(days=1)
    still = Region.objects.filter(valid_q(last_day), code__in=names)
    findings += [f"{one.code}: the tree has {one.name} on {last_day}; no reform fits behind it" for one in still]
    paths = dict(Region.objects.filter(code__in=_above(names)).values_list("code", "path"))
    ended = []
    for code, name in names.items():
        parent = next((one for one in rules.parents_of(code) if one in paths), "")
        if rules.parents_of(code) and not parent:
            findings.append(f"{code}: {rules.parents_of(code)[0]}, in which it lay, is missing")
        ended.append(
            Region(
                code=code, name=name, level=rules.level_of(code), parent_code=parent,
                path=rules.path_of(code, paths.get(parent, "")), valid_to=last_day,
            )
        )  # fmt: skip
    return {} if findings else {one.code: one for one in Region.objects.bulk_create(ended)}


def _above(codes: Iterable[str]) -> set[str]:
    return {parent for code in codes for parent in rules.parents_of(code)}
