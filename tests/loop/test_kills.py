"""Processes are killed fifty times; afterwards nothing is lost and nothing is there twice."""

from __future__ import annotations

import json
import random
import signal
import time
from collections.abc import Iterator

import pytest
from tests.loop.cities import City, admin, difference, drop
from tests.loop.web import Clients, Web

ROUNDS, WEB_KILLS = 10, 5  # the bench kills 200 times; each round kills one acting process and one worker
DAYS, REQUESTS = 3, 120
pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: object) -> Iterator[City]:
    """The demo city before its first day."""
    city = City.empty("hezhi_kill_empty", tmp_path_factory.mktemp("kills"))
    city.run("load")
    yield city
    admin(drop(city.name))


@pytest.fixture(scope="module")
def calm(empty: City) -> Iterator[City]:
    """The demo city after some days in which nobody was killed."""
    city = empty.copy("hezhi_kill_calm")
    city.run("replay", str(DAYS))
    city.run("drain")
    yield city
    admin(drop(city.name))


def same(before: dict[str, object], after: dict[str, object]) -> None:
    differing = {name: difference(before[name], after[name]) for name in before if before[name] != after[name]}
    assert differing == {}, json.dumps(differing, ensure_ascii=False, indent=1)[:4000]
    assert before["ledger_breaks"] == 0
    assert before["sink"] == before["deliveries"]['["sms", "sent"]'] > 0  # type: ignore[index]


def test_twenty_kills_during_a_replay_lose_nothing_and_double_nothing(empty: City, calm: City) -> None:
    hunted = empty.copy("hezhi_kill_hunted")
    dice, interrupted = random.Random(2026), 0

    for _ in range(ROUNDS):
        acting, working = hunted.start("replay", str(DAYS)), hunted.start("work")
        acting.stdout.readline()  # type: ignore[union-attr]
        working.stdout.readline()  # type: ignore[union-attr]
        for process in dice.sample([acting, working], 2):
            time.sleep(dice.uniform(0.05, 0.8))
            interrupted += process is acting and process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
    hunted.run("replay", str(DAYS))
    hunted.run("drain")

    assert interrupted >= ROUNDS // 2, "the replay was over before enough kills had hit it"
    same(calm.fingerprint(), hunted.fingerprint())
    admin(drop(hunted.name))


def test_five_kills_of_the_web_process_lose_no_act_of_a_client_and_double_none(calm: City) -> None:
    asked = calm.copy("hezhi_kill_asked")
    requests = json.loads(asked.run("plan", str(REQUESTS)).splitlines()[-1])
    hunted = asked.copy("hezhi_kill_web")
    dice, kills = random.Random(2026), 0
    with Web(asked) as web:
        undisturbed = Clients(web, requests)
        undisturbed.start()
        undisturbed.end()

    working = hunted.start("work")
    with Web(hunted) as web:
        clients = Clients(web, requests)
        clients.start()
        while kills < WEB_KILLS and clients.is_busy:
            answered = len(clients.answers)
            while clients.is_busy and len(clients.answers) == answered:
                web.look()
                time.sleep(0.01)
            time.sleep(dice.uniform(0, 0.25))
            kills += clients.is_busy
            web.kill(dice)
        while clients.is_busy:
            web.look()
            time.sleep(0.05)
        clients.end()
    working.send_signal(signal.SIGKILL)
    working.wait()

    assert kills == WEB_KILLS, f"the clients were done after {kills} kills"
    assert clients.tries > len(requests), "nothing was ever sent again"
    statuses = [{key: status for key, (status, _) in one.answers.items()} for one in (undisturbed, clients)]
    assert statuses[1] == statuses[0] == dict.fromkeys(statuses[0], 200)
    for city in (asked, hunted):
        city.run("drain")
    same(asked.fingerprint("timeless"), hunted.fingerprint("timeless"))
    admin(drop(asked.name), drop(hunted.name))
