"""The smallest valid notices, made through the room's door; and stand-ins for what lies outside the house."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from django.conf import settings

from hezhi.services.notices import api
from hezhi.services.notices.contracts import Recipient, Words
from hezhi.spine.permissions.contracts import Actor

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
HOUSE = Actor.system("test")
WEN = Recipient(ref="person:1", mail="wen@example.org", phone="13800000123")
LU = Recipient(ref="person:2", mail="lu@example.org", phone="13800000456", language="en")
TEXT = Words(zh="您的事项已受理。\n请留意后续通知。", en="Your matter was accepted.\nMore will follow.")


def send(*recipients: Recipient, channels: tuple[str, ...] = ("in_app",), key: str = "case:12/1/told", **over: Any):
    told = {"words": TEXT, "about": "case:12", "act": "case.accept", "by": HOUSE, "at": AT, **over}
    return api.notice_send(recipients=recipients or (WEN,), channels=channels, key=key, **told)


def sunk() -> list[dict[str, Any]]:
    """Return the messages in the sink, in the order of their tokens."""
    folder = Path(settings.HEZHI.sink_dir)
    return [json.loads(one.read_text()) for one in sorted(folder.glob("*.json"))] if folder.exists() else []


def options(**over: Any) -> Any:
    return replace(settings.HEZHI, **over)


@contextmanager
def gateway(*answers: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A text-message gateway that gives ``answers`` in turn, then 200; yields its address and what it got."""
    got: list[dict[str, Any]] = []
    left = list(answers)

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.append({"headers": dict(self.headers), **body})
            self.send_response(left.pop(0) if left else 200)
            self.end_headers()
            self.wfile.write(f"about {body['to']}".encode())

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Desk) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/send", got
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def post_office(refuse: str = "") -> Iterator[tuple[str, list[str]]]:
    """A mail server that takes everything, or answers every recipient with ``refuse``; yields address and letters."""
    letters: list[str] = []

    class Clerk(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline().decode().strip():
                word = line.split(" ")[0].upper()
                if word == "DATA":
                    self.say("354 go on")
                    letters.append(self.letter())
                self.say(refuse if word == "RCPT" and refuse else "221 bye" if word == "QUIT" else "250 fine")

        def letter(self) -> str:
            lines = []
            while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                lines.append(line)
            return "\n".join(lines)

    with socketserver.TCPServer(("127.0.0.1", 0), Clerk) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"smtp://127.0.0.1:{server.server_address[1]}", letters
        finally:
            server.shutdown()
            thread.join()
