"""The tree and its proofs are those of RFC 6962: known vectors, and any tree against the definition word by word."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hezhi.spine.ledger import tree

# The log entries of the Certificate Transparency reference implementation, and their roots for 1 to 8 leaves.
ENTRIES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
KNOWN = [hashlib.sha256(b"\x00" + bytes.fromhex(one)).digest() for one in ENTRIES]


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of section 2.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    at = split_of(len(leaves))
    return tree.node_hash(naive_root(leaves[:at]), naive_root(leaves[at:]))


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(leaves) == 1:
        return []
    at = split_of(len(leaves))
    if index < at:
        return [*naive_path(index, leaves[:at]), naive_root(leaves[at:])]
    return [*naive_path(index - at, leaves[at:]), naive_root(leaves[:at])]


def naive_subproof(old: int, leaves: list[bytes], is_whole: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    if old == len(leaves):
        return [] if is_whole else [naive_root(leaves)]
    at = split_of(len(leaves))
    if old <= at:
        return [*naive_subproof(old, leaves[:at], is_whole), naive_root(leaves[at:])]
    return [*naive_subproof(old - at, leaves[at:], False), naive_root(leaves[:at])]


def split_of(count: int) -> int:
    split = 1
    while split * 2 < count:
        split *= 2
    return split


def nodes_of(leaves: list[bytes]) -> tree.Node:
    return lambda height, index: naive_root(leaves[index << height : (index + 1) << height])


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_reference_log(size):
    assert tree.merkle_root(KNOWN[:size]) == ROOTS[size - 1]


def test_the_proofs_are_those_of_the_reference_log():
    node = nodes_of(KNOWN)

    assert [one.hex() for one in tree.inclusion_proof(0, 8, node)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [one.hex() for one in tree.consistency_proof(6, 8, node)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        ROOTS[3],
    ]


leaves_st = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=80, unique=True)


@given(leaves_st, st.data())
def test_an_inclusion_proof_is_that_of_the_definition_and_fits_its_leaf_alone(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.integers(0, len(leaves) - 1))
    root = naive_root(leaves)

    proof = tree.inclusion_proof(index, len(leaves), nodes_of(leaves))

    assert proof == naive_path(index, leaves)
    assert tree.is_included(leaves[index], index, len(leaves), proof, root)
    assert tree.is_included(leaves[other], index, len(leaves), proof, root) is (index == other)
    assert tree.is_included(leaves[index], other, len(leaves), proof, root) is (index == other)
    assert not tree.is_included(leaves[index], index, len(leaves), [*proof, root], root)
    assert not tree.is_included(leaves[index], len(leaves), len(leaves), proof, root)
    assert not proof or not tree.is_included(leaves[index], index, len(leaves), proof[:-1], root)


@given(leaves_st, st.data())
def test_a_consistency_proof_is_that_of_the_definition_and_fits_no_other_past(leaves, data):
    new = len(leaves)
    old = data.draw(st.integers(1, new))
    roots = naive_root(leaves[:old]), naive_root(leaves)

    proof = tree.consistency_proof(old, new, nodes_of(leaves))

    assert proof == naive_subproof(old, leaves, True)
    assert tree.is_consistent(old, roots[0], new, roots[1], proof)
    forged = naive_root([tree.leaf_hash("another line"), *leaves[1:old]])
    assert not tree.is_consistent(old, forged, new, roots[1], proof)
    assert not tree.is_consistent(old, roots[0], new, forged, proof)
    assert not tree.is_consistent(old, roots[0], new, roots[1], [*proof, roots[0]])


@given(leaves_st, st.integers(0, 80))
def test_a_tree_grows_on_from_its_peaks(leaves, cut):
    first = tree.Frontier()
    for leaf in leaves[:cut]:
        first.add(leaf)
    grown, made = tree.Frontier(first.size, first.peaks), []
    for leaf in leaves[cut:]:
        made += grown.add(leaf)

    node = nodes_of(leaves)
    assert (grown.size, grown.root) == (len(leaves), naive_root(leaves))
    assert all(told == node(height, index) for height, index, told in made)


def test_peaks_that_do_not_fit_the_size_are_refused():
    with pytest.raises(ValueError, match="a tree of 3 leaves has 2 peaks, not 1"):
        tree.Frontier(3, [KNOWN[0]])
