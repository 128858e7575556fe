"""Kills web, worker and database again and again under clients that ask until they are answered.

    python -m tests.bench.kills [COUNT] [SEED]

The database has a server of its own on a small disk of its own (tmpfs, where mounting is permitted), so that the disk
can be filled too. Kills come in cycles: a copy of one city, a list of requests with idempotency keys, some twenty kills
while they are sent; then the copy must have the fingerprint of a run in which nobody was killed: nothing lost, nothing
doubled, no break in the ledger. The last line says it as JSON.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import sql
from tests.bench.figures import Figure

if TYPE_CHECKING:
    from tests.loop.cities import City
    from tests.loop.web import Clients, Web

    from hezhi.project.postgres import Place

COUNT, SEED = 200, 2026
DAYS, REQUESTS, CYCLE = 2, 240, 20
DISK_MB = 900
SILENT_SECONDS = 2  # after which a worker counts as killed
FULL_SECONDS = 0.5
QUIET_SECONDS = 60


def measure(count: int = COUNT, seed: int = SEED) -> list[Figure]:
    """Run the kills in a process of its own, as its database is another one."""
    command = [sys.executable, "-m", "tests.bench.kills", str(count), str(seed)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    told = json.loads(done.stdout.splitlines()[-1])
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(told["kinds"].items()))
    note = f"{kinds}; seed {seed}; {told['minutes']:.1f} minutes; disk full by {told['disk']}"
    return [Figure("trust.kills_survived", told["survived"], "kills", count, note)]


def main(count: int, seed: int) -> int:
    began, survived, kinds = time.monotonic(), 0, Counter[str]()
    with _own_server() as (place, disk):
        from tests.loop.cities import admin, drop

        calm, requests, expected = _calm(Path(place.run_dir), min(REQUESTS, 12 * count))
        dice, failed = random.Random(seed), False
        deck: list[str] = []
        while survived < count and not failed:
            hunted = _copy(calm, "hezhi_kills_hunted")
            done, odd = _cycle(hunted, requests, place, dice, min(CYCLE, count - survived), disk, deck)
            found = _fingerprint(hunted)
            failed = bool(odd) or found != expected
            _say(f"{sum(done.values())} kills ({dict(done)}): {'NOT the same' if failed else 'the same'}")
            if failed:
                _say(f"answers other than the calm ones: {odd}")
                _tell_difference(expected, found)
            else:
                survived, kinds = survived + sum(done.values()), kinds + done
            admin(drop(hunted.name))
            shutil.rmtree(hunted.run_dir)
    minutes = (time.monotonic() - began) / 60
    print(json.dumps({"survived": survived, "asked": count, "kinds": kinds, "minutes": minutes, "disk": disk}))
    return int(survived < count)


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


@contextmanager
def _own_server() -> Iterator[tuple[Place, str]]:
    """Start a server whose data lie on a small disk; give its place and what the disk is ("nothing" for none)."""
    from hezhi.edge.cli import ready
    from hezhi.project import postgres

    with tempfile.TemporaryDirectory(prefix="hezhi-kills-") as folder:
        Path(folder).chmod(0o755)
        run_dir = Path(folder) / "run"
        for name in [one for one in os.environ if one.startswith(("HEZHI_", "DATABASE_"))]:
            del os.environ[name]
        os.environ |= {"HEZHI_RUN_DIR": str(run_dir), "DJANGO_SETTINGS_MODULE": "hezhi.project.settings"}
        os.environ |= {"HEZHI_POOL_SIZE": "0"}
        place = postgres.place_of(run_dir)
        disk = _mount(place.pg_dir)
        postgres.SERVER_SETTINGS["max_wal_size"] = "96MB"  # so that the small disk holds it
        try:
            postgres.server_start(place)
            ready.django_ready()
            yield place, disk
        finally:
            postgres.server_stop(place)
            if disk != "nothing":
                subprocess.run(["umount", place.pg_dir], check=True)


def _mount(folder: Path) -> str:
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=755", "hezhi-kills", folder]
    done = subprocess.run(command, capture_output=True, check=False)
    return "nothing" if done.returncode else f"a tmpfs of {DISK_MB} MB"


def _calm(folder: Path, count: int) -> tuple[City, list[dict[str, Any]], dict[str, object]]:
    """Return a city, requests for it, and the fingerprint of a run in which nobody was killed."""
    from tests.loop.cities import City, admin, drop
    from tests.loop.web import Clients, Web

    city = City.empty("hezhi_kills_calm", folder)
    for words in (("load",), ("replay", str(DAYS)), ("drain",)):
        city.run(*words)
        _say(f"calm: {words[0]}")
    requests = json.loads(city.run("plan", str(count)).splitlines()[-1])
    undisturbed = _copy(city, "hezhi_kills_undisturbed")
    with Web(undisturbed) as web:
        clients = Clients(web, requests)
        clients.start()
        clients.end()
    assert {status for status, _ in clients.answers.values()} == {200}
    expected = _fingerprint(undisturbed)
    assert expected["ledger_breaks"] == 0
    admin(drop(undisturbed.name))
    _say(f"calm: {len(requests)} requests")
    return city, requests, expected


def _copy(city: City, name: str) -> City:
    """Return a copy that stands a crash as a grown database does.

    The checkpoint: until one, a copied sequence has logged less than it has given out, and goes back in a crash.
    """
    from tests.loop.cities import admin

    other = city.copy(name)
    admin(sql.SQL("CHECKPOINT"))
    other.env |= {"HEZHI_WORKER_SILENT_SECONDS": str(SILENT_SECONDS), "HEZHI_LOG_LEVEL": "WARNING"}
    return other


def _cycle(
    city: City,
    requests: list[dict[str, Any]],
    place: Place,
    dice: random.Random,
    most: int,
    disk: str,
    deck: list[str],
) -> tuple[Counter[str], dict[str, tuple[int, str]]]:
    """Send the requests while up to ``most`` kills hit what answers them.

    Return how many of each kind hit, and the answers that are not those of a calm run.
    """
    from tests.loop.web import Clients, Web

    kinds = ["web", "worker", "database", *(["disk"] if disk != "nothing" else [])]
    done: Counter[str] = Counter()
    with Web(city) as web:
        house = _House(city, web, place)
        clients = Clients(web, requests, patient=True)
        clients.start()
        while clients.is_busy:
            if sum(done.values()) < most and _answered_one_more(clients, house):
                time.sleep(dice.uniform(0, 0.2))
                if clients.is_busy:
                    if not deck:  # each kind once before any comes again
                        deck += dice.sample(kinds, len(kinds))
                    kind = deck.pop()
                    getattr(house, f"kill_{kind}")(dice)
                    done[kind] += 1
            house.look()
            time.sleep(0.02)
        clients.end()
        house.end()
    assert len(clients.answers) == len(requests)
    return done, {key: answer for key, answer in clients.answers.items() if answer[0] != 200}


def _answered_one_more(clients: Clients, house: _House) -> bool:
    answered = len(clients.answers)
    while clients.is_busy and len(clients.answers) == answered:
        house.look()
        time.sleep(0.01)
    return clients.is_busy


class _House:
    """What the supervisor keeps alive, and the ways it may die."""

    def __init__(self, city: City, web: Web, place: Place) -> None:
        self.city, self.web, self.place = city, web, place
        self.worker = city.start("work")

    def look(self) -> None:
        """Start whatever died again."""
        from hezhi.project import postgres

        if not postgres.is_running(self.place):
            postgres.server_start(self.place)
        self.web.look()
        if self.worker.poll() is not None:
            self.worker = self.city.start("work")

    def kill_web(self, dice: random.Random) -> None:
        self.web.kill(dice)

    def kill_worker(self, _: random.Random) -> None:
        self.worker.send_signal(signal.SIGKILL)
        self.worker.wait()

    def kill_database(self, _: random.Random) -> None:
        with suppress(OSError, ValueError, IndexError):
            os.kill(int((self.place.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def kill_disk(self, dice: random.Random) -> None:
        """Fill the database's disk to the last byte for a while."""
        ballast = self.place.pg_dir / "ballast"
        with ballast.open("wb", buffering=0) as file:
            with suppress(OSError):
                os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(self.place.pg_dir).free)  # at once, most of it
            file.seek(0, os.SEEK_END)
            with suppress(OSError):
                while file.write(b"0" * 4096):
                    pass
        time.sleep(dice.uniform(FULL_SECONDS / 2, FULL_SECONDS))
        ballast.unlink()

    def end(self) -> None:
        self.worker.send_signal(signal.SIGKILL)
        self.worker.wait()


def _fingerprint(city: City) -> dict[str, object]:
    """Let waiting jobs end, those of killed workers too, and return what was done."""
    give_up = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < give_up:
        time.sleep(SILENT_SECONDS + 0.5)
        city.run("drain")
        told = city.fingerprint("timeless")
        if all(json.loads(one)[1] == "succeeded" for one in told["jobs"]):  # type: ignore[attr-defined]
            break
    return told


def _tell_difference(before: dict[str, object], after: dict[str, object]) -> None:
    from tests.loop.cities import difference

    for name in before:
        if before[name] != after[name]:
            _say(f"{name}: {json.dumps(difference(before[name], after[name]), ensure_ascii=False)[:2000]}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that server and disk are put away
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(main(*(given + [COUNT, SEED][len(given) :])))
