#!/usr/bin/env python3
"""Check a whole exported ledger, offline: python scripts/verify_ledger.py FOLDER [--head FILE] [--key NAME]

FOLDER holds lines.jsonl, heads.jsonl and seals.jsonl, one JSON object per row, as `hezhi ledger export FOLDER`
writes them. Every act of the house is one row of lines.jsonl; heads.jsonl has seq and hash of each chain's last line;
seals.jsonl has the signed tree heads, and the chain "seals" one act "ledger.seal" for each of them.
How lines and seals are hashed is told in verify.py, which must lie beside this file.

FILE is a signed head kept from an earlier day (`hezhi evidence head`): the ledger must still begin with everything
that was under it, and be signed by the same key. NAME is a key to accept, e.g. ed25519:5f...; with neither, whoever
rebuilds the whole ledger with a key of his own is not found out.

Prints one line per break and exits with 1, or the counts and exits with 0; 2 means that
the folder cannot be read. On purpose it imports nothing of Hezhi.
"""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from verify import (
    LINE_FIELDS,
    REPEATED,
    SEAL_FIELDS,
    Tree,
    check_row,
    kept_tree,
    leaf_of,
    line_digest,
    report,
    seal_wrong,
)

HEAD_FIELDS = {"chain": str, "seq": int, "hash": str}
PUZZLE_LIMIT = 50


