"""Whatever the database superuser does, triggers off, is found offline from a signed head that was kept elsewhere.

The worst one rebuilds everything: line hashes, chains, heads, tree and seals fit each other again. Without the signing
key he can copy old signatures or sign with a key of his own; both are found.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from hezhi.kit.canonical import canonical
from hezhi.spine.ledger import api, models, queries, rules, signing
from hezhi.spine.ledger.contracts import Seal
from hezhi.spine.ledger.tests.factories import START_AT, append, guards_off, tamper, write_chains
from hezhi.spine.ledger.tree import Frontier, leaf_hash

SCRIPT = Path(__file__).parents[5] / "scripts/verify_ledger.py"
KEPT = "seal kept head"


@pytest.fixture
def kept(db, tmp_path) -> Path:
    """Two sealed batches, their head kept in a file, and lines that came later."""
    write_chains({"case:1": 6, "case:2": 5, "case:3": 4})
    api.seal_make(at=START_AT)
    write_chains({"case:1": 3, "case:2": 2})
    head = api.seal_make(at=START_AT + timedelta(hours=1))
    append("case:1", minute=90)
    path = tmp_path / "head.json"
    path.write_text(canonical(asdict(head)))
    return path


def check(folder: Path, *more: str | Path) -> tuple[int, set[str]]:
    api.ledger_export(folder=folder)
    done = subprocess.run([sys.executable, "-I", SCRIPT, folder, *more], capture_output=True, text=True, check=False)
    return done.returncode, {line.split(": ")[0] for line in done.stdout.splitlines()}


def whole_rebuilt(key: signing.HeadKey | None) -> None:
    """Make every hash, head, node and seal fit the lines as they now stand; sign where there is a key."""
    with guards_off(), connection.cursor() as cursor:
        ends: dict[str, tuple[int, str]] = {}
        for line in models.Line.objects.order_by("id"):
            seq, before = ends.get(line.chain, (0, ""))
            told = rules.line_hash(before, line.id, line.chain, seq + 1, line.payload)
            models.Line.objects.filter(id=line.id).update(seq=seq + 1, prev_hash=before, hash=told)
            ends[line.chain] = (seq + 1, told)
        cursor.execute("DELETE FROM ledger_head")
        models.Head.objects.bulk_create(models.Head(chain=one, seq=seq, hash=told) for one, (seq, told) in ends.items())
        seals = list(queries.seals())
        cursor.execute("DELETE FROM ledger_seal")
        tree, before = Frontier(), None
        for seal in seals:
            seal = _resealed(seal, tree, before, key)
            queries.seal_insert(seal)
            _retold(seal)
            before = seal


def _resealed(seal: Seal, tree: Frontier, before: Seal | None, key: signing.HeadKey | None) -> Seal:
    rows = models.Line.objects.filter(id__range=(seal.first_id, seal.last_id)).order_by("id")
    hashes = list(rows.values_list("hash", flat=True))
    for told in hashes:
        tree.add(leaf_hash(told))
    peaks = " ".join(one.hex() for one in tree.peaks)
    made = replace(seal, line_count=len(hashes), tree_size=tree.size, root=tree.root.hex(), peaks=peaks)
    made = replace(made, prev_hash=before.hash if before else "", signer=key.name if key else seal.signer)
    made = replace(made, hash=rules.seal_hash(made))
    return replace(made, signature=key.sign(rules.seal_text(made).encode()).hex()) if key else made


def _retold(seal: Seal) -> None:
    """Let the chain of seals tell of the new seal, its own hashes and all."""
    line = models.Line.objects.get(chain="seals", key=str(seal.number))
    told = json.loads(line.payload)
    told["body"] = {"number": seal.number, "hash": seal.hash, "root": seal.root, "lines": seal.line_count}
    before = models.Line.objects.filter(chain="seals", seq=line.seq - 1).first()
    prev_hash, payload = before.hash if before else "", canonical(told)
    made = rules.line_hash(prev_hash, line.id, "seals", line.seq, payload)
    models.Line.objects.filter(id=line.id).update(payload=payload, prev_hash=prev_hash, hash=made)
    models.Head.objects.filter(chain="seals").update(hash=made)


FORGED = (
    "UPDATE ledger_line SET payload = replace(payload, 'person:17', 'person:99'), actor = 'person:99'"
    " WHERE chain = 'case:2' AND seq = 3"
)


def test_an_untouched_ledger_fits_the_kept_head(kept, tmp_path):
    assert check(tmp_path / "out", "--head", kept) == (0, {"sound"})


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param(["UPDATE ledger_line SET payload = '{}' WHERE chain = 'case:1' AND seq = 2"], id="changed"),
        pytest.param(["DELETE FROM ledger_line WHERE chain = 'case:1' AND seq = 2"], id="deleted"),
        pytest.param(
            [
                "UPDATE ledger_line SET seq = 99 WHERE chain = 'case:1' AND seq = 2",
                "UPDATE ledger_line SET seq = 2 WHERE chain = 'case:1' AND seq = 3",
                "UPDATE ledger_line SET seq = 3 WHERE chain = 'case:1' AND seq = 99",
            ],
            id="reordered",
        ),
    ],
)
def test_one_row_changed_deleted_or_reordered_is_found(kept, tmp_path, statements):
    tamper(*statements)

    code, told = check(tmp_path / "out", "--head", kept)

    assert code == 1
    assert KEPT in told
    assert any("case:1#" in one for one in told)


def test_all_hashes_heads_and_seals_rebuilt_with_the_old_signatures_are_found(kept, tmp_path):
    tamper(FORGED)
    whole_rebuilt(None)

    code, told = check(tmp_path / "out", "--head", kept)

    assert (code, told) == (1, {"seal seal 1", "seal seal 2", KEPT})
    assert {one.place for one in api.ledger_breaks()} == {"seal 1", "seal 2"}


def test_all_rebuilt_and_signed_with_another_key_is_found_by_the_kept_head_or_the_told_key(kept, tmp_path):
    signer = json.loads(kept.read_text())["signer"]
    tamper(FORGED)
    whole_rebuilt(signing.Ed25519Key.new())

    assert check(tmp_path / "out") == (0, {"sound"})  # a ledger like any other, for whoever kept nothing
    assert check(tmp_path / "out", "--key", signer) == (1, {"seal seal 1", "seal seal 2"})
    assert check(tmp_path / "out", "--head", kept) == (1, {"seal seal 1", "seal seal 2", KEPT})
    assert {one.place for one in api.ledger_breaks()} == {"seal 1", "seal 2"}


def test_even_the_stolen_key_does_not_undo_a_kept_head(kept, tmp_path):
    tamper(FORGED)
    whole_rebuilt(signing.key_read())

    assert api.ledger_breaks() == []
    assert check(tmp_path / "out", "--head", kept) == (1, {KEPT})


def test_a_ledger_cut_back_to_an_older_seal_is_found(kept, tmp_path):
    first = models.Seal.objects.get(number=1)
    tamper(
        f"DELETE FROM ledger_line WHERE id > {first.last_id}",
        "DELETE FROM ledger_seal WHERE number > 1",
        "DELETE FROM ledger_head",
        "INSERT INTO ledger_head SELECT DISTINCT ON (chain) chain, seq, hash FROM ledger_line ORDER BY chain, seq DESC",
    )

    assert check(tmp_path / "out") == (0, {"sound"})
    assert check(tmp_path / "out", "--head", kept) == (1, {KEPT})


def test_a_kept_head_that_was_changed_itself_is_not_believed(kept, tmp_path):
    told = json.loads(kept.read_text())
    kept.write_text(json.dumps(told | {"tree_size": told["tree_size"] - 1}))
    assert check(tmp_path / "out", "--head", kept) == (1, {KEPT})

    kept.write_text("{}")
    assert check(tmp_path / "out", "--head", kept)[0] == 2
