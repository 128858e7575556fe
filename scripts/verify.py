#!/usr/bin/env python3
"""Check the evidence of one case that Hezhi handed out, offline: python verify.py FOLDER [--key NAME]

FOLDER is what `hezhi evidence export` wrote: evidence.json, acts.jsonl, files/. NAME is the signer you were told
by another way, e.g. ed25519:5f...; without it whoever rebuilds everything with a key of his own is not found out.
|| joins, \\n is a line feed, hashes are lower-case hex.

  line   hash = sha256(prev_hash || \\n || id || \\n || chain || \\n || seq || \\n || payload); prev_hash is the hash of
         the line before in the same chain, empty for the first; payload repeats chain, at, act, actor, key, pack.
  seal   (signed tree head) root = RFC 6962 tree over the hashes (as hex text) of the first tree_size lines by id;
         hash = sha256 of "hezhi tree head 1", prev_hash, number, first_id, last_id, line_count, tree_size, root, at,
         signer, joined by \\n; signature over the same text; peaks = perfect subtrees, largest first.
  proof  RFC 9162, 2.1.3.2 (a line stands under a root) and 2.1.4.2 (a newer root only added lines).

Needs nothing but Python; Ed25519 signatures are checked where `cryptography` is installed, else it says so.
Prints one line per break and exits with 1, or the counts and exits with 0; 2: the folder cannot be read.
On purpose it imports nothing of Hezhi.
"""

import hashlib

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None

LINE_FIELDS = {"id": int, "chain": str, "seq": int, "at": str, "act": str, "actor": str, "key": str, "pack": str,
               "payload": str, "prev_hash": str, "hash": str}  # fmt: skip
SEAL_FIELDS = {"number": int, "first_id": int, "last_id": int, "line_count": int, "tree_size": int, "root": str,
               "at": str, "signer": str, "peaks": str, "prev_hash": str, "hash": str, "signature": str}  # fmt: skip
SEALED = ("prev_hash", "number", "first_id", "last_id", "line_count", "tree_size", "root", "at", "signer")
REPEATED = ("chain", "at", "act", "actor", "key", "pack")


def digest(*parts):
    """Return the SHA-256 of the parts joined by line feeds, in hex."""
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()


def line_digest(row, line_id=None, seq=None):
    """Return what a line's hash must be, at its own place or at another one."""
    at_id = row["id"] if line_id is None else line_id
    at_seq = row["seq"] if seq is None else seq
    return digest(row["prev_hash"], at_id, row["chain"], at_seq, row["payload"])


def check_row(row, fields):
    """Return the row if every field is there in its type."""
    if any(type(row[field]) is not kind for field, kind in fields.items()):
        raise TypeError("a field has the wrong type")
    return row


def leaf_of(told):
    """Return the leaf hash of a line's hash."""
    return hashlib.sha256(b"\x00" + told.encode()).digest()


def join(left, right):
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree: perfect subtrees only, one for each 1 in the binary form of its size."""

    def __init__(self, size=0, peaks=()):
        self.size, self.peaks = size, list(peaks)

    def add(self, leaf):
        """Add a leaf at the end."""
        for _ in range((~self.size & self.size + 1).bit_length() - 1):
            leaf = join(self.peaks.pop(), leaf)
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        """Return the root in hex."""
        if not self.peaks:
            return hashlib.sha256(b"").hexdigest()
        top = self.peaks[-1]
        for left in self.peaks[-2::-1]:
            top = join(left, top)
        return top.hex()


def kept_tree(seal):
    """Return the tree as a seal keeps it, None when its peaks do not lead to its root."""
    try:
        tree = Tree(seal["tree_size"], [bytes.fromhex(one) for one in seal["peaks"].split()])
    except ValueError:
        return None
    return tree if len(tree.peaks) == bin(tree.size).count("1") and tree.root() == seal["root"] else None


def climb(at, last, start, path):
    """Follow a proof upwards; return the hash over all that stands left, the hash over all, and whether it ended."""
    left = whole = start
    for one in path:
        if last == 0:
            return left, whole, False
        if at & 1 or at == last:
            left, whole = join(one, left), join(one, whole)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            whole = join(whole, one)
        at, last = at >> 1, last >> 1
    return left, whole, last == 0


def is_included(told, index, size, path, root):
    """Say whether a line's hash stands at this place under this root."""
    if not 0 <= index < size:
        return False
    _, whole, is_over = climb(index, size - 1, leaf_of(told), [bytes.fromhex(one) for one in path])
    return is_over and whole.hex() == root


def is_consistent(old, new, path):
    """Say whether the newer head's tree begins with the older head's."""
    first, second, hashes = old["tree_size"], new["tree_size"], [bytes.fromhex(one) for one in path]
    if first == second:
        return not hashes and old["root"] == new["root"]
    hashes = hashes if first & (first - 1) else [bytes.fromhex(old["root"]), *hashes]
    if not 0 < first < second or not hashes:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    left, whole, is_over = climb(at, last, hashes[0], hashes[1:])
    return is_over and left.hex() == old["root"] and whole.hex() == new["root"]


def seal_wrong(seal, signers, notes):
    """Return what is wrong with a seal by itself: its hash, its signer, its signature."""
    text = "\n".join(str(part) for part in ("hezhi tree head 1", *(seal[name] for name in SEALED)))
    if seal["hash"] != hashlib.sha256(text.encode()).hexdigest():
        return "the seal itself was changed"
    if signers and seal["signer"] not in signers:
        return "another key signed it"
    algorithm, _, public = seal["signer"].partition(":")
    if algorithm != "ed25519" or Ed25519PublicKey is None:
        notes.add(f"{algorithm} signatures were NOT checked: " + (
            "the package cryptography is not installed" if algorithm == "ed25519" else "this script knows ed25519 only"
        ))  # fmt: skip
        return ""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(
            bytes.fromhex(seal["signature"]), text.encode()
        )
    except (ValueError, InvalidSignature):
        return "the signature is false"
    return ""
