"""A job is told ids and moments only: what its queue keeps is neither sealed nor guarded."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from hezhi.edge.now import now
from hezhi.edge.web.tests.office import Office, office  # noqa: F401
from hezhi.flow.cases import api as cases
from hezhi.services.documents import api as documents
from hezhi.services.documents.tests.factories import order_data

IDS = re.compile(r"[a-z_]+_id|timestamp")
LOCK = re.compile(r"[a-z_]+:(\d+|[a-z_]+)")  # whose job it is, or the name of a sweep


def own_tasks() -> dict[str, Any]:
    app.perform_import_paths()
    return {name: task for name, task in app.tasks.items() if not name.startswith(("builtin:", "procrastinate."))}


def told(task: Any) -> dict[str, Any]:
    given = inspect.signature(task.func, eval_str=True).parameters
    return {name: one.annotation for name, one in given.items() if not (task.pass_context and name == "context")}


def test_every_job_of_the_house_takes_ids_and_moments_only() -> None:
    tasks = own_tasks()

    assert {"notices.deliver", "documents.make", "sweep:seal", "sweep:jobs"} <= set(tasks)
    found = {
        (name, argument)
        for name, task in tasks.items()
        for argument, kind in told(task).items()
        if kind is not int or not IDS.fullmatch(argument)
    }
    assert found == set()


@pytest.mark.django_db
def test_the_queue_of_a_town_at_work_holds_numbers_and_names_of_work(office: Office) -> None:  # noqa: F811
    case = office.opened("k1")
    cases.case_accept(case_id=case.id, by=office.actor("housing_bureau"), at=now())
    documents.document_order(
        template="dispatch_order", data=order_data(), about=f"case:{case.id}", by=office.actor("coordinator"),
        at=now(), key="k",
    )  # fmt: skip

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT task_name, args, coalesce(lock, ''), coalesce(queueing_lock, '') FROM procrastinate_jobs"
        )
        jobs = cursor.fetchall()

    assert {name for name, *_ in jobs} >= {"documents.make", "notices.deliver"}
    for name, args, *locks in jobs:
        assert all(type(value) is int for value in json.loads(args).values()), name
        assert all(LOCK.fullmatch(one) for one in locks if one), locks
