"""Rules about what leaves the house: spreadsheets that run nothing, calls to nobody but whom the operator named."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from hezhi.kit.outward import CallFailed, call, like
from hezhi.kit.sheets import csv_text
from hezhi.project.options import ROOT

SOURCES = [path for path in (ROOT / "src").rglob("*.py") if "tests" not in path.parts]


def using(pattern: str) -> set[str]:
    """Return the modules of the house whose text holds ``pattern``."""
    return {path.relative_to(ROOT / "src/hezhi").as_posix() for path in SOURCES if re.search(pattern, path.read_text())}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "  =1", "＝1"])
def test_a_text_that_begins_a_formula_is_written_as_text(text: str) -> None:
    assert [*csv.reader(io.StringIO(csv_text([[text]]), newline=""))] == [["'" + text]]


def test_numbers_and_harmless_texts_are_written_as_they_are() -> None:
    row = [-1, -1.5, Decimal("-2"), None, True, "a=b", "和园路"]

    assert csv_text([row]) == "-1,-1.5,-2,,True,a=b,和园路\r\n"


def test_csv_is_written_by_the_one_safe_writer() -> None:
    # The demo's feeder plays a source that hands files in: nobody opens them, and intake must meet them raw.
    assert using(r"csv\.(writer|DictWriter)\b|from csv import") == {
        "kit/sheets.py",
        "edge/demo/feeding.py",
        "edge/real/counts/with_r.py",  # reads what R answered, in a folder that is thrown away
    }


@contextmanager
def redirecting(asked: list[str]) -> Iterator[str]:
    """A machine that sends every caller on to another path of its own, and notes what it was asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/inner")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/named"
    finally:
        server.shutdown()
        server.server_close()


def test_no_answer_sends_a_call_elsewhere() -> None:
    asked: list[str] = []
    with redirecting(asked) as address:
        answer = call("GET", address, seconds=5)
        with pytest.raises(CallFailed):
            answer.raise_for_status()

    assert (answer.status_code, asked) == (302, ["/named"])


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/"])
def test_only_http_is_called(address: str) -> None:
    with pytest.raises(httpx.UnsupportedProtocol):
        call("GET", address, seconds=1)


@pytest.mark.parametrize(
    "told", ["http://id.example/t", "javascript:alert(1)", "file:///a", "//id.example/t", "https:///t", "https://a@b/t"]
)
def test_an_address_of_another_kind_than_its_teller_is_refused(told: str) -> None:
    assert like("https://keys.example/t", "https://id.example") == "https://keys.example/t"
    with pytest.raises(ValueError, match="another kind"):
        like(told, "https://id.example")


def test_other_machines_are_called_from_one_module() -> None:
    assert using(r"import httpx|from httpx|urllib\.request|import requests|http\.client") == {"kit/outward.py"}
    # The code of a sign-in is exchanged by the library's own client; its addresses went through `like`.
    assert using(r"OAuth2Client|from authlib\.integrations") == {"edge/web/provider.py"}
    assert using(r"smtplib") == {"services/notices/senders.py"}
