"""Which records are one subject, given scored links and what people said. Pure; the order of arrival has no say.

Links are taken strongest first, judged ones before all; a link that a guard forbids is held for a person instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from hezhi.services.entities.contracts import Guard, LinkVerdict

Pair = tuple[int, int]


@dataclass(frozen=True)
class Bounds:
    """``join``, ``review``: bits from which on a link joins, or is shown to a person. ``size``: most in a cluster."""

    join: float = 6.64  # 99 to 1
    review: float = 0.0  # as likely as not
    size: int = 50


@dataclass(frozen=True)
class Node:
    """One record. ``mark`` is its own and does not depend on when it came; ``alone``: a number nobody else has."""

    id: int
    mark: str
    alone: int | None = None


@dataclass(frozen=True)
class Clusters:
    """``of`` gives each record its cluster, named by its smallest id; ``held`` the links that a guard keeps apart."""

    of: Mapping[int, int]
    held: Mapping[Pair, Guard]


def clusters_of(
    nodes: Iterable[Node], links: Mapping[Pair, float], verdicts: Mapping[Pair, LinkVerdict], bounds: Bounds
) -> Clusters:
    """Return the clusters of records.

    Args:
        links: weight in bits of each pair, the smaller id first; pairs without nodes are not looked at.
        verdicts: what people said last of pairs; ``same`` joins, ``different`` never, ``unsure`` waits.

    Example:
        >>> nodes = [Node(1, "a"), Node(2, "b"), Node(3, "c")]
        >>> found = clusters_of(nodes, {(1, 2): 9.0, (2, 3): 8.0}, {(1, 3): LinkVerdict.DIFFERENT}, Bounds())
        >>> found.of, found.held
        ({1: 1, 2: 1, 3: 3}, {(2, 3): <Guard.DIFFERENT: 'different'>})
    """
    known = {node.id: node for node in nodes}
    members = {one: {one} for one in known}
    numbers = {one: {node.alone} - {None} for one, node in known.items()}
    home = {one: one for one in known}
    apart: dict[int, set[int]] = defaultdict(set)
    for (one, other), verdict in verdicts.items():
        if verdict is LinkVerdict.DIFFERENT:
            apart[one].add(other)
            apart[other].add(one)
    held: dict[Pair, Guard] = {}
    for pair in _in_turn(known, links, verdicts, bounds):
        one, other = home[pair[0]], home[pair[1]]
        if one == other:
            continue
        guard = _guard(members[one], members[other], numbers[one] | numbers[other], apart, bounds)
        if guard is not None:
            held[pair] = guard
            continue
        members[one] |= members.pop(other)
        numbers[one] |= numbers.pop(other)
        for moved in members[one]:
            home[moved] = one
    names = {one: min(all_) for one, all_ in members.items()}
    return Clusters({one: names[home[one]] for one in sorted(known)}, dict(sorted(held.items())))


def joins(weight: float, verdict: LinkVerdict | None, bounds: Bounds) -> bool:
    """Say whether a link would join two records if no guard forbade it."""
    if verdict is not None:
        return verdict is LinkVerdict.SAME
    return weight >= bounds.join


def _in_turn(
    known: Mapping[int, Node], links: Mapping[Pair, float], verdicts: Mapping[Pair, LinkVerdict], bounds: Bounds
) -> list[Pair]:
    """Return the links that join, in an order that the records themselves give."""
    wanted = {pair for pair, weight in links.items() if joins(weight, verdicts.get(pair), bounds)}
    wanted |= {pair for pair, verdict in verdicts.items() if verdict is LinkVerdict.SAME}

    def turn(pair: Pair) -> tuple[bool, float, list[str]]:
        is_judged = verdicts.get(pair) is LinkVerdict.SAME
        return not is_judged, -round(links.get(pair, 0.0), 6), sorted(known[one].mark for one in pair)

    return sorted((pair for pair in wanted if pair[0] in known and pair[1] in known), key=turn)


def _guard(
    one: Collection[int], other: Collection[int], numbers: Collection[int | None],
    apart: Mapping[int, set[int]], bounds: Bounds,
) -> Guard | None:  # fmt: skip
    if any(apart.get(node, set()) & set(other) for node in one):
        return Guard.DIFFERENT
    if len(numbers) > 1:
        return Guard.NUMBERS
    if len(one) + len(other) > bounds.size:
        return Guard.SIZE
    return None


def components(nodes: Iterable[int], pairs: Iterable[Pair]) -> list[set[int]]:
    """Return what pairs connect, each set once, in the order of its smallest member.

    Example:
        >>> components([1, 2, 3, 4], [(1, 3), (3, 4)])
        [{1, 3, 4}, {2}]
    """
    near: dict[int, set[int]] = {node: set() for node in nodes}
    for one, other in pairs:
        near[one].add(other)
        near[other].add(one)
    found, seen = [], set()
    for node in sorted(near):
        if node in seen:
            continue
        part, open_ends = {node}, [node]
        while open_ends:
            fresh = near[open_ends.pop()] - part
            part |= fresh
            open_ends.extend(fresh)
        seen |= part
        found.append(part)
    return found


def moves_between(before: Mapping[int, int], after: Mapping[int, int]) -> list[tuple[int, int, int]]:
    """Return ``(record, old cluster, new cluster)`` of every record that moves; the inverse is each read backwards."""
    return [(node, before[node], after[node]) for node in sorted(after) if before[node] != after[node]]
