"""Kill tests: a worker killed at random moments loses nothing and doubles nothing."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from hezhi.services.notices.contracts import Recipient
from hezhi.services.notices.models import Delivery
from hezhi.services.notices.tests.factories import gateway, send

PEOPLE = 80
KILLS = 4
pytestmark = [pytest.mark.slow]


def sent_count() -> int:
    return Delivery.objects.filter(state="sent").count()


def wait_for(done, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if done():
            return True
        time.sleep(0.02)
    return False


def test_a_worker_killed_again_and_again_delivers_every_message_once(worker, tmp_path):
    dice = random.Random(2026)
    people = [Recipient(ref=f"person:{n}", mail=f"p{n}@example.org", phone=f"138{n:08}") for n in range(PEOPLE)]
    send(*people, channels=("mail", "sms"))

    with gateway() as (url, got):
        for _ in range(KILLS):
            before = sent_count()
            process = worker(HEZHI_SMS_URL=url)
            assert wait_for(lambda start=before: sent_count() > start, 30)
            time.sleep(dice.uniform(0, 0.25))
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert sent_count() < 2 * PEOPLE, "the kills came too late to prove anything"
        worker(HEZHI_SMS_URL=url)
        assert wait_for(lambda: sent_count() == 2 * PEOPLE, 60)

    keys = Counter(one["id"] for one in got)
    files = sorted(one.name for one in (tmp_path / "sink").glob("mail-*.json"))
    assert sorted(keys) == sorted(Delivery.objects.filter(channel="sms").values_list("token", flat=True))
    assert files == sorted(
        f"mail-{t}.json" for t in Delivery.objects.filter(channel="mail").values_list("token", flat=True)
    )
    assert sum(keys.values()) - PEOPLE <= 2 * KILLS, "only what was under way at a kill may be handed over again"
    assert wait_for(lambda: not unfinished(), 15)


def unfinished() -> list[tuple[str, str]]:
    left = ProcrastinateJob.objects.filter(task_name="notices.deliver").exclude(status="succeeded")
    return list(left.values_list("task_name", "status"))


def test_a_worker_that_is_told_to_stop_finishes_what_it_does(worker):
    send(Recipient(ref="person:1", phone="13800000001"), channels=("sms",))
    process = worker()
    assert wait_for(lambda: sent_count() == 1, 30)

    process.terminate()

    assert process.wait(timeout=15) == 0
