"""Commands on the region tree: each works out a plan, writes it in one transaction, and one ledger line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import connection

from hezhi.kit.moments import day_of
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.regions import plans, rules
from hezhi.spine.regions.contracts import ChangeRow, RegionRow, SplitPart
from hezhi.spine.regions.errors import RegionChangeInvalid, RegionChangeTooEarly, RegionNotFound
from hezhi.spine.regions.models import Region, RegionChange, RegionLink
from hezhi.spine.regions.plans import Plan, Subtree
from hezhi.spine.regions.queries import row_of

CHAIN = "regions"
NO_CODES: Mapping[str, str] = {}


@guard.act
def region_create(
    *, code: str, name: str, by: Actor, at: datetime, parent_code: str = "", valid_from: date | None = None
) -> RegionRow:
    """Add a region that the tree lacks, e.g. a grid.

    Args:
        parent_code: what it stands below; empty takes the nearest one its code names.
        valid_from: first day, not after today; None where nobody knows.

    Raises:
        RegionCodeInvalid, RegionChangeInvalid, RegionChangeTooEarly, NotAllowed.
    """
    change_begin(by, valid_from, at)
    level = rules.level_of(code)
    above = rules.parents_of(code)
    parent = _open_row(parent_code or (above[0] if above else ""))
    row = RegionRow(
        code, name.strip(), level, parent.code if parent else "",
        rules.path_of(code, parent.path if parent else ""), valid_from, None,
    )  # fmt: skip
    findings = _clashes([row], closing=())
    if (parent.code if parent else "") not in (above or ("",)):
        findings.append(f"{code}: does not belong below {row.parent_code}, but below {above[0]}")
    if parent and valid_from and parent.valid_from and parent.valid_from > valid_from:
        findings.append(f"{code}: {parent.code} exists only since {parent.valid_from}")
    if not 1 <= len(row.name) <= plans.NAME_MOST:
        findings.append(f"{code}: needs a name of 1 to {plans.NAME_MOST} characters")
    if findings:
        raise RegionChangeInvalid(findings=tuple(findings))
    _insert([row])
    body = {"code": code, "name": row.name, "parent": row.parent_code, "valid_from": valid_from}
    ledger.line_append(chain=CHAIN, act="region.create", by=by, at=at, body=body)
    return row


@guard.act
def region_rename(
    *, code: str, name: str, on: date, source: str, by: Actor, at: datetime, is_verified: bool = True,
    new_code: str = "", codes: Mapping[str, str] = NO_CODES,
) -> ChangeRow:  # fmt: skip
    """Give a region another name from the day ``on``, and with ``new_code`` another code (撤县设区).

    Args:
        source: the decision that orders it; ``is_verified`` says whether you read it.
        codes: new codes of regions below, ``old -> new``; by default they keep their last digits.

    Raises:
        RegionNotFound: no such region today.
        RegionChangeInvalid: it does not fit the tree; every finding at once.
        RegionChangeTooEarly: ``on`` lies ahead, or not after the region's last change.
        NotAllowed: the actor may not edit regions.
    """
    change_begin(by, on, at)
    tree = _subtree(code)
    plan = plans.plan_rename(
        tree, name=name.strip(), new_code=new_code, parent=_open_row(tree.root.parent_code), on=on, codes=codes
    )
    return _apply(plan, [code], [new_code or code], source, is_verified, by, at)


@guard.act
def region_move(
    *, code: str, to_parent: str, new_code: str, on: date, source: str, by: Actor, at: datetime,
    is_verified: bool = True, name: str = "", codes: Mapping[str, str] = NO_CODES,
) -> ChangeRow:  # fmt: skip
    """Put a region with all below it under another parent from the day ``on``; arguments and errors as above."""
    change_begin(by, on, at)
    parent = _open_row(to_parent)
    if parent is None:
        raise RegionNotFound(region=to_parent)
    plan = plans.plan_move(_subtree(code), new_parent=parent, new_code=new_code, name=name.strip(), on=on, codes=codes)
    return _apply(plan, [code], [new_code], source, is_verified, by, at)


@guard.act
def region_split(
    *, code: str, parts: Sequence[SplitPart], on: date, source: str, by: Actor, at: datetime,
    is_verified: bool = True, codes: Mapping[str, str] = NO_CODES,
) -> ChangeRow:  # fmt: skip
    """Divide a region from the day ``on``: among new regions, itself, and others that take a part in.

    Every direct child lies in exactly one part. Arguments and errors as in ``region_rename``.
    """
    change_begin(by, on, at)
    tree = _subtree(code)
    takers = _open_rows({part.code for part in parts} - {code})
    parent = _open_row(tree.root.parent_code)
    plan = plans.plan_split(tree, parts=parts, takers=takers, parent=parent, on=on, codes=codes)
    return _apply(plan, [code], [part.code for part in parts], source, is_verified, by, at)


@guard.act
def region_merge(
    *, codes: Sequence[str], into: str, on: date, source: str, by: Actor, at: datetime, name: str = "",
    is_verified: bool = True, child_codes: Mapping[str, str] = NO_CODES,
) -> ChangeRow:  # fmt: skip
    """Join regions from the day ``on`` into one of them, into another one, or into a new one (with ``name``).

    ``child_codes`` gives regions below a new code where theirs is taken. Errors as in ``region_rename``.
    """
    change_begin(by, on, at)
    if not codes:
        raise RegionChangeInvalid(findings=("codes: name the regions that merge",))
    trees = [_subtree(one) for one in dict.fromkeys(codes)]
    plan = plans.plan_merge(
        trees, into=into, name=name.strip(), taker=_open_rows({into}).get(into),
        parent=_open_row(trees[0].root.parent_code), on=on, codes=child_codes,
    )  # fmt: skip
    return _apply(plan, list(codes), [into], source, is_verified, by, at)


def change_begin(by: Actor, on: date | None, at: datetime) -> None:
    """Check right and day, and keep every other change of the tree waiting until this one is done."""
    permissions.require_everywhere(by, Right.REGION_EDIT)
    if on is not None and on > day_of(at):
        raise RegionChangeTooEarly(on=on, today=day_of(at))
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE regions_region IN SHARE ROW EXCLUSIVE MODE")


def _open_rows(codes: Iterable[str]) -> dict[str, RegionRow]:
    return {one.code: row_of(one) for one in Region.objects.filter(code__in=set(codes), valid_to__isnull=True)}


def _open_row(code: str) -> RegionRow | None:
    """Return a region of today; None for the root above the provinces."""
    if not code:
        return None
    rows = _open_rows([code])
    if code not in rows:
        raise RegionNotFound(region=code)
    return rows[code]


def _subtree(code: str) -> Subtree:
    root = _open_row(code)
    if root is None:
        raise RegionNotFound(region=code)
    below = Region.objects.filter(valid_to__isnull=True, path__gte=f"{root.path}.", path__lt=f"{root.path}/")
    return Subtree(root, tuple(row_of(one) for one in below.order_by("path")))


def _clashes(opens: Sequence[RegionRow], *, closing: Iterable[str]) -> list[str]:
    """Say which new versions meet another version of their code on the same day, or at another place."""
    new = {row.code: row for row in opens}
    findings = []
    for known in Region.objects.filter(code__in=new).order_by("code", "valid_from"):
        row = new[known.code]
        if known.path != row.path:
            findings.append(f"{known.code}: this code belongs to {known.path} and never to another place")
        elif known.valid_to is None and known.code not in closing:
            findings.append(f"{known.code}: exists already as {known.name}")
        elif known.valid_to is not None and (row.valid_from is None or known.valid_to >= row.valid_from):
            findings.append(f"{known.code}: existed as {known.name} until {known.valid_to}")
    return findings


def _insert(rows: Iterable[RegionRow]) -> list[Region]:
    return Region.objects.bulk_create(
        Region(
            code=row.code, name=row.name, level=row.level, parent_code=row.parent_code, path=row.path,
            valid_from=row.valid_from, valid_to=row.valid_to,
        )
        for row in rows
    )  # fmt: skip


def _apply(
    plan: Plan,
    old_codes: Sequence[str],
    new_codes: Sequence[str],
    source: str,
    is_verified: bool,
    by: Actor,
    at: datetime,
) -> ChangeRow:
    findings = _clashes(plan.opens, closing=plan.closes)
    if not source.strip():
        findings.append("source: name the decision that orders the change")
    if findings:
        raise RegionChangeInvalid(findings=tuple(findings))
    ending = Region.objects.filter(code__in=plan.closes, valid_to__isnull=True)
    old_ids = dict(ending.values_list("code", "id"))
    Region.objects.filter(id__in=old_ids.values()).update(valid_to=plan.on - timedelta(days=1))
    _insert(plan.opens)
    newer = Region.objects.filter(code__in={new for _, new in plan.links}, valid_to__isnull=True)
    new_ids = dict(newer.values_list("code", "id"))
    change = RegionChange.objects.create(
        kind=plan.kind, on=plan.on, source=source.strip(), is_verified=is_verified, made_by=by.ref, made_at=at
    )
    links_add(change, [(old_ids[old], new_ids[new]) for old, new in plan.links])
    homes_refresh()
    body = {
        "on": plan.on, "old": sorted(set(old_codes)), "new": sorted(set(new_codes)), "links": sorted(plan.links),
        "names": {row.code: row.name for row in plan.opens}, "source": change.source, "is_verified": is_verified,
    }  # fmt: skip
    ledger.line_append(chain=CHAIN, act=f"region.{plan.kind}", by=by, at=at, body=body)
    olds, news = (tuple(sorted(set(codes))) for codes in zip(*plan.links, strict=True))
    return ChangeRow(plan.kind, plan.on, olds, news, change.source, is_verified)


def links_add(change: RegionChange, pairs: Iterable[tuple[int, int]]) -> None:
    """Link old versions to new ones as part of ``change``."""
    RegionLink.objects.bulk_create(RegionLink(change=change, old_id=old, new_id=new) for old, new in pairs)


def homes_refresh() -> None:
    """Note for every version that ended where all of its land lies now."""
    links = list(RegionLink.objects.values_list("old_id", "new_id"))
    news = {new for _, new in links}
    open_paths = dict(Region.objects.filter(id__in=news, valid_to__isnull=True).values_list("id", "path"))
    homes = rules.whole_homes(links, open_paths)
    stale = [one for one in Region.objects.filter(id__in=homes, valid_to__isnull=False) if one.lies_in != homes[one.id]]
    for one in stale:
        one.lies_in = homes[one.id]
    Region.objects.bulk_update(stale, ["lies_in"], batch_size=500)
