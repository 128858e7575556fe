"""Sending: who is told, once, and what leaves nothing behind."""

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from hezhi.services.notices import api
from hezhi.services.notices.contracts import Channel, DeliveryState, Recipient
from hezhi.services.notices.models import Address, Notice
from hezhi.services.notices.tests.factories import AT, HOUSE, LU, TEXT, WEN, send
from hezhi.spine.vault import api as vault
from hezhi.spine.vault.errors import SubjectErased

pytestmark = pytest.mark.django_db


def test_everyone_is_told_once_per_key():
    first = send(WEN, LU)
    again = send(WEN, LU)
    later = send(WEN, Recipient(ref="person:3"))

    assert (len(first), again, len(later)) == (2, (), 1)
    assert Notice.objects.count() == 3


def test_a_ref_that_stands_twice_counts_once_the_first_one():
    send(WEN, Recipient(ref=WEN.ref, phone="13900000000"), channels=("sms",))

    assert [one.address for one in api.deliveries_of(about="case:12")] == ["138****0123"]


def test_in_app_is_there_at_once_and_needs_no_job():
    send(WEN)

    page = api.notices_page(recipient=WEN.ref)
    assert [one.words for one in page] == [TEXT]
    assert [(one.channel, one.state, one.sent_at) for one in api.deliveries_of(about="case:12")] == [
        (Channel.IN_APP, DeliveryState.SENT, AT)
    ]
    assert ProcrastinateJob.objects.count() == 0


def test_mail_and_text_messages_wait_for_one_job_each():
    send(WEN, channels=("in_app", "mail", "sms"))

    rows = api.deliveries_of(about="case:12")
    queued = [one for one in rows if one.state is DeliveryState.QUEUED]
    assert [(one.channel, one.address, one.attempts) for one in queued] == [
        (Channel.MAIL, "w***@example.org", 0),
        (Channel.SMS, "138****0123", 0),
    ]
    jobs = ProcrastinateJob.objects.order_by("id")
    assert [(one.task_name, one.status, one.args) for one in jobs] == [
        ("notices.deliver", "todo", {"delivery_id": one.id}) for one in queued
    ]
    assert len({one.token for one in rows}) == 3


@pytest.mark.parametrize(
    ("recipient", "reason"),
    [
        (Recipient(ref="citizen:1"), "no address"),
        (Recipient(ref="citizen:1", phone="call my neighbour"), "not a phone number"),
        (Recipient(ref="citizen:1", phone="138\r\nTo: 110"), "not a phone number"),
    ],
)
def test_who_cannot_be_reached_is_given_up_with_the_reason(recipient, reason):
    send(recipient, channels=("sms",))

    assert [(one.state, one.error) for one in api.deliveries_of(about="case:12")] == [(DeliveryState.GIVEN_UP, reason)]
    assert (ProcrastinateJob.objects.count(), Address.objects.count()) == (0, 0)


def test_a_mail_address_cannot_carry_a_second_one():
    send(Recipient(ref="citizen:1", mail="a@example.org\nBcc: b@example.org"), channels=("mail",))

    assert [one.error for one in api.deliveries_of(about="case:12")] == ["not a mail address"]


def test_addresses_stand_apart_and_lists_show_them_masked():
    send(WEN, channels=("sms",))

    (row,) = api.deliveries_page(state=DeliveryState.QUEUED)
    assert row.address == "138****0123"
    assert Address.objects.count() == 1


def test_a_waiting_address_is_readable_in_no_table():
    send(WEN, channels=("sms",))

    with connection.cursor() as cursor:
        for table in ("notices_address", "notices_delivery", "notices_notice", "procrastinate_jobs"):
            cursor.execute(f"SELECT string_agg(t::text, '') FROM {table} t")
            (kept,) = cursor.fetchone()
            assert kept and "13800000123" not in kept


def test_nothing_leaves_the_house_about_what_was_erased():
    vault.keys_destroy(subjects=["case:12"])

    with pytest.raises(SubjectErased), transaction.atomic():
        send(WEN, channels=("sms",))

    assert (Notice.objects.count(), Address.objects.count(), ProcrastinateJob.objects.count()) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_act_leaves_no_notice_no_delivery_and_no_job():
    class Change(Exception):
        pass

    with pytest.raises(Change), transaction.atomic():
        send(WEN, channels=("in_app", "mail", "sms"))
        assert ProcrastinateJob.objects.count() == 2
        raise Change

    assert Notice.objects.count() == 0
    assert ProcrastinateJob.objects.count() == 0


def test_nobody_to_tell_is_no_mistake():
    told = api.notice_send(
        recipients=(), words=TEXT, about="case:1", act="case.accept", channels=("in_app",), by=HOUSE, at=AT, key="k"
    )

    assert (told, Notice.objects.count()) == ((), 0)


def test_an_in_app_notice_costs_two_statements(django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(2):
        send(WEN, LU)
