"""Whatever is done to the tables behind the house's back is found, and located, by both verifiers."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from hezhi.spine.ledger import api
from hezhi.spine.ledger.tests.factories import START_AT, append, tamper, write_chains

SCRIPT = Path(__file__).parents[5] / "scripts/verify_ledger.py"


def verify(folder: Path) -> subprocess.CompletedProcess:
    # -I: isolated, so that the script could not import the house even by accident
    return subprocess.run([sys.executable, "-I", SCRIPT, folder], capture_output=True, text=True, check=False)


def places_told(folder: Path) -> set[str]:
    """Export, run both verifiers, check that they agree, and return the breaks as "kind place"."""
    api.ledger_export(folder=folder)
    script = verify(folder)
    told = {line.split(": ")[0] for line in script.stdout.splitlines() if not line.startswith("sound")}
    assert script.returncode == (1 if told else 0), script.stderr
    assert {f"{one.kind} {one.place}" for one in api.ledger_breaks()} == told
    return told


def row(chain: str, seq: int) -> str:
    return f"WHERE chain = '{chain}' AND seq = {seq}"


@pytest.fixture
def ledger(db):
    """Three chains written in turns: case:1 has six lines, the first three of them under a seal."""
    write_chains({"case:1": 3, "case:2": 2, "case:3": 1})
    api.seal_make(at=START_AT)
    write_chains({"case:1": 3, "case:2": 2})


def test_an_untouched_ledger_is_sound(ledger, tmp_path):
    assert places_told(tmp_path) == set()
    counts = "12 lines, 4 chains, 4 heads, 1 seals, 6 unsealed"  # the seal's own line is the twelfth
    assert verify(tmp_path).stdout == f"sound: {counts}\n"


def test_an_empty_ledger_is_sound(db, tmp_path):
    assert places_told(tmp_path) == set()


SEAL_1 = {"seal seal 1"}


@pytest.mark.parametrize(
    ("seq", "also"),
    [
        pytest.param(1, SEAL_1, id="first"),
        pytest.param(2, SEAL_1, id="middle, sealed"),
        pytest.param(5, set(), id="middle, not sealed"),
        pytest.param(6, set(), id="last"),
    ],
)
class TestOneRow:
    def test_deleted(self, ledger, tmp_path, seq, also):
        tamper(f"DELETE FROM ledger_line {row('case:1', seq)}")

        assert places_told(tmp_path) == {f"missing case:1#{seq}"} | also

    @pytest.mark.parametrize(
        "change",
        [
            "payload = replace(payload, '\"minute\":', '\"minute\":7')",
            "payload = ''",
            "hash = repeat('0', 64)",
        ],
    )
    def test_changed_in_its_hashed_part(self, ledger, tmp_path, seq, also, change):
        tamper(f"UPDATE ledger_line SET {change} {row('case:1', seq)}")

        expected = {f"changed case:1#{seq}"} | (also if change.startswith("hash") else set())
        told = places_told(tmp_path)
        # a last line whose hash changed still has a head that remembers the right one
        assert told == expected

    @pytest.mark.parametrize(
        "change",
        [
            "act = 'case.close'",
            "actor = 'person:99'",
            "at = at + interval '1 microsecond'",
            "key = 'other'",
            "pack = 'other@1'",
        ],
    )
    def test_changed_in_a_column(self, ledger, tmp_path, seq, also, change):
        tamper(f"UPDATE ledger_line SET {change} {row('case:1', seq)}")

        assert places_told(tmp_path) == {f"changed case:1#{seq}"}

    def test_rewritten_with_a_fitting_hash(self, ledger, tmp_path, seq, also):
        tamper(
            f"UPDATE ledger_line SET payload = replace(payload, 'person:17', 'person:99'), actor = 'person:99'"
            f" {row('case:1', seq)}",
            f"UPDATE ledger_line SET hash = ledger_line_hash(prev_hash, id, chain, seq, payload) {row('case:1', seq)}",
        )

        found_by = "head" if seq == 6 else "changed"
        assert places_told(tmp_path) == {f"{found_by} case:1#{seq}"} | also

    def test_moved_to_another_number(self, ledger, tmp_path, seq, also):
        tamper(f"UPDATE ledger_line SET seq = 900 {row('case:1', seq)}")

        assert places_told(tmp_path) == {"reordered case:1#900"}

    def test_moved_to_another_chain(self, ledger, tmp_path, seq, also):
        tamper(f"UPDATE ledger_line SET chain = 'case:3', seq = 2 {row('case:1', seq)}")

        told = places_told(tmp_path)
        assert {f"missing case:1#{seq}", "changed case:3#2"} <= told

    def test_moved_to_another_id(self, ledger, tmp_path, seq, also):
        tamper(f"UPDATE ledger_line SET id = 5000 {row('case:1', seq)}")

        assert f"changed case:1#{seq}" in places_told(tmp_path)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        pytest.param(1, 2, id="first"),
        pytest.param(2, 3, id="neighbours"),
        pytest.param(2, 5, id="far apart"),
        pytest.param(5, 6, id="last"),
    ],
)
class TestTwoRowsSwapped:
    def test_by_number(self, ledger, tmp_path, a, b):
        tamper(
            f"UPDATE ledger_line SET seq = 999 {row('case:1', a)}",
            f"UPDATE ledger_line SET seq = {a} {row('case:1', b)}",
            f"UPDATE ledger_line SET seq = {b} {row('case:1', 999)}",
        )

        assert places_told(tmp_path) == {f"reordered case:1#{a}", f"reordered case:1#{b}"}

    def test_by_content(self, ledger, tmp_path, a, b):
        tamper(
            "UPDATE ledger_line l SET (at, act, actor, payload, prev_hash, hash) ="
            " (SELECT o.at, o.act, o.actor, o.payload, o.prev_hash, o.hash FROM ledger_line o"
            f" WHERE o.chain = 'case:1' AND o.seq = {a + b} - l.seq)"
            f" WHERE chain = 'case:1' AND seq IN ({a}, {b})"
        )

        assert {f"reordered case:1#{a}", f"reordered case:1#{b}"} <= places_told(tmp_path)


def test_ids_swapped_between_chains_are_found(ledger, tmp_path):
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM ledger_line WHERE (chain, seq) IN (('case:1', 5), ('case:2', 4)) ORDER BY 1")
        (low,), (high,) = cursor.fetchall()

    tamper(
        f"UPDATE ledger_line SET id = -1 WHERE id = {low}",
        f"UPDATE ledger_line SET id = {low} WHERE id = {high}",
        f"UPDATE ledger_line SET id = {high} WHERE id = -1",
    )

    assert {"changed case:1#5", "changed case:2#4"} <= places_told(tmp_path)


def test_a_deleted_chain_is_found_by_its_head(ledger, tmp_path):
    tamper("DELETE FROM ledger_line WHERE chain = 'case:2' AND seq > 2")
    assert places_told(tmp_path) == {"missing case:2#3-4"}

    tamper("DELETE FROM ledger_line WHERE chain = 'case:2'")
    assert places_told(tmp_path) == {"missing case:2#1-4", "seal seal 1"}


def test_a_sealed_chain_deleted_with_its_head_is_found_by_the_seal(ledger, tmp_path):
    tamper("DELETE FROM ledger_line WHERE chain = 'case:3'", "DELETE FROM ledger_head WHERE chain = 'case:3'")

    assert places_told(tmp_path) == {"seal seal 1"}


def test_a_sealed_chain_rewritten_with_all_its_hashes_is_found_by_the_seal(ledger, tmp_path):
    tamper(
        "UPDATE ledger_line SET payload = replace(payload, 'person:17', 'person:99'), actor = 'person:99'"
        " WHERE chain = 'case:3'",
        "UPDATE ledger_line SET hash = ledger_line_hash(prev_hash, id, chain, seq, payload) WHERE chain = 'case:3'",
        "UPDATE ledger_head h SET hash = (SELECT hash FROM ledger_line l WHERE l.chain = h.chain AND l.seq = h.seq)",
    )

    assert places_told(tmp_path) == {"seal seal 1"}


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("DELETE FROM ledger_head WHERE chain = 'case:1'", "head case:1#6"),
        ("UPDATE ledger_head SET seq = 4 WHERE chain = 'case:1'", "head case:1#4"),
        ("UPDATE ledger_head SET seq = 7 WHERE chain = 'case:1'", "missing case:1#7"),
        ("UPDATE ledger_head SET hash = repeat('0', 64) WHERE chain = 'case:1'", "head case:1#6"),
        ("INSERT INTO ledger_head VALUES ('case:9', 2, '')", "missing case:9#1-2"),
    ],
)
def test_a_tampered_head_is_found(ledger, tmp_path, statement, place):
    tamper(statement)

    assert places_told(tmp_path) == {place}


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger_seal",
        "UPDATE ledger_seal SET root = repeat('0', 64)",
        "UPDATE ledger_seal SET at = at + interval '1 hour'",
        "UPDATE ledger_seal SET line_count = line_count - 1",
        "UPDATE ledger_seal SET hash = repeat('0', 64)",
        "UPDATE ledger_seal SET prev_hash = repeat('0', 64)",
    ],
)
def test_a_tampered_seal_is_found(ledger, tmp_path, statement, number):
    api.seal_make(at=START_AT + timedelta(hours=1))
    append("case:4")
    api.seal_make(at=START_AT + timedelta(hours=2))
    assert places_told(tmp_path) == set()

    tamper(f"{statement} WHERE number = {number}")

    assert f"seal seal {number}" in places_told(tmp_path)


def test_a_line_slipped_in_under_a_seal_is_found(ledger, tmp_path):
    tamper(
        "INSERT INTO ledger_line SELECT 0, 'case:8', 1, at, act, actor, key, pack,"
        " replace(payload, 'case:3', 'case:8'), '', '',"
        " ledger_line_hash('', 0, 'case:8', 1, replace(payload, 'case:3', 'case:8'))"
        " FROM ledger_line WHERE chain = 'case:3'",
        "INSERT INTO ledger_head SELECT chain, seq, hash FROM ledger_line WHERE chain = 'case:8'",
    )

    assert places_told(tmp_path) == {"seal seal 1"}


class TestTheScript:
    def test_needs_one_folder(self, tmp_path):
        assert subprocess.run([sys.executable, SCRIPT], capture_output=True, check=False).returncode == 2
        assert verify(tmp_path / "nowhere").returncode == 2

    def test_tells_rows_it_cannot_read(self, ledger, tmp_path):
        api.ledger_export(folder=tmp_path)
        lines = (tmp_path / "lines.jsonl").read_text().splitlines()
        lines[3] = lines[3][:40]
        lines[4] = json.dumps({**json.loads(lines[4]), "seq": "2"})
        (tmp_path / "lines.jsonl").write_text("\n".join(lines))

        told = verify(tmp_path)

        assert told.returncode == 1
        assert "unreadable lines.jsonl:4" in told.stdout
        assert "unreadable lines.jsonl:5" in told.stdout

    def test_counts_what_it_exports(self, ledger, tmp_path):
        counts = api.ledger_export(folder=tmp_path)

        assert (counts.lines, counts.heads, counts.seals) == (12, 4, 1)
        assert len((tmp_path / "lines.jsonl").read_text().splitlines()) == 12
