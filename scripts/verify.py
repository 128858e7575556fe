#!/usr/bin/env python3
"""Check the evidence of one case that Hezhi handed out, offline: python verify.py FOLDER [--key NAME] [--tsa PEM]

FOLDER is what `hezhi evidence export` wrote: evidence.json, acts.jsonl, files/. NAME is the signer you were told
by another way, e.g. ed25519:5f...; without it whoever rebuilds everything with a key of his own is not found out.
|| joins, \\n is a line feed, hashes are lower-case hex.

  line   hash = sha256(prev_hash || \\n || id || \\n || chain || \\n || seq || \\n || payload); prev_hash is the hash of
         the line before in the same chain, empty for the first; payload repeats chain, at, act, actor, key, pack.
  words  what people said in an act: said = salt || \\n || JSON; payload holds its hash. Erased ones are empty.
  seal   (signed tree head) root = RFC 6962 tree over the hashes (as hex text) of the first tree_size lines by id;
         hash = sha256 of "hezhi tree head 1", prev_hash, number, first_id, last_id, line_count, tree_size, root, at,
         signer, joined by \\n; signature over the same text; peaks = perfect subtrees, largest first.
  proof  RFC 9162, 2.1.3.2 (a line stands under a root) and 2.1.4.2 (a newer root only added lines).

  stamp  RFC 3161: the answer (DER) of a time-stamping authority about the hash of a seal. Whatever stood under that
         seal existed no later than the moment the authority tells; a stamp does not say since when.

Needs nothing but Python. SM2 signatures are checked by verify_sm2.py beside it, Ed25519 ones where `cryptography`
is installed, a timestamp's own where `rfc3161-client` and the authority's root certificate are there; else it says so.
Prints one line per break and exits with 1, or the counts and exits with 0; 2: the folder cannot be read.
On purpose it imports nothing of Hezhi.
"""

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None

sys.dont_write_bytecode = True  # the folder stays as it was handed out
sys.path.append(str(Path(__file__).resolve().parent))
try:
    import verify_sm2
except ImportError:
    verify_sm2 = None

LINE_FIELDS = {"id": int, "chain": str, "seq": int, "at": str, "act": str, "actor": str, "key": str, "pack": str,
               "payload": str, "prev_hash": str, "hash": str}  # fmt: skip
SEAL_FIELDS = {"number": int, "first_id": int, "last_id": int, "line_count": int, "tree_size": int, "root": str,
               "at": str, "signer": str, "peaks": str, "prev_hash": str, "hash": str, "signature": str}  # fmt: skip
SEALED = ("prev_hash", "number", "first_id", "last_id", "line_count", "tree_size", "root", "at", "signer")
SHA_256 = bytes.fromhex("608648016503040201")  # 2.16.840.1.101.3.4.2.1 in DER
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


def seal_text(seal):
    """Return what a seal says, as it is hashed, signed and stamped."""
    return "\n".join(str(part) for part in ("hezhi tree head 1", *(seal[name] for name in SEALED)))


def seal_wrong(seal, signers, notes):
    """Return what is wrong with a seal by itself: its hash, its signer, its signature."""
    text = seal_text(seal)
    if seal["hash"] != hashlib.sha256(text.encode()).hexdigest():
        return "the seal itself was changed"
    if signers and seal["signer"] not in signers:
        return "another key signed it"
    algorithm, _, public = seal["signer"].partition(":")
    check, lacking = {
        "ed25519": (Ed25519PublicKey and ed25519_signed, "the package cryptography is not installed"),
        "sm2": (verify_sm2 and verify_sm2.is_signed, "verify_sm2.py does not lie beside verify.py"),
    }.get(algorithm, (None, "this script does not know them"))
    if check is None:
        notes.add(f"{algorithm} signatures were NOT checked: {lacking}")
        return ""
    try:
        is_true = check(bytes.fromhex(public), text.encode(), bytes.fromhex(seal["signature"]))
    except ValueError:
        is_true = False
    return "" if is_true else "the signature is false"


