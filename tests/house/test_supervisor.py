"""One foreground process keeps database, web and worker alive, and ends them all when told."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from hezhi.edge.cli.serve import Child, PortInUse, port_free
from hezhi.project import postgres
from hezhi.project.options import ROOT, options_read


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what: Callable[[], object], seconds: float = 60.0) -> object:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


def processes_of(session_mark: str) -> dict[int, str]:
    """Return the processes whose environment carries the mark: process id -> command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if session_mark.encode() in (entry / "environ").read_bytes():
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


class Site:
    """A whole site in a folder of its own, started as an operator starts it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.run_dir = folder / "run"
        self.mark = f"HEZHI_RUN_DIR={self.run_dir}"
        self.log = folder / "log"
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("HEZHI_", "DATABASE_"))}
        environment |= {
            "HEZHI_RUN_DIR": str(self.run_dir),
            "HEZHI_PORT": str(self.port),
            "PYTHONPATH": str(ROOT / "src"),
        }
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        command = [sys.executable, "-m", "hezhi.edge.cli", "up"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=ROOT)

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/", trust_env=False).status_code < 500
        except httpx.HTTPError:
            return False

    def pid_of(self, words: str) -> int | None:
        return min((pid for pid, line in processes_of(self.mark).items() if words in line), default=None)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with tempfile.TemporaryDirectory(prefix="hezhi-up-") as folder:
        Path(folder).chmod(0o755)
        site = Site(Path(folder))
        try:
            wait_for(lambda: site.answers() or site.process.poll() is not None, 120)
            assert site.process.poll() is None, site.log.read_text()
            yield site
        finally:
            if site.process.poll() is None:
                site.process.kill()
            for pid in processes_of(site.mark):
                os.kill(pid, signal.SIGKILL)
            postgres.server_stop(postgres.place_of(site.run_dir))


@pytest.mark.parametrize("words", ["granian", "edge.cli worker"])
def test_a_killed_child_comes_back(site: Site, words: str) -> None:
    killed = wait_for(lambda: site.pid_of(words))
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: site.pid_of(words) not in {None, killed})
    assert wait_for(site.answers)


def test_a_killed_database_comes_back(site: Site) -> None:
    lock = postgres.place_of(site.run_dir).data / "postmaster.pid"
    killed = int(lock.read_text().split()[0])
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: lock.exists() and int(lock.read_text().split()[0]) != killed)
    assert wait_for(site.answers)


def test_a_signal_ends_everything_within_seconds(site: Site) -> None:
    wait_for(lambda: site.pid_of("edge.cli worker"))
    began = time.monotonic()
    site.process.send_signal(signal.SIGTERM)
    assert site.process.wait(timeout=20) == 0
    assert time.monotonic() - began < 15
    assert processes_of(site.mark) == {}
    assert not postgres.is_running(postgres.place_of(site.run_dir))
    assert site.log.read_text().rstrip().endswith("stopped")


def test_a_child_that_keeps_dying_is_started_ever_later() -> None:
    said: list[str] = []
    child = Child("short", [sys.executable, "-c", "raise SystemExit(7)"])
    pauses = []
    for _ in range(3):
        child.resume_at = 0
        child.look(time.monotonic(), said.append)
        assert child.process is not None
        child.process.wait(timeout=10)
        now = time.monotonic()
        child.look(now, said.append)
        pauses.append(child.resume_at - now)
    assert pauses == pytest.approx([1.0, 2.0, 4.0])
    assert said[0] == "short ended with 7; it starts again in 1 s"


def test_children_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    script = (
        "import sys, time; from hezhi.edge.cli.serve import Child;"
        "c = Child('sleeper', [sys.executable, '-c', 'import time; time.sleep(60)']); c.start();"
        "print(c.process.pid, flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    wait_for(lambda: not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2])


def test_a_busy_port_is_told_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortInUse, match="set HEZHI_PORT"):
            port_free(options_read({"HEZHI_PORT": str(taken.getsockname()[1])}))
