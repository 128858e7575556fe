"""Clusters follow from records, links and judgements alone, and never break a guard."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from hezhi.services.entities.contracts import Guard, LinkVerdict
from hezhi.services.entities.rules import Bounds, Node, clusters_of, components, moves_between

BOUNDS = Bounds(join=5.0, review=0.0, size=4)
pairs = st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda pair: pair[0] < pair[1])
links = st.dictionaries(pairs, st.sampled_from((1.0, 5.0, 6.0, 7.0)), max_size=20)
verdicts = st.dictionaries(pairs, st.sampled_from(list(LinkVerdict)), max_size=6)
numbers = st.dictionaries(st.integers(1, 9), st.sampled_from((None, 11, 12)))


@given(links, verdicts, numbers, st.integers(0, 1000))
def test_whatever_ids_records_got_the_clusters_are_the_same(links, verdicts, numbers, seed) -> None:  # type: ignore[no-untyped-def]
    nodes = [Node(one, f"r{one}", numbers.get(one)) for one in range(1, 10)]
    fresh = list(range(1, 10))
    random.Random(seed).shuffle(fresh)
    new = dict(zip(range(1, 10), fresh, strict=True))

    def renamed(given):  # type: ignore[no-untyped-def]
        return {tuple(sorted(new[one] for one in pair)): value for pair, value in given.items()}

    first = clusters_of(nodes, links, verdicts, BOUNDS)
    second = clusters_of(
        [Node(new[node.id], node.mark, node.alone) for node in nodes], renamed(links), renamed(verdicts), BOUNDS
    )

    def parts(found, name):  # type: ignore[no-untyped-def]
        return {frozenset(name(one) for one in found.of if found.of[one] == home) for home in set(found.of.values())}

    back = {value: key for key, value in new.items()}
    assert parts(first, lambda one: one) == parts(second, lambda one: back[one])
    assert renamed(first.held) == dict(second.held)


@given(links, verdicts, numbers)
def test_no_guard_is_broken(links, verdicts, numbers) -> None:  # type: ignore[no-untyped-def]
    nodes = [Node(one, f"r{one}", numbers.get(one)) for one in range(1, 10)]

    found = clusters_of(nodes, links, verdicts, BOUNDS)

    for home in set(found.of.values()):
        inside = [one for one in found.of if found.of[one] == home]
        assert min(inside) == home and len(inside) <= BOUNDS.size
        assert len({numbers.get(one) for one in inside} - {None}) <= 1
    assert not [p for p, said in verdicts.items() if said is LinkVerdict.DIFFERENT and found.of[p[0]] == found.of[p[1]]]


@given(links, verdicts, numbers)
def test_parts_that_nothing_joins_can_be_settled_by_themselves(links, verdicts, numbers) -> None:  # type: ignore[no-untyped-def]
    nodes = {one: Node(one, f"r{one}", numbers.get(one)) for one in range(1, 10)}
    whole = clusters_of(nodes.values(), links, verdicts, BOUNDS)

    alone: dict[int, int] = {}
    for part in components(nodes, [*links, *verdicts]):
        alone |= clusters_of([nodes[one] for one in part], links, verdicts, BOUNDS).of

    assert alone == dict(whole.of)


def test_a_guarded_link_is_held_with_its_reason() -> None:
    nodes = [Node(1, "a", 11), Node(2, "b"), Node(3, "c", 12)]

    found = clusters_of(nodes, {(1, 2): 9.0, (2, 3): 8.0}, {}, BOUNDS)

    assert dict(found.of) == {1: 1, 2: 1, 3: 3}
    assert dict(found.held) == {(2, 3): Guard.NUMBERS}


def test_an_unsure_link_waits_however_strong() -> None:
    found = clusters_of([Node(1, "a"), Node(2, "b")], {(1, 2): 40.0}, {(1, 2): LinkVerdict.UNSURE}, BOUNDS)

    assert dict(found.of) == {1: 1, 2: 2}


def test_moves_read_backwards_lead_back() -> None:
    before, after = {1: 1, 2: 2, 3: 3}, {1: 1, 2: 1, 3: 3}
    moves = moves_between(before, after)

    assert moves == [(2, 2, 1)]
    assert {**after, **{entry: old for entry, old, _ in moves}} == before
