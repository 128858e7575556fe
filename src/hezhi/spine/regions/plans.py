"""What a reform does to the tree, worked out before anything is written. Plain Python.

A plan closes versions, opens versions, and links the old ones to the new ones. Whatever does not
fit is gathered as findings and told at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from hezhi.spine.regions import rules
from hezhi.spine.regions.contracts import ChangeKind, RegionRow, SplitPart
from hezhi.spine.regions.errors import RegionChangeInvalid, RegionChangeTooEarly, RegionCodeInvalid

NAME_MOST = 60


@dataclass
class Plan:
    """``closes`` by code; ``opens`` parents first; ``links`` (old code, new code)."""

    kind: ChangeKind
    on: date
    codes: Mapping[str, str]  # new codes given for regions below: old code → new code
    closes: list[str] = field(default_factory=list)
    opens: list[RegionRow] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def close(self, row: RegionRow) -> None:
        if row.valid_from is not None and row.valid_from >= self.on:
            raise RegionChangeTooEarly(region=row.code, changed_on=row.valid_from)
        self.closes.append(row.code)

    def open(self, row: RegionRow) -> RegionRow:
        new = replace(row, valid_from=self.on, valid_to=None)
        self.opens.append(new)
        return new

    def link(self, old: str, new: str) -> None:
        if (old, new) not in self.links:
            self.links.append((old, new))

    def checked(self) -> Plan:
        """Return the plan, or raise every finding at once."""
        opened = [row.code for row in self.opens]
        for code in sorted({code for code in opened if opened.count(code) > 1}):
            self.findings.append(f"{code}: two regions would get this code; name another one for one of them")
        for row in self.opens:
            if not row.name.strip() or len(row.name) > NAME_MOST:
                self.findings.append(f"{row.code}: needs a name of 1 to {NAME_MOST} characters")
        for code in sorted(set(self.codes) - set(self.closes)):
            self.findings.append(f"{code}: does not get a new code in this change")
        if self.findings:
            raise RegionChangeInvalid(findings=tuple(self.findings))
        return self


@dataclass(frozen=True)
class Subtree:
    """A region of today and everything below it, parents first."""

    root: RegionRow
    below: tuple[RegionRow, ...] = ()

    @property
    def children(self) -> tuple[RegionRow, ...]:
        return tuple(row for row in self.below if row.parent_code == self.root.code)

    def under(self, child: RegionRow) -> Subtree:
        return Subtree(child, tuple(row for row in self.below if row.path.startswith(child.path + ".")))


def plan_rename(tree: Subtree, *, name: str, new_code: str, parent: RegionRow | None, on: date,
                codes: Mapping[str, str]) -> Plan:  # fmt: skip
    """The same land under another name and, where ``new_code`` is given, another code."""
    plan = Plan(ChangeKind.RENAME, on, codes)
    if new_code and new_code != tree.root.code:
        _recode(plan, tree, new_code, name, parent)
        return plan.checked()
    if name == tree.root.name:
        plan.findings.append(f"{tree.root.code}: is already called {name}")
    plan.close(tree.root)
    plan.open(replace(tree.root, name=name))
    plan.link(tree.root.code, tree.root.code)
    return plan.checked()


def plan_move(tree: Subtree, *, new_parent: RegionRow, new_code: str, name: str, on: date,
              codes: Mapping[str, str]) -> Plan:  # fmt: skip
    """The same land under another parent; a code carries its parent's digits, so it changes too."""
    plan = Plan(ChangeKind.MOVE, on, codes)
    if new_code == tree.root.code:
        plan.findings.append(f"{new_code}: a region that moves needs a new code, the old one keeps its old place")
    _recode(plan, tree, new_code, name or tree.root.name, new_parent)
    return plan.checked()


def plan_split(tree: Subtree, *, parts: Sequence[SplitPart], takers: Mapping[str, RegionRow],
               parent: RegionRow | None, on: date, codes: Mapping[str, str]) -> Plan:  # fmt: skip
    """Land of one region goes to several.

    Args:
        takers: regions of today among the parts' codes, by code; the split one is not among them.
        parent: what stands above the split region; new parts stand there too.
    """
    plan = Plan(ChangeKind.SPLIT, on, codes)
    _check_parts(plan, tree, parts)
    plan.close(tree.root)
    for part in parts:
        target = _part_target(plan, tree.root, part, takers.get(part.code), parent)
        if target is None or target.code == tree.root.code:
            continue  # what stays keeps its children as they are
        for child in tree.children:
            if child.code in part.takes:
                branch = tree.under(child)
                _recode(plan, branch, _own_code(plan, child, tree.root, target), child.name, target)
    return plan.checked()


