"""Any one tampering with any small ledger is found at its place, by the house and by the stand-alone script."""

from __future__ import annotations

import importlib.util
import json
import tempfile
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hezhi.kit.canonical import canonical
from hezhi.spine.ledger import rules
from hezhi.spine.ledger.checking import breaks
from hezhi.spine.ledger.contracts import Head, RawLine, Seal
from hezhi.spine.ledger.signing import Ed25519Key, is_signed
from hezhi.spine.ledger.tests.factories import START_AT
from hezhi.spine.ledger.tree import Frontier, leaf_hash

SCRIPT = Path(__file__).parents[5] / "scripts/verify_ledger.py"
spec = importlib.util.spec_from_file_location("verify_ledger", SCRIPT)
assert spec and spec.loader
verify_ledger = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verify_ledger)


KEY = Ed25519Key.new()


class Book:
    """A ledger in memory, written by the same rules as the database does."""

    def __init__(self) -> None:
        self.lines: list[RawLine] = []
        self.heads: dict[str, Head] = {}
        self.seals: list[Seal] = []
        self.tree = Frontier()

    def write(self, chain: str, act: str, body: dict) -> None:
        head = self.heads.get(chain, Head(chain, 0, ""))
        at = START_AT + timedelta(minutes=len(self.lines))
        names = {"chain": chain, "act": act, "actor": "person:17", "key": "", "pack": ""}
        payload = rules.payload_of(**names, at=at, body=body)
        line_id, seq = 2 * len(self.lines) + 1, head.seq + 1  # rolled-back acts leave holes between ids
        told = rules.line_hash(head.hash, line_id, chain, seq, payload)
        self.lines.append(
            RawLine(line_id, chain, seq, rules.moment(at), act, *names_of(names), payload, head.hash, told)
        )
        self.heads[chain] = Head(chain, seq, told)

    def seal(self) -> None:
        before = self.seals[-1] if self.seals else None
        first_id, last_id = (before.last_id + 1 if before else 1), self.lines[-1].id
        under = [line for line in self.lines if first_id <= line.id <= last_id]
        for line in under:
            self.tree.add(leaf_hash(line.hash))
        made = Seal(
            number=len(self.seals) + 1,
            first_id=first_id,
            last_id=last_id,
            line_count=len(under),
            tree_size=self.tree.size,
            root=self.tree.root.hex(),
            at=START_AT,
            signer=KEY.name,
            peaks=" ".join(one.hex() for one in self.tree.peaks),
            prev_hash=before.hash if before else "",
        )
        signature = KEY.sign(rules.seal_text(made).encode()).hex()
        made = replace(made, hash=rules.seal_hash(made), signature=signature)
        self.seals.append(made)
        self.write("seals", "ledger.seal", {"number": made.number, "hash": made.hash})

    def breaks(self) -> set[str]:
        """Return "kind place" of every break; both verifiers must say the same."""
        lines = sorted(self.lines, key=lambda line: line.id)
        with tempfile.TemporaryDirectory() as name:
            files = {"lines": lines, "heads": self.heads.values(), "seals": self.seals}
            for file, rows in files.items():
                text = "".join(canonical(asdict(row)) + "\n" for row in rows)
                (Path(name) / f"{file}.jsonl").write_text(text, encoding="utf-8")
            told = verify_ledger.Verifier(Path(name)).verify()
        found = breaks(lines, self.heads.values(), self.seals, is_signed)
        assert [str(one) for one in found] == told or {str(one) for one in found} == set(told)
        return {f"{one.kind} {one.place}" for one in found}


def names_of(names: dict[str, str]) -> tuple[str, str, str]:
    return names["actor"], names["key"], names["pack"]


@st.composite
def books(draw) -> Book:
    book = Book()
    for step in draw(st.lists(st.sampled_from(["case:1", "case:2", "task:1", "SEAL"]), min_size=2, max_size=14)):
        if step != "SEAL":
            book.write(step, "case.note", {"n": len(book.lines)})
        elif book.lines:
            book.seal()
    if not book.lines:
        book.write("case:1", "case.note", {})
    return book


def pick(book: Book, data: st.DataObject) -> int:
    return data.draw(st.integers(0, len(book.lines) - 1), label="line")


@given(books())
def test_what_was_only_written_is_sound(book):
    assert book.breaks() == set()


@given(books(), st.data())
def test_a_deleted_line_is_named(book, data):
    gone = book.lines.pop(pick(book, data))

    assert f"missing {gone.chain}#{gone.seq}" in book.breaks()


@given(books(), st.data())
def test_a_changed_field_is_found_at_its_line(book, data):
    at = pick(book, data)
    line = book.lines[at]
    field = data.draw(st.sampled_from(["at", "act", "actor", "key", "pack", "payload", "prev_hash", "hash"]))
    book.lines[at] = replace(line, **{field: getattr(line, field) + "x"})

    assert f"changed {line.chain}#{line.seq}" in book.breaks()


@given(books(), st.data())
def test_a_changed_fact_is_found_at_its_line(book, data):
    at = pick(book, data)
    line = book.lines[at]
    told = json.loads(line.payload)
    told["body"]["more"] = data.draw(st.integers())
    book.lines[at] = replace(line, payload=canonical(told))

    assert f"changed {line.chain}#{line.seq}" in book.breaks()


@given(books(), st.data())
def test_a_fact_rewritten_with_a_fitting_hash_is_found_there_or_by_the_head(book, data):
    at = pick(book, data)
    line = book.lines[at]
    payload = line.payload.replace("person:17", "person:18")
    told = rules.line_hash(line.prev_hash, line.id, line.chain, line.seq, payload)
    book.lines[at] = replace(line, payload=payload, actor="person:18", hash=told)

    place = f"{line.chain}#{line.seq}"
    assert book.breaks() & {f"changed {place}", f"head {place}"}


@given(books(), st.data())
def test_two_lines_in_each_others_place_are_both_named(book, data):
    a, b = pick(book, data), pick(book, data)
    first, second = book.lines[a], book.lines[b]
    if a == b:
        return
    book.lines[a] = replace(second, id=first.id)
    book.lines[b] = replace(first, id=second.id)

    told = {one.split(" ", 1)[1] for one in book.breaks()}
    assert {f"{first.chain}#{first.seq}", f"{second.chain}#{second.seq}"} <= told


@given(books(), st.data())
def test_a_line_that_stands_twice_is_found(book, data):
    line = book.lines[pick(book, data)]
    book.lines.append(replace(line, id=line.id + 1))

    assert any(one.endswith(f" {line.chain}#{line.seq}") for one in book.breaks())


@given(books(), st.data())
def test_a_head_that_is_gone_or_changed_is_found(book, data):
    chain = data.draw(st.sampled_from(sorted(book.heads)))
    head = book.heads.pop(chain)
    if data.draw(st.booleans()):
        book.heads[chain] = replace(head, hash="0" * 64)

    assert book.breaks() == {f"head {chain}#{head.seq}"}


@settings(max_examples=50)
@given(books(), st.data())
def test_a_chain_cut_out_without_a_trace_is_found_when_sealed(book, data):
    book.seal()
    chain = data.draw(st.sampled_from(sorted(set(book.heads) - {"seals"} or {"seals"})))
    book.lines = [line for line in book.lines if line.chain != chain]
    del book.heads[chain]

    assert any(one.startswith("seal ") for one in book.breaks())
