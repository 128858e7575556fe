"""A served city goes on where it stood, whatever day it is outside."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, override_settings

from hezhi.edge.cli import ready
from hezhi.edge.demo.city import city_read
from hezhi.edge.demo.closing import stands_at
from hezhi.edge.now import now
from hezhi.kit.moments import day_ends_at
from hezhi.project.options import ROOT
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("tests")


def told(chain: str, at: datetime) -> None:
    ledger.line_append(chain=chain, act="case.open", by=HOUSE, at=at, body={})


def test_a_city_that_was_only_replayed_goes_on_at_the_end_of_its_last_day() -> None:
    city = city_read(ROOT / "city")
    end = day_ends_at(city.last_day)
    told("case:1", end - timedelta(hours=3))
    told("calendar", end + timedelta(days=90))

    assert stands_at(city) == end


def test_a_city_that_was_served_goes_on_after_its_newest_act() -> None:
    city = city_read(ROOT / "city")
    newest = day_ends_at(city.last_day) + timedelta(hours=5)
    told("case:1", newest - timedelta(hours=1))
    told("alert:1", newest)

    assert stands_at(city) == newest


def test_pages_tell_the_city_s_time_in_the_demo_and_only_there(client: Client) -> None:
    offset = int((datetime(2026, 8, 2, 1, tzinfo=UTC) - datetime.now(UTC)).total_seconds())

    with override_settings(HEZHI=settings.HEZHI.__class__(clock_offset_seconds=offset)):
        assert abs(now() - datetime(2026, 8, 2, 1, tzinfo=UTC)) < timedelta(seconds=60)
        assert "演示城市 2026-08-02 09:0" in client.get("/").content.decode()
    assert "演示城市" not in client.get("/").content.decode()


def test_a_command_beside_a_served_city_takes_the_city_s_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "options", lambda: settings.HEZHI.__class__(run_dir=tmp_path))
    monkeypatch.setenv(ready.CLOCK, "0")  # so that it is put back after the test
    ready.city_clock_keep(-86_400)
    monkeypatch.delenv(ready.CLOCK)

    ready.django_ready()

    assert os.environ[ready.CLOCK] == "-86400"


def test_a_command_in_a_run_folder_without_a_city_keeps_the_machine_s_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready, "options", lambda: settings.HEZHI.__class__(run_dir=tmp_path))
    monkeypatch.delenv(ready.CLOCK, raising=False)

    ready.django_ready()

    assert ready.CLOCK not in os.environ
