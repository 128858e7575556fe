"""The web process as the supervisor starts it, and clients that ask until they are answered."""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from tests.loop.cities import City

from hezhi.edge.cli.serve import Child, children_of
from hezhi.project.options import options_read

CLIENTS = 3
GIVE_UP_SECONDS = 120.0
Request = dict[str, Any]


class Web:
    """One web process on one city's database; ``kill`` kills it in one of the ways it may die."""

    def __init__(self, city: City) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {**city.env, "HEZHI_PORT": str(port), "HEZHI_WEB_WORKERS": "1", "HEZHI_POOL_SIZE": "2"}
        options = options_read({name: text for name, text in environment.items() if name.startswith("HEZHI_")})
        child = next(one for one in children_of(options) if one.name == "web")
        self.child = Child(child.name, child.command, environment=environment)
        self.address = f"http://127.0.0.1:{port}"

    def __enter__(self) -> Web:
        self.child.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.child.end(signal.SIGKILL)
        if self.child.process is not None:
            self.child.process.wait()

    def look(self) -> None:
        """Start what has died again, as the supervisor does, without its growing pauses."""
        self.child.deaths = 0
        self.child.look(time.monotonic(), lambda _: None)
        if self.child.process is None:
            self.child.start()

    def kill(self, dice: random.Random) -> None:
        """Kill the whole process group, its first process, or the one that answers; wait until it is dead."""
        assert self.child.process is not None
        first = self.child.process.pid
        victim = dice.choice(["group", "first", "answering"])
        if victim == "group":
            os.killpg(first, signal.SIGKILL)
        elif victim == "first":
            os.kill(first, signal.SIGKILL)
        else:
            for process in children_of_process(first):
                os.kill(process, signal.SIGKILL)
        if victim != "answering":
            self.child.process.wait()


def children_of_process(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


class Clients:
    """Clients that send a list of requests, each until it is answered, and never twice once it was.

    ``answers`` holds status and answer by the request's key; ``tries`` counts what was sent. An answer that says
    that the site is broken ends the client, unless it is ``patient``: then it counts in ``broken`` and is no answer.
    """

    def __init__(self, web: Web, requests: Sequence[Request], *, patient: bool = False) -> None:
        self.web, self.requests, self.patient = web, requests, patient
        self.broken = 0
        self.answers: dict[str, tuple[int, str]] = {}
        self.tries = 0
        self._pool = ThreadPoolExecutor(CLIENTS)
        self._running: list[Future[None]] = []

    def start(self) -> None:
        """Deal the requests out in pairs, so that the two acts on one case keep their order."""
        numbered = list(enumerate(self.requests))
        for client in range(CLIENTS):
            mine = [one for one in numbered if one[0] // 2 % CLIENTS == client]
            self._running.append(self._pool.submit(self._send_all, mine))

    @property
    def is_busy(self) -> bool:
        return not all(one.done() for one in self._running)

    def end(self) -> None:
        """Wait for the last answer."""
        for one in self._running:
            one.result(timeout=GIVE_UP_SECONDS)
        self._pool.shutdown()

    def _send_all(self, mine: list[tuple[int, Request]]) -> None:
        with httpx.Client(base_url=self.web.address, trust_env=False, timeout=20) as http:
            for number, request in mine:
                self._send(http, f"plan-{number:05d}", request)

    def _send(self, http: httpx.Client, key: str, request: Request) -> None:
        give_up = time.monotonic() + GIVE_UP_SECONDS
        headers = {"Authorization": f"Bearer {request['token']}", "Idempotency-Key": key}
        while time.monotonic() < give_up:
            self.tries += 1
            try:
                answer = http.post(f"/api/v1/{request['path']}", json=request["body"], headers=headers)
            except httpx.TransportError:
                time.sleep(0.1)  # the process is gone; it may or may not have done the act
                continue
            if answer.status_code >= 500 and self.patient:
                self.broken += 1
                time.sleep(0.1)
                continue
            assert answer.status_code < 500, answer.text
            self.answers[key] = (answer.status_code, answer.text)
            return
        raise AssertionError(f"{key} was never answered")
