"""The evidence of a case is checked offline by a script that knows nothing of the house, and finds every tampering."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hezhi.edge import evidence
from hezhi.edge.cli.main import assemble
from hezhi.flow.cases.contracts import CaseState
from hezhi.flow.cases.errors import CaseNotFound
from hezhi.flow.cases.tests.factories import HOUSE, MONDAY, Lamps
from hezhi.spine.ledger import api as ledger
from hezhi.spine.vault import api as vault

WITHOUT_LIBRARY = (
    "import builtins, runpy, sys; real = builtins.__import__\n"
    "def guarded(name, *more):\n"
    "    if name.split('.')[0] == 'cryptography': raise ImportError(name)\n"
    "    return real(name, *more)\n"
    "builtins.__import__ = guarded; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
)


def check(folder: Path, *more: str, start: tuple[str, ...] = ("-I",)) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, *start, folder / "verify.py", folder, *more], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def exported(lamps: Lamps, tmp_path: Path) -> Path:
    ledger.line_append(chain="calendar", act="calendar.note", by=HOUSE, at=MONDAY, body={})
    ledger.seal_make(at=MONDAY)
    case = lamps.closed()
    folder = tmp_path / "evidence"
    evidence.evidence_export(case_id=case.id, folder=folder, by=HOUSE, at=MONDAY)
    return folder


def told_of(folder: Path) -> dict:
    return json.loads((folder / "evidence.json").read_text(encoding="utf-8"))


def acts_of(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "acts.jsonl").read_text(encoding="utf-8").splitlines()]


def acts_write(folder: Path, rows: list[dict]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "acts.jsonl").write_text(text, encoding="utf-8")


def test_the_evidence_of_a_closed_case_is_whole_and_sound(exported):
    told, rows = told_of(exported), acts_of(exported)
    signer = (exported / "public_key.txt").read_text().strip()

    code, said, noted = check(exported, "--key", signer)

    chains = {row["chain"].partition(":")[0] for row in rows}
    assert code == 0
    assert (
        noted == f"note: {len(rows)} acts stand under no timestamp: their moments are those of the house's own clock\n"
    )
    assert (
        said == f"sound: {len(rows)} acts, {len({row['chain'] for row in rows})} chains, {len(told['files'])} files\n"
    )
    assert chains == {"case", "alert", "record", "evidence"}
    assert told["files"]
    assert told["heads"][0]["number"] == 1
    assert {path.name for path in exported.iterdir()} == {
        "README.txt", "acts.jsonl", "evidence.json", "files", "public_key.txt", "verify.py", "verify_sm2.py"
    }  # fmt: skip
    assert told["case"]["number"] in (exported / "README.txt").read_text(encoding="utf-8")
    [line] = ledger.lines_of(chain=f"evidence:{told['case']['id']}")
    assert (line.act, line.body["files"]) == ("evidence.export", sorted(one["sha256"] for one in told["files"]))
    assert ledger.ledger_breaks() == []


def test_without_the_library_all_but_signatures_is_checked_and_said(exported):
    code, said, noted = check(exported, start=("-I", "-c", WITHOUT_LIBRARY))

    assert (code, said.split(":")[0]) == (0, "sound")
    assert "ed25519 signatures were NOT checked: the package cryptography is not installed" in noted

    rows = acts_of(exported)
    rows[0]["actor"] = "person:99"
    acts_write(exported, rows)
    assert check(exported, start=("-I", "-c", WITHOUT_LIBRARY))[0] == 1


def test_sm2_signatures_are_checked_without_any_library(lamps, tmp_path, settings):
    settings.LEDGER_KEYS, settings.LEDGER_SIGNATURE = tmp_path / "keys", "sm2"
    folder = tmp_path / "evidence"
    evidence.evidence_export(case_id=lamps.closed().id, folder=folder, by=HOUSE, at=MONDAY)
    signer = (folder / "public_key.txt").read_text().strip()
    alone = ("-I", "-c", WITHOUT_LIBRARY)

    code, _, noted = check(folder, "--key", signer, start=alone)
    assert (code, signer[:4], "NOT checked" in noted) == (0, "sm2:", False)

    told = told_of(folder)
    spoiled = told["heads"][0]["signature"]
    for head in told["heads"]:
        head["signature"] = spoiled[:-2] + ("00" if spoiled[-2:] != "00" else "01")
    (folder / "evidence.json").write_text(json.dumps(told), encoding="utf-8")
    assert check(folder, start=alone)[:2] == (1, "seal seal 1: the signature is false\n" * 2)

    (folder / "verify_sm2.py").unlink()
    assert "sm2 signatures were NOT checked: verify_sm2.py does not lie beside verify.py" in check(folder)[2]


def test_a_changed_removed_or_moved_act_is_found(exported):
    rows = acts_of(exported)
    for at, row in enumerate(rows):
        place = f"{row['chain']}#{row['seq']}"
        changed = {**row, "payload": row["payload"].replace('"actor":"', '"actor":"x')}
        acts_write(exported, [*rows[:at], changed, *rows[at + 1 :]])
        assert f"changed {place}: the line is not what was written" in check(exported)[1]

        acts_write(exported, rows[:at] + rows[at + 1 :])
        code, said, _ = check(exported)
        assert (code, f"missing line {row['id']}" in said) == (1, True)
    acts_write(exported, [rows[1], rows[0], *rows[2:]] if rows[0]["chain"] == rows[1]["chain"] else rows[::-1])
    assert check(exported)[0] == 1


def test_the_end_of_a_chain_left_out_together_with_its_proof_is_found(exported):
    told, rows = told_of(exported), acts_of(exported)
    last = [row for row in rows if row["chain"].startswith("case:")][-1]
    del told["lines"][str(last["id"])]
    (exported / "evidence.json").write_text(json.dumps(told), encoding="utf-8")
    acts_write(exported, [row for row in rows if row is not last])

    code, said, _ = check(exported)

    assert code == 1
    assert f"missing {last['chain']}#{last['seq']}-{last['seq']}: lines written here are gone\n" in said


def test_a_changed_added_or_missing_file_is_found(exported):
    told = told_of(exported)
    one = told["files"][0]
    (exported / one["path"]).write_bytes(b"other")
    assert check(exported)[1] == f"changed {one['path']}: the file is not what was handed out\n"

    (exported / one["path"]).unlink()
    assert check(exported)[1] == f"missing {one['path']}: the file is gone\n"

    (exported / "evidence.json").write_text(json.dumps(told | {"files": told["files"][1:]}), encoding="utf-8")
    assert check(exported)[1] == f"missing file {one['sha256']}: it was handed out, and is gone\n"


def test_a_changed_head_proof_or_growth_is_found(exported):
    told = told_of(exported)
    signer = told["heads"][1]["signer"]
    for spoil in (
        lambda it: it["heads"][1].update(root="0" * 64),
        lambda it: it["heads"][1].update(signature=it["heads"][0]["signature"]),
        lambda it: it["heads"][0].update(tree_size=it["heads"][0]["tree_size"] + 1),
        lambda it: it["growth"].pop(),
        lambda it: next(iter(it["lines"].values()))["path"].pop(),
        lambda it: next(iter(it["lines"].values())).update(index=0),
    ):
        spoiled = json.loads(json.dumps(told))
        spoil(spoiled)
        (exported / "evidence.json").write_text(json.dumps(spoiled), encoding="utf-8")
        assert check(exported, "--key", signer)[0] == 1
    (exported / "evidence.json").write_text(json.dumps(told), encoding="utf-8")
    assert check(exported, "--key", signer)[0] == 0
    assert check(exported, "--key", "ed25519:" + "0" * 64)[0] == 1


def test_what_cannot_be_read_is_told_by_another_code(exported):
    (exported / "evidence.json").write_text("{", encoding="utf-8")
    assert check(exported)[0] == 2
    (exported / "evidence.json").unlink()
    assert check(exported)[0] == 2


def test_a_folder_that_is_not_empty_or_a_case_that_is_not_there_is_refused(lamps, tmp_path):
    case = lamps.closed()
    (tmp_path / "mine.txt").write_text("mine")
    stranger = next(iter(lamps.other_county().values()))
    before = ledger.last_line_id()

    with pytest.raises(evidence.FolderNotEmpty):
        evidence.evidence_export(case_id=case.id, folder=tmp_path, by=HOUSE, at=MONDAY)
    with pytest.raises(CaseNotFound):
        evidence.evidence_export(case_id=case.id + 1, folder=tmp_path / "new", by=HOUSE, at=MONDAY)
    with pytest.raises(CaseNotFound):
        evidence.evidence_export(case_id=case.id, folder=tmp_path / "new", by=stranger, at=MONDAY)

    assert ledger.last_line_id() == before
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.django_db(transaction=True)
def test_the_operator_exports_any_case_and_the_newest_head(lamps_committed, tmp_path):
    case = lamps_committed.closed()
    assert lamps_committed.case(case.id).state is CaseState.CLOSED

    def hezhi(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(assemble(), ["evidence", *arguments])
        return done.exit_code, done.output

    code, said = hezhi("export", "--any", "--to", str(tmp_path / "out"))
    assert (code, said.split(":")[0]) == (0, f"case {case.number}")
    assert check(tmp_path / "out")[0] == 0
    code, said = hezhi("head", "--to", str(tmp_path / "head.json"))
    assert (code, said.split(" written")[0]) == (0, "seal 1")
    assert hezhi("export", "--to", str(tmp_path / "none"))[0] == 2
    shutil.rmtree(tmp_path / "out")
    assert hezhi("export", case.number, "--to", str(tmp_path / "out"))[0] == 0
    assert check(tmp_path / "out")[0] == 0


def test_erased_words_leave_the_evidence_sound_and_it_says_so(lamps: Lamps, tmp_path: Path) -> None:
    case = lamps.closed()
    said = [line.body["summary"] for line in ledger.lines_of(chain=f"case:{case.id}") if line.act == "case.close"]
    vault.keys_destroy(subjects=[f"case:{case.id}"])

    evidence.evidence_export(case_id=case.id, folder=tmp_path / "evidence", by=HOUSE, at=MONDAY)

    code, told, noted = check(tmp_path / "evidence")
    assert (code, f"case:{case.id}: words were erased" in told + noted) == (0, True)
    assert said[0] not in (tmp_path / "evidence/acts.jsonl").read_text(encoding="utf-8")


def test_words_changed_after_they_were_handed_out_are_found(exported: Path) -> None:
    rows = acts_of(exported)
    spoken = next(row for row in rows if row["said"])
    spoken["said"] = spoken["said"].replace('"', '" ', 1)
    acts_write(exported, rows)

    code, told, _ = check(exported)

    assert code == 1
    assert f"changed {spoken['chain']}#{spoken['seq']}: its words are not those that were written" in told
