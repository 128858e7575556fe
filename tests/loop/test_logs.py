"""A matter goes round the loop through pages and worker, and no log of web, worker or database names anybody of it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from hezhi.edge.cli import ready
from hezhi.edge.jobs.worker import worker_run
from hezhi.edge.now import now
from hezhi.edge.stories.play import story_play
from hezhi.edge.web.tests import test_journey as journey
from hezhi.edge.web.tests.office import office_make
from hezhi.flow.intake import api as intake
from hezhi.packkit import api as packkit
from hezhi.project.logs import JsonFormatter
from hezhi.services.notices.tests.factories import gateway, options

pytestmark = pytest.mark.django_db(transaction=True)
PHONE, NAME, IDENTITY, SPOT = "13900000102", "欧阳修竹", "33010219850505123X", "和畅苑3幢南侧"
SAID = ("业主每周使用", "已请业主挪车", "已协助联系业主", "在店门口", "小区由住建牵头", "很快", "白色轿车")
PLAIN = re.compile(r"^[a-z0-9_.:@-]{0,30}$|^\d{4}-\d\d-\d\d")  # codes, ids and moments name nobody


@pytest.fixture
def said() -> Iterator[StringIO]:
    """Everything that any logger of this process says, however talkative it was set."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    root, names = logging.getLogger(), ("procrastinate", "hezhi", "django", "psycopg.pool", "httpx")
    before = {name: logging.getLogger(name).level for name in names}
    root.addHandler(handler)
    level = root.level
    for name in ("", *names):
        logging.getLogger(name).setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)
    for name, one in before.items():
        logging.getLogger(name).setLevel(one)


def texts(value: Any) -> Iterator[str]:
    """Yield whatever somebody wrote or is called in a step of a story."""
    if isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif re.fullmatch(r"1[3-9]\d{9}|\d{17}[\dX]", str(value)) or (len(str(value)) >= 4 and not PLAIN.match(str(value))):
        yield str(value)


def worked_off() -> None:
    """Run the jobs that are due, in a thread of their own: tests in a browser leave a loop running in this one."""

    def work() -> None:
        worker_run(concurrency=1, wait=False)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


def test_a_matter_goes_round_and_no_log_names_anybody(said: StringIO, settings: Any, tmp_path: Any) -> None:
    database_log = ready.place().log
    began = database_log.stat().st_size if not settings.HEZHI.database_url else 0
    town = office_make()

    with gateway(422) as (address, got):
        settings.HEZHI = options(run_dir=tmp_path, sms_url=address, sms_token="t")
        journey.test_a_matter_goes_round_the_loop_by_plain_forms(town, Client())
        duty, lead = town.client("duty_officer"), town.client("housing_bureau")
        for page, text in (("web:alerts", SPOT), ("web:cases", PHONE)):
            assert lead.get(reverse(page), {"text": text}).status_code in {200, 403}
        Client().get(reverse("web:track"), {"number": IDENTITY, "code": PHONE})
        worked_off()
    assert {one["to"] for one in got} == {PHONE}  # the gateway refused it, with the number in its answer

    with pytest.MonkeyPatch.context() as patch:  # a page that breaks with somebody's words in its error
        patch.setattr(intake, "record_page", broken)
        duty.raise_request_exception = False
        assert duty.get(reverse("web:intake"), {"text": NAME}).status_code == 500
    with pytest.raises(Exception, match="invalid input syntax"), connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", [NAME])

    logs = said.getvalue() + database_log.read_bytes()[began:].decode()
    assert '"route": "web:case_act"' in logs
    assert "builtins.ValueError" in logs
    assert "notices.deliver" in logs
    assert [one for one in (PHONE, NAME, IDENTITY, SPOT, *SAID) if one in logs] == []


def test_no_story_of_any_pack_leaves_a_word_of_it_in_a_log(said: StringIO) -> None:
    words: set[str] = set()
    for pack in packkit.shelf().packs():
        for story in pack.stories:
            assert story_play(pack, story) == []
            words |= {one for step in story.steps for one in texts(step.given)}

    logging.getLogger("hezhi").info("the last story was told")
    assert len(words) > 50
    assert "the last story was told" in said.getvalue()
    assert [one for one in words if one in said.getvalue()] == []


def broken(**_: Any) -> None:
    raise ValueError(f"{NAME} {PHONE} at {now()}")