class Verifier:
    """Reads the three files of a ledger once and collects breaks."""

    def __init__(self, folder, kept_head=None, signers=()):
        self.folder = folder
        self.kept_head = kept_head  # a head from an earlier day
        self.kept_root = None
        self.signers = signers  # names of keys to accept; empty: any
        self.notes = set()
        self.breaks = []
        self.counts = {"lines": 0, "chains": 0, "heads": 0, "seals": 0, "unsealed": 0}
        self.ends = {}  # chain -> (last seq, hashes the next line may name, whether the last line is sound)
        self.broken = defaultdict(list)  # chain -> lines whose hash is wrong
        self.gaps = defaultdict(set)  # chain -> (first, last) of numbers that are not there
        self.told_seals = {}
        self.seals = []
        self.seal_at = 0
        self.tree = Tree()  # grows on from what the last seal keeps, so that a break is told under its own seal only
        self.whole = Tree()  # grows over everything, for the kept head
        self.seal_lines = 0
        self.last_id = float("-inf")

    def say(self, kind, place, says):
        """Note one break."""
        self.breaks.append(f"{kind} {place}: {says}")

    def rows(self, name, fields):
        """Yield the rows of one file; a row that cannot be read is a break."""
        with (self.folder / name).open(encoding="utf-8") as file:
            for number, text in enumerate(file, start=1):
                try:
                    row = check_row(json.loads(text), fields)
                except (ValueError, KeyError, TypeError) as cause:
                    self.say("unreadable", f"{name}:{number}", str(cause))
                else:
                    yield row

    def verify(self):
        """Go through everything and return the list of breaks."""
        self.seals = list(self.rows("seals.jsonl", SEAL_FIELDS))
        for row in self.rows("lines.jsonl", LINE_FIELDS):
            self.take_line(row)
        while self.seal_at < len(self.seals):
            self.close_seal()
        self.check_heads()
        self.explain_broken()
        for chain, gaps in self.gaps.items():
            for first, last in sorted(gaps):
                place = f"{chain}#{first}" if first == last else f"{chain}#{first}-{last}"
                self.say("missing", place, f"{last - first + 1} line(s) written here are gone")
        self.check_told_seals()
        self.check_kept_head()
        self.counts.update(chains=len(self.ends), seals=len(self.seals))
        return self.breaks

    def check_told_seals(self):
        """The chain "seals" must tell of the same seals as seals.jsonl holds."""
        hashes = {seal["number"]: seal["hash"] for seal in self.seals}
        for number, told in sorted(self.told_seals.items()):
            if number not in hashes:
                self.say("seal", f"seal {number}", "the seal is gone")
            elif hashes[number] != told:
                self.say("seal", f"seal {number}", "the chain of seals remembers another hash")

    def check_kept_head(self):
        """The ledger must still begin with everything that was under the kept head."""
        head = self.kept_head
        if head is None:
            return
        wrong = seal_wrong(head, self.signers, self.notes)
        if wrong:
            self.say("seal", "kept head", wrong)
        elif self.whole.size < head["tree_size"]:
            self.say("seal", "kept head", f"it covers {head['tree_size']} lines, {self.whole.size} are here")
        elif self.kept_root != head["root"]:
            self.say("seal", "kept head", f"the first {head['tree_size']} lines are not those that were signed")

    def take_line(self, row):
        """Check one line by itself, against its chain and towards its seal."""
        self.counts["lines"] += 1
        if row["id"] <= self.last_id:
            self.say("reordered", f"{row['chain']}#{row['seq']}", f"id {row['id']} comes after id {self.last_id}")
        self.last_id = max(self.last_id, row["id"])
        computed = line_digest(row)
        is_sound = computed == row["hash"]
        if is_sound:
            self.check_columns(row)
        else:
            self.broken[row["chain"]].append(row)
        self.follow(row, is_sound, computed)
        while self.seal_at < len(self.seals) and row["id"] > self.seals[self.seal_at]["last_id"]:
            self.close_seal()
        if self.seal_at < len(self.seals):
            self.tree.add(leaf_of(row["hash"]))
            self.seal_lines += 1
        else:
            self.counts["unsealed"] += 1
        if self.kept_head is not None:
            # the computed hash: a changed line whose old hash was left standing must not pass
            self.whole.add(leaf_of(computed))
            if self.whole.size == self.kept_head["tree_size"]:
                self.kept_root = self.whole.root()

    def check_columns(self, row):
        """The columns must say what the hashed payload says."""
        place = f"{row['chain']}#{row['seq']}"
        try:
            payload = json.loads(row["payload"])
            wrong = [name for name in REPEATED if payload[name] != row[name]]
            if row["chain"] == "seals" and row["act"] == "ledger.seal":
                self.told_seals[payload["body"]["number"]] = payload["body"]["hash"]
        except (ValueError, KeyError, TypeError) as cause:
            self.say("changed", place, f"the payload cannot be read: {cause!r} (id {row['id']})")
            return
        for name in wrong:
            says = f"column {name} is {row[name]!r}, the hashed act says {payload[name]!r} (id {row['id']})"
            self.say("changed", place, says)

    def follow(self, row, is_sound, computed):
        """Check a line against the line before in its chain."""
        chain, seq = row["chain"], row["seq"]
        last, accepted, was_sound = self.ends.get(chain, (0, ("",), True))
        if seq != last + 1 and not is_sound:
            self.ends.setdefault(chain, (last, accepted, was_sound))
            return
        if seq <= last:
            self.say("doubled", f"{chain}#{seq}", f"stands twice or out of order (id {row['id']})")
            return
        if seq > last + 1:
            self.gaps[chain].add((last + 1, seq - 1))
        elif is_sound and was_sound and row["prev_hash"] not in accepted:
            says = f"was rewritten: line #{seq} remembers another hash before it"
            self.say("changed", f"{chain}#{max(last, 1)}", says)
        self.ends[chain] = (seq, (row["hash"], computed), is_sound)

    def check_heads(self):
        """Every chain must end where its head says."""
        followed = set()
        for head in self.rows("heads.jsonl", HEAD_FIELDS):
            self.counts["heads"] += 1
            chain, seq = head["chain"], head["seq"]
            followed.add(chain)
            last, accepted, was_sound = self.ends.get(chain, (0, ("",), True))
            if seq > last:
                self.gaps[chain].add((last + 1, seq))
            elif seq < last:
                self.say("head", f"{chain}#{seq}", f"the chain goes on to #{last}, its head was set back")
            elif was_sound and head["hash"] not in accepted:
                says = "the last line or the head was rewritten: their hashes differ"
                self.say("head", f"{chain}#{seq}", says)
        for chain, (last, _, _) in self.ends.items():
            if chain not in followed:
                self.say("head", f"{chain}#{last}", "the chain has lines but no head")

    def explain_broken(self):
        """A broken line is a sound one at a wrong place, or it was changed."""
        for chain, rows in self.broken.items():
            for row in rows:
                true_place = self.true_place(chain, row, rows)
                place = f"{chain}#{row['seq']}"
                if true_place is None:
                    self.say("changed", place, f"the line is not what was written (id {row['id']})")
                    continue
                line_id, seq = true_place
                self.say("reordered", place, f"stands at id {row['id']}, but was written as #{seq} at id {line_id}")
                for first, last in [gap for gap in self.gaps[chain] if gap[0] <= seq <= gap[1]]:
                    self.gaps[chain].discard((first, last))
                    parts = {(first, seq - 1), (seq + 1, last)}
                    self.gaps[chain] |= {part for part in parts if part[0] <= part[1]}

    def true_place(self, chain, row, rows):
        """Return the id and number under which a broken line would be sound, None when there is none."""
        if len(rows) > PUZZLE_LIMIT:
            return None
        numbers = [other["seq"] for other in rows] + [first for first, _ in self.gaps[chain]]
        for other in rows:
            for seq in numbers:
                if line_digest(row, other["id"], seq) == row["hash"]:
                    return other["id"], seq
        return None

    def close_seal(self):
        """Check one seal against the lines read under it and the seal before."""
        seal = self.seals[self.seal_at]
        before = self.seals[self.seal_at - 1] if self.seal_at else None
        wrong = []
        if seal["line_count"] != self.seal_lines:
            wrong.append(f"{seal['line_count']} lines were sealed, {self.seal_lines} are here")
        elif seal["root"] != self.tree.root():
            wrong.append("a sealed line was rewritten or moved")
        elif kept_tree(seal) is None:
            wrong.append("its peaks do not lead to its root")
        by_itself = seal_wrong(seal, self.signers, self.notes)
        if by_itself:
            wrong.append(by_itself)
        if (seal["number"], seal["first_id"]) != ((before["number"] + 1, before["last_id"] + 1) if before else (1, 1)):
            wrong.append("the seal before it is gone or was changed")
        elif seal["prev_hash"] != (before["hash"] if before else ""):
            wrong.append("it does not follow the seal before it")
        elif seal["tree_size"] != seal["line_count"] + (before["tree_size"] if before else 0):
            wrong.append("its tree does not grow from the one before it")
        if wrong:
            ids = f"(ids {seal['first_id']}-{seal['last_id']})"
            self.say("seal", f"seal {seal['number']}", "; ".join(wrong) + " " + ids)
        self.seal_at += 1
        self.seal_lines = 0
        self.tree = kept_tree(seal) or self.tree


def main(arguments):
    """Verify the folder named on the command line and return the exit code."""
    parser = argparse.ArgumentParser(description="Check a whole ledger that Hezhi handed out.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--head", type=Path, help="a signed head kept from an earlier day")
    parser.add_argument("--key", action="append", default=[], help="name of a key to accept, e.g. ed25519:5f...")
    given = parser.parse_args(arguments)
    try:
        kept = check_row(json.loads(given.head.read_text(encoding="utf-8")), SEAL_FIELDS) if given.head else None
    except (OSError, ValueError, KeyError, TypeError) as cause:
        print(f"cannot read {given.head}: {cause!r}", file=sys.stderr)
        return 2
    return report(Verifier(given.folder, kept, given.key or ([kept["signer"]] if kept else [])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
