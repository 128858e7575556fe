#!/usr/bin/env python3
"""Check an exported Hezhi ledger, with nothing but Python: python scripts/verify_ledger.py FOLDER

FOLDER holds lines.jsonl, heads.jsonl and seals.jsonl, one JSON object per row, as
`hezhi ledger export FOLDER` writes them. Every act of the house is one row of lines.jsonl.

What is recomputed, with || for joining and \\n for a line feed:
  line   hash = sha256(prev_hash || \\n || id || \\n || chain || \\n || seq || \\n || payload), in hex;
         prev_hash is the hash of the line before in the same chain, empty for the first;
         payload repeats chain, at, act, actor, key and pack.
  head   seq and hash of the last line of each chain.
  seal   root = RFC 6962 tree over the hashes (as hex text) of lines first_id to last_id, by id;
         hash = sha256 over prev_hash, number, first_id, last_id, line_count, root, at, joined by \\n;
         the chain "seals" holds one act "ledger.seal" per seal.

Prints one line per break and exits with 1, or the counts and exits with 0; 2 means that
the folder cannot be read. On purpose it imports nothing of Hezhi.
"""

import hashlib
import json
import sys
from collections import defaultdict
from pathlib import Path

LINE_FIELDS = {"id": int, "chain": str, "seq": int, "at": str, "act": str, "actor": str, "key": str, "pack": str,
               "payload": str, "prev_hash": str, "hash": str}  # fmt: skip
HEAD_FIELDS = {"chain": str, "seq": int, "hash": str}
SEAL_FIELDS = {"number": int, "first_id": int, "last_id": int, "line_count": int, "root": str, "at": str,
               "prev_hash": str, "hash": str}  # fmt: skip
REPEATED = ("chain", "at", "act", "actor", "key", "pack")
PUZZLE_LIMIT = 50


def digest(*parts):
    """Return the SHA-256 of the parts joined by line feeds, in hex."""
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()


def line_digest(row, line_id=None, seq=None):
    """Return what a line's hash must be, at its own place or at another one."""
    at_id = row["id"] if line_id is None else line_id
    at_seq = row["seq"] if seq is None else seq
    return digest(row["prev_hash"], at_id, row["chain"], at_seq, row["payload"])


def tree_root(leaves):
    """Return the RFC 6962 root over leaf hashes, level by level: a last odd node rises unchanged."""
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    level = leaves
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0].hex()


class Verifier:
    """Reads the three files once and collects breaks."""

    def __init__(self, folder):
        self.folder = folder
        self.breaks = []
        self.counts = {"lines": 0, "chains": 0, "heads": 0, "seals": 0, "unsealed": 0}
        self.ends = {}  # chain -> (last seq, hashes the next line may name, whether the last line is sound)
        self.broken = defaultdict(list)  # chain -> lines whose hash is wrong
        self.gaps = defaultdict(set)  # chain -> (first, last) of numbers that are not there
        self.told_seals = {}
        self.seals = []
        self.seal_at = 0
        self.leaves = []
        self.last_id = float("-inf")

    def say(self, kind, place, says):
        """Note one break."""
        self.breaks.append(f"{kind} {place}: {says}")

    def rows(self, name, fields):
        """Yield the rows of one file; a row that cannot be read is a break."""
        with (self.folder / name).open(encoding="utf-8") as file:
            for number, text in enumerate(file, start=1):
                try:
                    row = json.loads(text)
                    if any(type(row[field]) is not kind for field, kind in fields.items()):
                        raise TypeError("a field has the wrong type")
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
            self.leaves.append(hashlib.sha256(b"\x00" + row["hash"].encode()).digest())
        else:
            self.counts["unsealed"] += 1

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
        if seal["line_count"] != len(self.leaves):
            wrong.append(f"{seal['line_count']} lines were sealed, {len(self.leaves)} are here")
        elif seal["root"] != tree_root(self.leaves):
            wrong.append("a sealed line was rewritten or moved")
        told = [seal[name] for name in ("prev_hash", "number", "first_id", "last_id", "line_count", "root", "at")]
        if seal["hash"] != digest(*told):
            wrong.append("the seal itself was changed")
        if (seal["number"], seal["first_id"]) != ((before["number"] + 1, before["last_id"] + 1) if before else (1, 1)):
            wrong.append("the seal before it is gone or was changed")
        elif seal["prev_hash"] != (before["hash"] if before else ""):
            wrong.append("it does not follow the seal before it")
        if wrong:
            ids = f"(ids {seal['first_id']}-{seal['last_id']})"
            self.say("seal", f"seal {seal['number']}", "; ".join(wrong) + " " + ids)
        self.seal_at += 1
        self.leaves = []


def main(arguments):
    """Verify the folder named on the command line and return the exit code."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("use: python scripts/verify_ledger.py FOLDER", file=sys.stderr)
        return 2
    verifier = Verifier(Path(arguments[0]))
    try:
        breaks = verifier.verify()
    except (OSError, UnicodeDecodeError) as cause:
        print(f"cannot read the export: {cause}", file=sys.stderr)
        return 2
    for one in breaks:
        print(one)
    if breaks:
        print(f"{len(breaks)} break(s)", file=sys.stderr)
        return 1
    print("sound: " + ", ".join(f"{count} {name}" for name, count in verifier.counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