def ed25519_signed(public, told, signature):
    """Say whether the key with these public bytes signed this."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, told)
    except InvalidSignature:
        return False
    return True


def der(data, start, end):
    """Return the DER elements between two places, as (tag, start of content, end)."""
    found = []
    while start < end:
        tag, length, start = data[start], data[start + 1], start + 2
        if length & 0x80:
            size = length & 0x7F
            length, start = int.from_bytes(data[start : start + size], "big"), start + size
        found.append((tag, start, start + length))
        start += length
    return found


def stamp_read(data):
    """Return the hash that a time-stamping authority's answer is about, in hex, and the moment it tells."""

    def inside(one):
        return der(data, one[1], one[2])

    token = inside(der(data, 0, len(data))[0])[1]  # after the status: ContentInfo
    signed = inside(inside(inside(token)[1])[0])  # SignedData
    content = inside(inside(signed[2])[1])[0]  # eContent
    info = inside(inside(content)[0])  # TSTInfo
    algorithm, imprint = inside(info[2])
    oid = inside(algorithm)[0]
    if data[oid[1] : oid[2]] != SHA_256:
        raise ValueError("the timestamp is not about a SHA-256")
    moment = next(one for one in info if one[0] == 0x18)
    return data[imprint[1] : imprint[2]].hex(), data[moment[1] : moment[2]].decode()


def stamp_signed(data, text, root, notes):
    """Check the authority's own signature where that can be done; return what is wrong, or note that it was not."""
    if root is None:
        notes.add("the timestamp's own signature was NOT checked: give the authority's root certificate (--tsa)")
        return ""
    try:
        from cryptography.x509 import load_pem_x509_certificate
        from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
    except ImportError:
        notes.add("the timestamp's own signature was NOT checked: the package rfc3161-client is not installed")
        return ""
    checker = VerifierBuilder().add_root_certificate(load_pem_x509_certificate(root.read_bytes())).build()
    try:
        checker.verify_message(decode_timestamp_response(data), text)
    except (ValueError, VerificationError) as cause:
        return f"the signature of the timestamp is false: {cause}"
    return ""


