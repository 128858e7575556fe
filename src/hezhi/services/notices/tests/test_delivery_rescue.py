"""Rescue: a delivery never waits for a job that is not there, nor for two."""

from datetime import timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from hezhi.services.notices import api
from hezhi.services.notices.models import Address
from hezhi.services.notices.tests.factories import AT, LU, WEN, options, send

pytestmark = pytest.mark.django_db


def test_a_delivery_that_lost_its_job_gets_one():
    send(WEN, LU, channels=("sms",))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = (SELECT min(id) FROM procrastinate_jobs)")

    assert api.deliveries_rescue() == 1
    assert api.deliveries_rescue() == 0
    assert sorted(one.args["delivery_id"] for one in ProcrastinateJob.objects.all()) == sorted(
        one.id for one in api.deliveries_of(about="case:12")
    )


def test_a_failed_job_is_replaced_and_a_running_one_left_alone():
    send(WEN, channels=("mail", "sms"))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'failed' WHERE id = (SELECT min(id) FROM procrastinate_jobs)"
        )
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'")

    assert api.deliveries_rescue() == 1
    assert sorted(ProcrastinateJob.objects.values_list("status", flat=True)) == ["doing", "failed", "todo"]


def test_addresses_of_what_was_given_up_are_forgotten_after_thirty_days(settings, tmp_path):
    settings.HEZHI = options(run_dir=tmp_path, sms_url="http://127.0.0.1:9/", delivery_attempts=1)
    send(WEN, channels=("sms",))
    api.delivery_send(delivery_id=api.deliveries_of(about="case:12")[0].id, at=AT)

    assert api.addresses_purge(at=AT + timedelta(days=30)) == 0
    assert api.addresses_purge(at=AT + timedelta(days=30, seconds=1)) == 1
    assert Address.objects.count() == 0
