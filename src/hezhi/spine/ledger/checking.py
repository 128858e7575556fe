"""Finds and locates every break of the ledger. Pure: it is handed rows and knows no database.

Each line carries its own hash and that of the line before, so one changed line is told from its
neighbours; ids and places are part of the hash, so a moved line is told from a changed one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from hezhi.spine.ledger import rules
from hezhi.spine.ledger.contracts import BreakKind, Finding, Head, RawLine, Seal
from hezhi.spine.ledger.tree import Frontier, leaf_hash

REPEATED = ("chain", "at", "act", "actor", "key", "pack")  # columns that repeat the payload
PUZZLE_LIMIT = 50  # broken lines of one chain that are still tried against each other's places


def breaks(
    lines: Iterable[RawLine], heads: Iterable[Head], seals: list[Seal], is_signed: Callable[[Seal], bool]
) -> list[Finding]:
    """Return every break, in the order found; empty when all is well.

    Args:
        lines: all lines by rising id.
        heads: all heads, any order.
        seals: all seals by rising number.
        is_signed: whether a key of this house signed a seal.
    """
    walk = _Walk(_SealCheck(seals, is_signed))
    for line in lines:
        walk.take(line)
    walk.finish(heads)
    return walk.findings


@dataclass
class _ChainEnd:
    """How far one chain was followed: the next expected number and the hashes the next line may name."""

    expected: int = 1
    accepted: tuple[str, ...] = ("",)
    is_last_sound: bool = True


@dataclass
class _Walk:
    seal_check: _SealCheck
    findings: list[Finding] = field(default_factory=list)
    chains: dict[str, _ChainEnd] = field(default_factory=lambda: defaultdict(_ChainEnd))
    broken: dict[str, list[RawLine]] = field(default_factory=lambda: defaultdict(list))
    gaps: dict[str, list[range]] = field(default_factory=lambda: defaultdict(list))

    def say(self, kind: BreakKind, place: str, says: str) -> None:
        self.findings.append(Finding(kind, place, says))

    def take(self, line: RawLine) -> None:
        actual = rules.line_hash(line.prev_hash, line.id, line.chain, line.seq, line.payload)
        is_sound = actual == line.hash
        if is_sound:
            self._compare_columns(line)
        else:
            self.broken[line.chain].append(line)
        self._follow(line, is_sound, actual)
        self.seal_check.cover(line)

    def _compare_columns(self, line: RawLine) -> None:
        place = f"{line.chain}#{line.seq}"
        try:
            told = json.loads(line.payload)
            wrong = [name for name in REPEATED if told[name] != getattr(line, name)]
            if line.chain == "seals" and line.act == "ledger.seal":
                self.seal_check.hear(told["body"]["number"], told["body"]["hash"])
        except (ValueError, KeyError, TypeError) as cause:
            self.say(BreakKind.CHANGED, place, f"the payload cannot be read: {cause!r} (id {line.id})")
            return
        for name in wrong:
            says = f"column {name} is {getattr(line, name)!r}, the hashed act says {told[name]!r} (id {line.id})"
            self.say(BreakKind.CHANGED, place, says)

    def _follow(self, line: RawLine, is_sound: bool, actual: str) -> None:
        end = self.chains[line.chain]
        if line.seq != end.expected and not is_sound:
            return  # its number cannot be trusted
        if line.seq < end.expected:
            self.say(BreakKind.DOUBLED, f"{line.chain}#{line.seq}", f"stands twice or out of order (id {line.id})")
            return
        if line.seq > end.expected:
            self.gaps[line.chain].append(range(end.expected, line.seq))
        elif is_sound and end.is_last_sound and line.prev_hash not in end.accepted:
            place = f"{line.chain}#{max(line.seq - 1, 1)}"
            self.say(BreakKind.CHANGED, place, f"was rewritten: line #{line.seq} remembers another hash before it")
        end.expected, end.accepted, end.is_last_sound = line.seq + 1, (line.hash, actual), is_sound

    def finish(self, heads: Iterable[Head]) -> None:
        self._compare_heads(heads)
        for chain, rows in self.broken.items():
            for row in rows:
                self._explain(chain, row)
        for chain, gaps in self.gaps.items():
            for gap in gaps:
                if gap:
                    self._say_missing(chain, gap)
        self.findings.extend(self.seal_check.finish())

    def _compare_heads(self, heads: Iterable[Head]) -> None:
        followed = set()
        for head in heads:
            followed.add(head.chain)
            end = self.chains[head.chain]
            place = f"{head.chain}#{head.seq}"
            if head.seq >= end.expected:
                self.gaps[head.chain].append(range(end.expected, head.seq + 1))
            elif head.seq < end.expected - 1:
                self.say(BreakKind.HEAD, place, f"the chain goes on to #{end.expected - 1}, its head was set back")
            elif end.is_last_sound and head.hash not in end.accepted:
                self.say(BreakKind.HEAD, place, "the last line or the head was rewritten: their hashes differ")
        for chain, end in self.chains.items():
            if chain not in followed:
                self.say(BreakKind.HEAD, f"{chain}#{end.expected - 1}", "the chain has lines but no head")

    def _explain(self, chain: str, row: RawLine) -> None:
        """Tell whether a broken line is a sound one at a wrong place, else call it changed."""
        rows = self.broken[chain]
        places = [(row.id, row.seq)]
        if len(rows) <= PUZZLE_LIMIT:
            ids = [other.id for other in rows]
            numbers = [other.seq for other in rows] + [gap.start for gap in self.gaps[chain] if gap]
            places += [(line_id, seq) for line_id in ids for seq in numbers]
        for line_id, seq in places[1:]:
            if rules.line_hash(row.prev_hash, line_id, chain, seq, row.payload) == row.hash:
                says = f"stands at id {row.id}, but was written as #{seq} at id {line_id}"
                self.say(BreakKind.REORDERED, f"{chain}#{row.seq}", says)
                self.gaps[chain] = [part for gap in self.gaps[chain] for part in _without(gap, seq)]
                return
        self.say(BreakKind.CHANGED, f"{chain}#{row.seq}", f"the line is not what was written (id {row.id})")

    def _say_missing(self, chain: str, gap: range) -> None:
        place = f"{chain}#{gap.start}" + (f"-{gap.stop - 1}" if len(gap) > 1 else "")
        self.say(BreakKind.MISSING, place, f"{len(gap)} line(s) written here are gone")


def _without(gap: range, seq: int) -> list[range]:
    if seq not in gap:
        return [gap]
    return [part for part in (range(gap.start, seq), range(seq + 1, gap.stop)) if part]


class _SealCheck:
    """Follows the seals beside the lines, which come by rising id."""

    def __init__(self, seals: list[Seal], is_signed: Callable[[Seal], bool]) -> None:
        self.seals = seals
        self.is_signed = is_signed
        self.at = 0  # index of the seal whose batch is being read
        self.tree = Frontier()
        self.count = 0  # lines read under this seal
        self.told: dict[int, str] = {}  # number -> hash, as the chain "seals" says
        self.findings: list[Finding] = []

    def hear(self, number: int, told: str) -> None:
        """Note what the chain "seals" says about a seal."""
        self.told[number] = told

    def cover(self, line: RawLine) -> None:
        """Take one line under the seal it belongs to, closing the seals before."""
        while self.at < len(self.seals) and line.id > self.seals[self.at].last_id:
            self._close()
        if self.at < len(self.seals):
            self.tree.add(leaf_hash(line.hash))
            self.count += 1

    def finish(self) -> list[Finding]:
        while self.at < len(self.seals):
            self._close()
        hashes = {seal.number: seal.hash for seal in self.seals}
        for number, told in sorted(self.told.items()):
            if number not in hashes:
                self._say(number, "the seal is gone")
            elif hashes[number] != told:
                self._say(number, "the chain of seals remembers another hash")
        return self.findings

    def _say(self, number: int, says: str) -> None:
        self.findings.append(Finding(BreakKind.SEAL, f"seal {number}", says))

    def _close(self) -> None:
        seal = self.seals[self.at]
        before = self.seals[self.at - 1] if self.at else None
        wrong = self._wrong_lines(seal) + self._wrong_place(seal, before)
        if wrong:
            self._say(seal.number, "; ".join(wrong) + f" (ids {seal.first_id}-{seal.last_id})")
        self.at += 1
        self.count = 0
        self.tree = _kept_tree(seal) or self.tree

    def _wrong_lines(self, seal: Seal) -> list[str]:
        if seal.line_count != self.count:
            return [f"{seal.line_count} lines were sealed, {self.count} are here"]
        if seal.root != self.tree.root.hex():
            return ["a sealed line was rewritten or moved"]
        if _kept_tree(seal) is None:
            return ["its peaks do not lead to its root"]
        return []

    def _wrong_place(self, seal: Seal, before: Seal | None) -> list[str]:
        wrong = []
        if seal.hash != rules.seal_hash(seal):
            wrong.append("the seal itself was changed")
        elif not self.is_signed(seal):
            wrong.append("the signature is not of this house")
        if (seal.number, seal.first_id) != ((before.number + 1, before.last_id + 1) if before else (1, 1)):
            wrong.append("the seal before it is gone or was changed")
        elif seal.prev_hash != (before.hash if before else ""):
            wrong.append("it does not follow the seal before it")
        elif seal.tree_size != seal.line_count + (before.tree_size if before else 0):
            wrong.append("its tree does not grow from the one before it")
        return wrong


def _kept_tree(seal: Seal) -> Frontier | None:
    """Return the tree as the seal keeps it, so that one rewritten line is found under its own seal alone.

    None when peaks and root disagree. A forged pair is no way out: the root is signed.
    """
    try:
        tree = Frontier(seal.tree_size, rules.peaks_read(seal.peaks))
    except ValueError:
        return None
    return tree if tree.root.hex() == seal.root else None