def plan_merge(trees: Sequence[Subtree], *, into: str, name: str, taker: RegionRow | None,
               parent: RegionRow | None, on: date, codes: Mapping[str, str]) -> Plan:  # fmt: skip
    """Several regions become one.

    Args:
        trees: the regions that are named to merge; ``into`` may be one of them.
        taker: the region of today with the code ``into``; None where that code is new.
        parent: what stands above a new region.
    """
    plan = Plan(ChangeKind.MERGE, on, codes)
    level = trees[0].root.level
    plan.findings += [f"{one.root.code}: is no {level}" for one in trees if one.root.level is not level]
    given = [one for one in trees if one.root.code != into]
    if len({one.root.code for one in given} | {into}) < 2 or (taker is None and len(given) < 2):
        plan.findings.append(f"{into}: a merge needs at least two regions")
    if taker is not None:
        if taker.level is not level:
            plan.findings.append(f"{into}: is no {level}")
        target = _renew(plan, taker, name)
    else:
        target = _open_new(plan, into, name, parent, trees[0].root)
    for one in given:
        plan.close(one.root)
        plan.link(one.root.code, into)
        for child in one.children:
            _recode(plan, one.under(child), _own_code(plan, child, one.root, target), child.name, target)
    return plan.checked()


def _check_parts(plan: Plan, tree: Subtree, parts: Sequence[SplitPart]) -> None:
    named = [part.code for part in parts]
    if len(set(named)) < 2 or len(set(named)) < len(named):
        plan.findings.append(f"{tree.root.code}: a split needs at least two parts, each with a code of its own")
    taken = [code for part in parts for code in part.takes]
    children = {child.code for child in tree.children}
    for code in sorted(children - set(taken)):
        plan.findings.append(f"{code}: lies in {tree.root.code}, but no part takes it")
    for code in sorted(set(taken)):
        if code not in children:
            plan.findings.append(f"{code}: does not lie directly in {tree.root.code}")
        if taken.count(code) > 1:
            plan.findings.append(f"{code}: two parts take it")


def _part_target(plan: Plan, root: RegionRow, part: SplitPart, taker: RegionRow | None,
                 parent: RegionRow | None) -> RegionRow | None:  # fmt: skip
    if part.code == root.code:
        plan.open(replace(root, name=part.name or root.name))
        target = root
    elif taker is not None:
        if taker.level is not root.level:
            plan.findings.append(f"{part.code}: is no {root.level}")
        target = _renew(plan, taker, part.name)
    else:
        target = _open_new(plan, part.code, part.name, parent, root)
    plan.link(root.code, part.code)
    return target


def _renew(plan: Plan, row: RegionRow, name: str) -> RegionRow:
    """Open a new version of a region that grows; one that began on the same day grows as it is."""
    if row.valid_from == plan.on:
        if name and name != row.name:
            plan.findings.append(f"{row.code}: is called {row.name} since this very day")
        return row
    plan.close(row)
    plan.link(row.code, row.code)
    return plan.open(replace(row, name=name or row.name))


def _open_new(plan: Plan, code: str, name: str, parent: RegionRow | None, like: RegionRow) -> RegionRow:
    """Open a region that did not exist, of the same level as ``like``."""
    new = _placed(plan, like, code, name, parent)
    if new.level is not like.level:
        plan.findings.append(f"{code}: is no code of a {like.level}")
    return plan.open(new)


def _placed(plan: Plan, row: RegionRow, code: str, name: str, parent: RegionRow | None) -> RegionRow:
    """Return ``row`` with another code below ``parent``; findings where they do not belong together."""
    parent_code, parent_path = (parent.code, parent.path) if parent else ("", "")
    level = row.level
    try:
        level = rules.level_of(code)
        above = rules.parents_of(code) or ("",)
        if parent_code not in above:
            plan.findings.append(f"{code}: does not belong below {parent_code or 'the root'}, but below {above[0]}")
    except RegionCodeInvalid as wrong:
        plan.findings.append(str(wrong))
    if parent and parent.valid_from and parent.valid_from > plan.on:
        plan.findings.append(f"{code}: {parent_code} exists only since {parent.valid_from}")
    path = rules.path_of(code, parent_path)
    return replace(row, code=code, name=name, level=level, parent_code=parent_code, path=path)


def _recode(plan: Plan, tree: Subtree, code: str, name: str, parent: RegionRow | None) -> None:
    """Close a region and all below it, and open them again under new codes."""
    root = plan.open(_placed(plan, tree.root, code, name, parent))
    if root.level is not tree.root.level:
        plan.findings.append(f"{code}: is no code of a {tree.root.level}")
    plan.close(tree.root)
    plan.link(tree.root.code, code)
    moved = {tree.root.code: (tree.root, root)}
    for row in tree.below:
        old_parent, new_parent = moved[row.parent_code]
        own = _own_code(plan, row, old_parent, new_parent)
        new = plan.open(_placed(plan, row, own, row.name, new_parent))
        plan.close(row)
        plan.link(row.code, own)
        moved[row.code] = (row, new)


def _own_code(plan: Plan, row: RegionRow, old_parent: RegionRow, new_parent: RegionRow) -> str:
    """Return the code of ``row`` below its new parent: the one given, or the old last digits kept."""
    if row.code in plan.codes:
        return plan.codes[row.code]
    try:
        tail = rules.stem_of(row.code)[len(rules.stem_of(old_parent.code)) :]
        return rules.code_from_stem(rules.stem_of(new_parent.code) + tail)
    except RegionCodeInvalid:
        plan.findings.append(f"{row.code}: its code below {new_parent.code} cannot be derived; name it")
        return row.code
