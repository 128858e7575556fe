"""Over a real broker nothing is lost and nothing doubled, whoever is killed, stopped or away."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from scripts.broker import broker_found
from tests.devices import village
from tests.devices.broker import Broker
from tests.loop.cities import City, admin, drop

from hezhi.edge.cli.serve import children_of
from hezhi.project.options import options_read

DEVICES, EACH, KILLS = 6, 50, 8
SERIAL = count()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        broker_found() is None or shutil.which("mosquitto_passwd") is None,
        reason="no Mosquitto on this machine; as root: apt-get install mosquitto",
    ),
]


def _run(city: City, *words: str) -> str:
    command = [sys.executable, "-m", "tests.devices.village", *words]
    done = subprocess.run(command, env=city.env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Line:
    """A village with devices, a broker, and a listener that can be started, stopped and killed."""

    def __init__(self, city: City, broker: Broker, keys: dict[str, str]) -> None:
        self.city, self.broker, self.log = city, broker, broker.folder / "listener.log"
        self.listener: subprocess.Popen[bytes] | None = None
        self.keys = keys

    def tell(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(_run(self.city, "tell").splitlines()[-1])
        return told

    def listen(self, url: str = "", *, wait: bool = True, **more: str) -> None:
        """Start a listener; wait until it has its session at the broker."""
        command = [sys.executable, "-m", "hezhi.edge.cli", "devices", "listen"]
        environment = self.city.env | {"HEZHI_MQTT_URL": url or self.broker.url} | more
        with self.log.open("wb") as log:
            self.listener = subprocess.Popen(command, env=environment, stderr=log)
        deadline = time.monotonic() + 60
        while wait and "listening to" not in self.log.read_text():
            assert self.listener.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def end(self, number: signal.Signals) -> int:
        assert self.listener is not None
        self.listener.send_signal(number)
        code = self.listener.wait(30)
        self.listener = None
        return code

    def payload(self, code: str, number: int, at: datetime | None = None) -> bytes:
        said = {"id": number, "at": (at or datetime.now(UTC)).isoformat(), "value": number, "unit": "ppm"}
        body = json.dumps(said).encode()
        sign = hmac.new(bytes.fromhex(self.keys[code]), body, hashlib.sha256).hexdigest()
        return sign.encode() + b"\n" + body

    def until(self, wanted: int, seconds: float = 180) -> dict[str, Any]:
        """Wait until so many records are there, and return what is there."""
        deadline = time.monotonic() + seconds
        while len((told := self.tell())["records"]) < wanted:
            why = f"{len(told['records'])} of {wanted} records after {seconds} s: {self.log.read_text()[-2000:]}"
            assert time.monotonic() < deadline, why
            time.sleep(0.5)
        return told


@pytest.fixture(scope="module")
def prepared(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: object
) -> Iterator[tuple[City, dict[str, str]]]:
    """The village with its devices, to be copied for each test, and the keys of the devices."""
    folder = tmp_path_factory.mktemp("devices")
    city = City.empty("hezhi_devices", folder)
    city.env |= {"HEZHI_PACKS_DIR": str(village.packs_make(folder))}
    keys = json.loads(_run(city, "load", str(DEVICES)).splitlines()[-1])
    yield city, keys
    admin(drop(city.name))


@pytest.fixture
def line(prepared: tuple[City, dict[str, str]], tmp_path: Path) -> Iterator[Line]:
    village_city, keys = prepared
    city = village_city.copy(f"hezhi_devices_{next(SERIAL)}")
    city.env |= {"HEZHI_PACKS_DIR": village_city.env["HEZHI_PACKS_DIR"]}
    with Broker(tmp_path) as broker:
        made = Line(city, broker, keys)
        yield made
        if made.listener is not None:
            made.end(signal.SIGKILL)
    admin(drop(city.name))


def wanted(numbers: range) -> list[str]:
    return sorted(f"smoke-{device}:{number}" for device in range(DEVICES) for number in numbers)


def publish(line: Line, code: str, payloads: list[bytes], pause: Callable[[], float]) -> None:
    """Speak as one device does: each message until the broker has acknowledged it."""
    acknowledged: set[int] = set()
    client = line.broker.client(f"device-{code}")
    client.on_publish = lambda _client, _data, mid, _reason, _more: acknowledged.add(mid)
    for one in payloads:
        told = client.publish(f"hezhi/devices/{code}/message", one, qos=1)
        deadline = time.monotonic() + 60
        while told.mid not in acknowledged:
            assert time.monotonic() < deadline, f"the broker never acknowledged a message of {code}"
            time.sleep(0.01)
        time.sleep(pause())
    client.loop_stop()
    client.disconnect()


def test_kills_of_the_listener_and_restarts_of_the_broker_lose_nothing_and_double_nothing(line: Line) -> None:
    dice = random.Random(2026)
    line.listen()
    line.end(signal.SIGTERM)  # from its first session on, the broker keeps what is said
    pool, speakers = ThreadPoolExecutor(DEVICES), []
    for code in line.keys:
        payloads = [line.payload(code, number) for number in range(EACH)]
        payloads += dice.sample(payloads, EACH // 4)  # a device that is not sure sends again
        dice.shuffle(payloads)
        speakers.append(pool.submit(publish, line, code, payloads, lambda: dice.uniform(0.1, 0.9)))

    kills = alive = 0
    while kills < KILLS:
        line.listen()
        assert line.listener is not None
        time.sleep(dice.uniform(0.0, 1.5))
        alive += line.listener.poll() is None
        line.end(signal.SIGKILL)
        kills += 1
        if kills in (3, 6):
            line.broker.stop()
            time.sleep(1.5)
            line.broker.start()
    line.listen()
    for speaker in speakers:
        speaker.result(120)
    told = line.until(DEVICES * EACH)
    time.sleep(2)
    after = line.tell()

    assert (kills, alive) == (KILLS, KILLS)
    assert told["records"] == after["records"] == after["messages"] == wanted(range(EACH))
    assert (after["unlinked"], after["quarantined"], after["ledger_breaks"]) == (0, [], 0)
    assert (after["alerts"], after["alert_items"]) == (DEVICES, DEVICES * EACH)
    assert line.end(signal.SIGTERM) == 0


def test_what_is_said_while_nobody_listens_is_kept_and_taken_later(line: Line) -> None:
    line.listen()
    for code in line.keys:
        publish(line, code, [line.payload(code, 0)], lambda: 0)
    line.until(DEVICES)
    line.end(signal.SIGTERM)

    [code, *_] = line.keys
    again = line.payload(code, 1)  # a thousand copies, which alone would fill the queue of a broker as it comes
    publish(line, code, [again] * 1_001 + [line.payload(code, number) for number in range(2, 52)], lambda: 0)
    assert len(line.tell()["records"]) == DEVICES
    line.broker.stop()
    line.broker.start()
    line.listen()

    told = line.until(DEVICES + 51)
    assert sorted(told["records"]) == sorted([*wanted(range(1)), *(f"{code}:{number}" for number in range(1, 52))])
    assert (told["unlinked"], told["quarantined"], told["ledger_breaks"]) == (0, [], 0)


def test_a_bad_message_between_good_ones_holds_nothing_up(line: Line) -> None:
    line.listen()
    [code, *_] = line.keys
    good = line.payload(code, 1), line.payload(code, 2)

    publish(line, code, [good[0], b"", b"\xff" * 90, b"0" * 64 + b"\n{}", good[0][:-1] + b" ", good[1]], lambda: 0)

    told = line.until(2)
    assert told["records"] == [f"{code}:1", f"{code}:2"]
    assert told["quarantined"] == ["sign"]  # four of them, in one row: none proved who it was


def test_over_tls_only_the_right_authority_is_trusted(line: Line, tmp_path: Path) -> None:
    [code, *_] = line.keys
    line.listen(line.broker.tls_url, wait=False)
    deadline = time.monotonic() + 30
    while "cannot be reached" not in line.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "SSLCertVerificationError" in line.log.read_text()
    publish(line, code, [line.payload(code, 1)], lambda: 0)
    assert line.listener is not None and line.listener.poll() is None
    assert line.tell()["records"] == []
    line.end(signal.SIGTERM)

    line.listen(line.broker.tls_url, HEZHI_MQTT_CA=str(line.broker.ca))
    publish(line, code, [line.payload(code, 2)], lambda: 0)

    assert line.until(1)["records"] == [f"{code}:2"]  # the one before was said to nobody: there was no session yet


def test_a_wrong_password_ends_the_listener_with_a_reason(line: Line) -> None:
    line.listen(f"mqtt://field:wrong@127.0.0.1:{line.broker.port}", wait=False)
    assert line.listener is not None

    assert line.listener.wait(30) == 1

    line.listener = None


def test_the_listener_is_started_only_where_there_is_a_broker() -> None:
    def names(url: str) -> list[str]:
        return [one.name for one in children_of(replace(options_read({}), mqtt_url=url))]

    assert names("") == ["web", "worker"]
    assert names("mqtts://broker.example.org") == ["web", "worker", "devices"]