class Evidence:
    """The evidence of one case: every act under the newest head, every file named by a sealed act."""

    def __init__(self, folder, signers=(), tsa=None):
        self.folder = folder
        self.signers = signers
        self.tsa = tsa  # file with the root certificate of the time-stamping authority
        self.notes = set()
        self.breaks = []
        self.ends = {}  # chain -> (last seq, hash)
        self.named = set()  # hashes of files that acts name
        self.export = None  # body of the newest act evidence.export: what was handed out
        self.counts = {"acts": 0, "chains": 0, "files": 0}

    def say(self, kind, place, says):
        """Note one break."""
        self.breaks.append(f"{kind} {place}: {says}")

    def verify(self):
        """Go through everything and return the list of breaks."""
        told = json.loads((self.folder / "evidence.json").read_text(encoding="utf-8"))
        heads = [check_row(one, SEAL_FIELDS) for one in told["heads"]]
        for head in heads:
            wrong = seal_wrong(head, self.signers, self.notes)
            if wrong:
                self.say("seal", f"seal {head['number']}", wrong)
        if not self.signers:
            self.notes.add(f"signed by {heads[-1]['signer']}: compare this with the name you were told (--key)")
        if not is_consistent(heads[0], heads[-1], told["growth"]):
            self.say("seal", f"seal {heads[-1]['number']}", "the ledger did not grow from the oldest head")
        proofs = dict(told["lines"])
        with (self.folder / "acts.jsonl").open(encoding="utf-8") as file:
            for text in file:
                row = check_row(json.loads(text), {**LINE_FIELDS, "said": str})
                self.take(row, proofs.pop(str(row["id"]), None), heads[-1])
        for line_id in proofs:
            self.say("missing", f"line {line_id}", "it was handed out with a proof, and is gone")
        self.check_ends()
        self.check_files(told["files"])
        self.check_stamps(told["stamps"], heads[-1], [one["index"] for one in told["lines"].values()])
        self.counts["chains"] = len(self.ends)
        return self.breaks

    def take(self, row, proof, head):
        """Check one act by itself, in its chain and under the head."""
        self.counts["acts"] += 1
        chain, seq = row["chain"], row["seq"]
        place = f"{chain}#{seq}"
        if line_digest(row) != row["hash"]:
            self.say("changed", place, "the line is not what was written")
        elif proof is None or not is_included(
            row["hash"], proof["index"], head["tree_size"], proof["path"], head["root"]
        ):
            self.say("seal", place, "nothing proves that it stands under the signed head")
        payload = json.loads(row["payload"])
        wrong = [name for name in REPEATED if payload[name] != row[name]]
        if wrong:
            self.say("changed", place, f"the columns {', '.join(wrong)} do not say what the hashed act says")
        if row["said"] and digest(row["said"]) != payload.get("words"):
            self.say("changed", place, "its words are not those that were written")
        elif payload.get("words") and not row["said"]:
            self.notes.add(f"{chain}: words were erased; who did what and when still proves itself")
        last, before = self.ends.get(chain, (0, ""))
        if seq <= last:
            self.say("doubled", place, "stands twice or out of order")
        elif seq > last + 1:
            self.say("missing", f"{chain}#{last + 1}-{seq - 1}", "lines written here are gone")
        elif row["prev_hash"] != before:
            self.say("changed", place, "it does not follow the line before it")
        self.ends[chain] = (max(seq, last), row["hash"])
        if row["act"] == "evidence.export":
            self.export = payload["body"]
        self.named |= set(re.findall(r"\b[0-9a-f]{64}\b", row["payload"] + row["said"]))

    def check_stamps(self, stamps, newest, indexes):
        """Each stamp must be about a seal that the newest head grew from; each act is as old as its oldest stamp."""
        moments = {}  # index of an act -> the earliest moment
        for one in stamps:
            head, place = check_row(one["seal"], SEAL_FIELDS), f"stamp of seal {one['seal']['number']}"
            data = (self.folder / "stamps" / Path(one["path"]).name).read_bytes()
            imprint, moment = stamp_read(data)
            wrong = seal_wrong(head, self.signers, self.notes)
            if not wrong and not is_consistent(head, newest, one["growth"]):
                wrong = "the ledger did not grow from the stamped head"
            if not wrong and imprint != head["hash"]:
                wrong = "the timestamp is about something else"
            wrong = wrong or stamp_signed(data, seal_text(head).encode(), self.tsa, self.notes)
            if wrong:
                self.say("seal", place, wrong)
                continue
            for index in indexes:
                if index < head["tree_size"]:
                    moments[index] = min(moments.get(index, (moment, head["number"])), (moment, head["number"]))
        for moment, number in sorted(set(moments.values())):
            count = list(moments.values()).count((moment, number))
            self.notes.add(f"timestamped: {count} acts existed no later than {moment} (seal {number})")
        if left := len(indexes) - len(moments):
            self.notes.add(f"{left} acts stand under no timestamp: their moments are those of the house's own clock")

    def check_ends(self):
        """Each chain must reach as far as the sealed act of the export says."""
        if self.export is None:
            self.say("missing", "evidence.export", "the act that says what was handed out is gone")
            return
        for chain, seq in self.export["chains"].items():
            last = self.ends.get(chain, (0, ""))[0]
            if last < seq:
                self.say("missing", f"{chain}#{last + 1}-{seq}", "lines written here are gone")

    def check_files(self, files):
        """Each file must have its hash, and a sealed act must name that hash."""
        for one in files:
            self.counts["files"] += 1
            path = self.folder / "files" / Path(one["path"]).name
            if not path.is_file():
                self.say("missing", one["path"], "the file is gone")
            elif hashlib.sha256(path.read_bytes()).hexdigest() != one["sha256"]:
                self.say("changed", one["path"], "the file is not what was handed out")
            if one["sha256"] not in self.named:
                self.say("changed", one["path"], "no sealed act names this file")
        listed = {one["sha256"] for one in files}
        for gone in [one for one in (self.export or {}).get("files", ()) if one not in listed]:
            self.say("missing", f"file {gone}", "it was handed out, and is gone")


def main(arguments):
    """Verify the folder named on the command line and return the exit code."""
    parser = argparse.ArgumentParser(description="Check the evidence of a case that Hezhi handed out.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path(__file__).resolve().parent)
    parser.add_argument("--key", action="append", default=[], help="name of a key to accept, e.g. ed25519:5f...")
    parser.add_argument("--tsa", type=Path, help="root certificate (PEM) of the time-stamping authority")
    given = parser.parse_args(arguments)
    return report(Evidence(given.folder, given.key, given.tsa))


def report(verifier):
    """Run a verifier, print what it found and return the exit code."""
    try:
        breaks = verifier.verify()
    except (OSError, ValueError, KeyError, TypeError, IndexError) as cause:
        print(f"cannot read it: {cause!r}", file=sys.stderr)
        return 2
    for one in breaks:
        print(one)
    for one in sorted(verifier.notes):
        print(f"note: {one}", file=sys.stderr)
    if breaks:
        print(f"{len(breaks)} break(s)", file=sys.stderr)
        return 1
    print("sound: " + ", ".join(f"{count} {name}" for name, count in verifier.counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
