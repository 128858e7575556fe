"""Signed heads are stamped by a real RFC 3161 authority (``openssl ts``), and the stamp is checked offline."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from hezhi.edge import evidence
from hezhi.flow.cases.tests.factories import HOUSE, MONDAY, Lamps
from hezhi.spine.ledger import api as ledger
from hezhi.spine.ledger.errors import StampFailed

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here to play the authority")
CONFIG = """
[tsa]
default_tsa = here
[here]
serial = serial
digests = sha256
default_policy = 1.2.3.4.1
signer_digest = sha256
ess_cert_id_alg = sha256
"""
RSA = ("-newkey", "rsa:2048", "-nodes")


class Authority:
    """Answers on a loopback port; ``spoil`` changes what it is asked before it answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked = 0
        self.spoil = lambda query: query
        (folder / "tsa.cnf").write_text(CONFIG)
        (folder / "ext").write_text("extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n")
        (folder / "serial").write_text("01\n")
        self.run("req", "-x509", *RSA, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test root", "-days", "30")
        self.run("req", *RSA, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test authority")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "tsa.pem", "-extfile", "ext")
        self.run("x509", "-req", "-in", "tsa.csr", "-days", "30", *signed)

    def run(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def answer(self, query: bytes) -> bytes:
        self.asked += 1
        (self.folder / "query").write_bytes(self.spoil(query))
        # WHY no -chain: openssl 3.0 writes several certificates unsorted, which the strict reader rightly refuses
        how = ("-config", "tsa.cnf", "-section", "here", "-signer", "tsa.pem", "-inkey", "tsa.key")
        self.run("ts", "-reply", "-queryfile", "query", *how, "-out", "reply")
        return (self.folder / "reply").read_bytes()


@pytest.fixture
def authority(tmp_path: Path, settings) -> Iterator[Authority]:
    (tmp_path / "tsa").mkdir()
    one = Authority(tmp_path / "tsa")

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = one.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.TIMESTAMP_URL = f"http://127.0.0.1:{server.server_port}/"
    yield one
    server.shutdown()
    server.server_close()


def check(folder: Path, *more: str | Path) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-I", folder / "verify.py", folder, *more], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def exported(lamps: Lamps, folder: Path) -> Path:
    evidence.evidence_export(case_id=lamps.closed().id, folder=folder, by=HOUSE, at=MONDAY)
    return folder


def stamps_of(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "stamps").iterdir())


def test_the_evidence_carries_a_stamp_that_is_checked_offline(lamps, authority, tmp_path):
    folder = exported(lamps, tmp_path / "out")

    code, said, noted = check(folder, "--tsa", authority.folder / "ca.pem")

    acts = said.split()[1]
    assert code == 0
    assert f"note: timestamped: {acts} acts existed no later than 2" in noted
    assert noted.count("timestamped") == 1 and "under no timestamp" not in noted
    assert "timestamp's own signature" not in noted
    assert "the timestamp's own signature was NOT checked: give" in check(folder)[2]
    assert authority.asked == 1


def test_each_act_is_as_old_as_the_first_stamp_over_it_and_later_ones_stay_away(lamps, authority, tmp_path):
    """Only the newest stamp would say of an act of March that it was there in May."""
    case = lamps.closed()
    early = ledger.seal_make(at=MONDAY).line_count
    ledger.seal_stamp(at=MONDAY)
    for _ in range(2):  # seals that grow, and tell nothing of this case
        ledger.line_append(chain="calendar", act="calendar.note", by=HOUSE, at=MONDAY, body={})
        ledger.seal_make(at=MONDAY)
        ledger.seal_stamp(at=MONDAY)
    folder = tmp_path / "out"

    evidence.evidence_export(case_id=case.id, folder=folder, by=HOUSE, at=MONDAY)

    assert stamps_of(folder) == ["1.tsr", "4.tsr"]
    code, said, noted = check(folder, "--tsa", authority.folder / "ca.pem")
    told = sorted(line.split("timestamped: ")[1] for line in noted.splitlines() if "timestamped" in line)
    acts = int(said.split()[1])
    assert (code, acts <= early + 1) == (0, True)
    assert [(one.split()[0], one.split("(")[1]) for one in told] == sorted(
        [("1", "seal 4)"), (f"{acts - 1}", "seal 1)")]
    )
    assert all("existed no later than 2" in one for one in told)


def test_a_stamped_head_that_is_none_of_this_ledger_is_found(lamps, authority, tmp_path):
    folder = exported(lamps, tmp_path / "out")
    told = json.loads((folder / "evidence.json").read_text())
    for spoil in (
        lambda it: it["seal"].update(tree_size=it["seal"]["tree_size"] + 1),
        lambda it: it["seal"].update(signature="00"),
        lambda it: it["growth"].append("0" * 64),
    ):
        spoiled = json.loads(json.dumps(told))
        spoil(spoiled["stamps"][0])
        (folder / "evidence.json").write_text(json.dumps(spoiled))
        code, said, noted = check(folder)
        assert (code, said.split(":")[0]) == (1, "seal stamp of seal 1")
        assert "timestamped" not in noted and "acts stand under no timestamp" in noted


def test_a_stamp_by_another_authority_or_about_another_head_is_found(lamps, authority, tmp_path):
    folder = exported(lamps, tmp_path / "out")
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")
    code, said, _ = check(folder, "--tsa", other.folder / "ca.pem")
    assert (code, said.split(":")[0]) == (1, "seal stamp of seal 1")

    ledger.line_append(chain="calendar", act="calendar.note", by=HOUSE, at=MONDAY, body={})
    ledger.seal_make(at=MONDAY)
    assert ledger.seal_stamp(at=MONDAY) == 2
    (folder / "stamps/1.tsr").write_bytes(ledger.stamp_of(number=2))
    assert check(folder)[:2] == (1, "seal stamp of seal 1: the timestamp is about something else\n")

    (folder / "stamps/1.tsr").write_bytes(b"0")
    assert check(folder)[0] == 2


def test_each_seal_is_stamped_once_and_only_where_an_authority_is_set(lamps, authority, settings):
    ledger.seal_make(at=MONDAY)
    assert (ledger.seal_stamp(at=MONDAY), ledger.seal_stamp(at=MONDAY), authority.asked) == (1, None, 1)
    assert ledger.stamp_of(number=1) != b""

    ledger.line_append(chain="calendar", act="calendar.note", by=HOUSE, at=MONDAY, body={})
    ledger.seal_make(at=MONDAY)
    settings.TIMESTAMP_URL = ""
    assert (ledger.seal_stamp(at=MONDAY), ledger.stamp_of(number=2), authority.asked) == (None, b"", 1)


def test_an_answer_to_another_question_is_refused_and_nothing_is_kept(lamps, authority, tmp_path):
    ledger.seal_make(at=MONDAY)
    told = bytes.fromhex(ledger.seal_newest().hash)
    authority.spoil = lambda query: query.replace(told, bytes(32))

    with pytest.raises(StampFailed):
        ledger.seal_stamp(at=MONDAY)

    assert ledger.stamp_of(number=1) == b""


def test_an_authority_that_is_away_does_not_stop_an_export(lamps, settings, tmp_path):
    settings.TIMESTAMP_URL = "http://127.0.0.1:9/"
    folder = exported(lamps, tmp_path / "out")

    code, _, noted = check(folder)

    assert (code, (folder / "stamps").exists()) == (0, False)
    assert "acts stand under no timestamp" in noted
