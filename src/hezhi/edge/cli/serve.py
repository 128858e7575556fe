"""One foreground process that keeps the others alive: database, web, worker.

A child that dies is started again, at once the first time and ever later while it
keeps dying. Ctrl-C or SIGTERM ends everything in order: web and worker first, then
the database. Children ask the kernel to be ended with their parent, so even a killed
supervisor leaves no strays.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hezhi.edge.cli import ready
from hezhi.kit.errors import HezhiError
from hezhi.project import postgres
from hezhi.project.options import ROOT, Options

GRACE_SECONDS = 8.0
HEALTHY_SECONDS = 20.0
BACKOFF_MOST_SECONDS = 15.0
_PR_SET_PDEATHSIG = 1


class PortInUse(HezhiError):
    """Another program listens on this port already; set HEZHI_PORT to a free one."""

    code = "port_in_use"


@dataclass
class Child:
    """One process that must run: how it is started, and how often it has died lately."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    resume_at: float = 0.0
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # the terminal's Ctrl-C is for the supervisor alone
            preexec_fn=_end_with_parent,
        )

    def look(self, now: float, say: Callable[[str], None]) -> None:
        """Notice a death, and start again when the pause is over."""
        if self.process is not None and self.process.poll() is not None:
            self._died(now, say)
        if self.process is None and now >= self.resume_at:
            self.start()

    def _died(self, now: float, say: Callable[[str], None]) -> None:
        assert self.process is not None
        self.end(signal.SIGKILL)  # whatever its own children still hold
        self.deaths = 0 if now - self.started_at > HEALTHY_SECONDS else self.deaths + 1
        pause = min(0.5 * 2**self.deaths, BACKOFF_MOST_SECONDS) if self.deaths else 0.0
        say(f"{self.name} ended with {self.process.returncode}; it starts again in {pause:.0f} s")
        self.process, self.resume_at = None, now + pause

    def end(self, number: signal.Signals) -> None:
        """Send a signal to the child and to everything it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def children_of(options: Options) -> list[Child]:
    """Return the web process, the worker and, where there is a broker, the listener to devices."""
    web = [
        sys.executable, "-m", "granian", "hezhi.project.wsgi:application", "--interface", "wsgi",
        "--host", options.host, "--port", str(options.port), "--workers", str(options.web_workers),
        "--blocking-threads", str(options.web_threads), "--workers-kill-timeout", "3",
        "--respawn-failed-workers", "--log-level", "warning",
    ]  # fmt: skip
    worker = [sys.executable, "-m", "hezhi.edge.cli", "worker"]
    environment = {"HEZHI_IS_WEB": "yes", "PROMETHEUS_MULTIPROC_DIR": str(_counts(options))}
    children = [Child("web", web, environment=environment), Child("worker", worker)]
    if options.mqtt_url:
        children.append(Child("devices", [sys.executable, "-m", "hezhi.edge.cli", "devices", "listen"]))
    return children


def _counts(options: Options) -> Path:
    """Return the folder in which all web processes count what they answer (see ``edge.health.numbers``)."""
    return options.run_dir / "metrics"


def port_free(options: Options) -> None:
    """Raise `PortInUse` when another program listens where the web process shall."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except OSError:
            raise PortInUse(port=options.port) from None


def serve(options: Options, *, say: Callable[[str], None], on_ready: Callable[[], None]) -> None:
    """Run web and worker until a signal comes; the caller keeps the database up around this.

    ``on_ready`` is called once, when the site answers for the first time.
    """
    stopping: list[int] = []
    for number in _STOPPERS:  # they stay caught: an impatient second Ctrl-C must not leave the database running
        signal.signal(number, lambda got, _: stopping.append(got))
    children = children_of(options)
    shutil.rmtree(_counts(options), ignore_errors=True)  # the counts begin with the supervisor
    _counts(options).mkdir(parents=True)
    answered = False
    try:
        while not stopping:
            now = time.monotonic()
            _database_look(options, say)
            for child in children:
                child.look(now, say)
            if not answered and _answers(options):
                answered = True
                on_ready()
            time.sleep(0.2)
    finally:
        say("stopping …")
        _end_all(children)


_STOPPERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _database_look(options: Options, say: Callable[[str], None]) -> None:
    if options.database_url:
        return
    place = ready.place()
    if not postgres.is_running(place):
        say("the database ended; it starts again")
        postgres.server_start(place, pgbin=options.pgbin)


def _answers(options: Options) -> bool:
    try:
        socket.create_connection((options.host, options.port), timeout=0.2).close()
    except OSError:
        return False
    return True


def _end_all(children: list[Child]) -> None:
    for child in children:
        child.end(signal.SIGTERM)
    give_up = time.monotonic() + GRACE_SECONDS
    for child in children:
        if child.process is None:
            continue
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, give_up - time.monotonic()))
        child.end(signal.SIGKILL)
        child.process.wait()
