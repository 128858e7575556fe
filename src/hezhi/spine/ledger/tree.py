"""The RFC 6962 tree over all lines by id: how it grows, what proves a leaf in it, what proves that it only grew. Pure.

A proof is a list of hashes of ranges of leaves. Which ranges is decided here; where their hashes come from is
the caller's business (``node``), so that a proof costs a few reads however long the ledger is.

Source:
    RFC 6962, section 2.1 (tree, audit path, consistency proof); RFC 9162, sections 2.1.3.2 and 2.1.4.2 (checking).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

Node = Callable[[int, int], bytes]  # (height, index) -> hash of leaves index*2^height … (index+1)*2^height-1
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(told: str) -> bytes:
    """Return the leaf hash of a line, given the line's own hash in hex."""
    return hashlib.sha256(b"\x00" + told.encode()).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(peaks: Sequence[bytes]) -> bytes:
    """Return the root over perfect subtrees, given largest first; the empty tree is the hash of nothing."""
    if not peaks:
        return EMPTY
    top = peaks[-1]
    for left in reversed(peaks[:-1]):
        top = node_hash(left, top)
    return top


class Frontier:
    """A tree of which only the perfect subtrees are kept, one for each 1 in the binary form of ``size``."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(self.peaks)}")

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add one leaf; return the inner nodes that it completed, as (height, index, hash), lowest first."""
        made, height, top = [], 0, leaf
        while self.size >> height & 1:
            top = node_hash(self.peaks.pop(), top)
            height += 1
            made.append((height, self.size >> height, top))
        self.peaks.append(top)
        self.size += 1
        return made

    @property
    def root(self) -> bytes:
        return fold(self.peaks)


def merkle_root(leaves: Iterable[bytes]) -> str:
    """Return the tree hash over leaf hashes, in hex; needs memory for the tree's height only.

    Example:
        >>> merkle_root([])[:12]
        'e3b0c44298fc'
    """
    tree = Frontier()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root.hex()


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Return the ranges of leaves whose hashes prove leaf ``index`` in a tree of ``size``, lowest first.

    Example:
        >>> inclusion_ranges(2, 7)
        [(3, 4), (0, 2), (4, 7)]
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    ranges, start, end = [], 0, size
    while end - start > 1:
        split = start + _largest_power_below(end - start)
        if index < split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """Return the ranges of leaves whose hashes prove that a tree of ``old`` grew into one of ``new``.

    Example:
        >>> consistency_ranges(3, 7)
        [(2, 3), (3, 4), (0, 2), (4, 7)]
    """
    if not 0 < old <= new:
        raise ValueError(f"no tree of {old} leaves before one of {new}")
    ranges, start, end = [], 0, new
    while old != end:
        split = start + _largest_power_below(end - start)
        if old <= split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    if start:  # the old tree's last part is not the whole old tree, so its hash is not known from the old root
        ranges.append((start, end))
    return ranges[::-1]


def range_hash(start: int, end: int, node: Node) -> bytes:
    """Return the hash of a range that a proof names, from the perfect subtrees it consists of."""
    peaks = []
    while start < end:
        height = (end - start).bit_length() - 1
        peaks.append(node(height, start >> height))
        start += 1 << height
    return fold(peaks)


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Return the audit path of a leaf; its length is at most the height of the tree."""
    return [range_hash(start, end, node) for start, end in inclusion_ranges(index, size)]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """Return the proof that the tree of ``new`` leaves begins with the tree of ``old``."""
    return [range_hash(start, end, node) for start, end in consistency_ranges(old, new)]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether the proof leads from the leaf to the root."""
    if not 0 <= index < size:
        return False
    at, last, top = index, size - 1, leaf
    for one in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            top = node_hash(one, top)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            top = node_hash(top, one)
        at, last = at >> 1, last >> 1
    return last == 0 and top == root


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether the proof leads to both roots, so that the newer tree only added leaves."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = [old_root, *proof] if old.bit_count() == 1 else list(proof)
    if not path:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(one, before), node_hash(one, after)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, one)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _largest_power_below(count: int) -> int:
    """Return the largest power of two that is smaller than ``count`` (at least 2)."""
    return 1 << ((count - 1).bit_length() - 1)
