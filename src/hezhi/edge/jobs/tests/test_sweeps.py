"""The table of periodic jobs: each one runs, in an empty house too, and is registered with its rhythm."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from croniter import croniter
from procrastinate.contrib.django import app

from hezhi.edge.jobs.jobs import SWEEPS, Sweep

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("sweep", SWEEPS, ids=lambda sweep: sweep.name)
def test_a_sweep_finds_nothing_to_do_in_an_empty_house(sweep: Sweep):
    assert sweep.run(AT) in (0, None)


@pytest.mark.parametrize("sweep", SWEEPS, ids=lambda sweep: sweep.name)
def test_a_sweep_is_registered_with_its_rhythm_and_never_runs_twice_at_once(sweep: Sweep):
    registered = app.periodic_registry.periodic_tasks[(f"sweep:{sweep.name}", "")]

    assert croniter.is_valid(sweep.cron)
    assert (registered.cron, registered.task.lock, registered.task.priority) == (
        sweep.cron, f"sweep:{sweep.name}", sweep.priority,
    )  # fmt: skip


def test_what_people_wait_for_goes_before_housekeeping():
    names = [one.name for one in sorted(SWEEPS, key=lambda one: -one.priority)]

    assert names[:3] == ["cases", "tasks", "alerts"]
