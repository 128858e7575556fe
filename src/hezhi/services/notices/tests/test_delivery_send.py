"""Delivering: handed over once, tried again, given up; whatever happens in between."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from procrastinate.jobs import Job

from hezhi.kit.backoff import wait_seconds
from hezhi.services.notices import api, jobs, senders
from hezhi.services.notices.contracts import DeliveryState
from hezhi.services.notices.errors import DeliveryFailed, DeliveryNotGivenUp
from hezhi.services.notices.models import Address
from hezhi.services.notices.tests.factories import AT, HOUSE, LU, WEN, gateway, options, post_office, send, sunk
from hezhi.spine.vault import api as vault

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sink(settings, tmp_path):
    settings.HEZHI = options(run_dir=tmp_path)


def queued(channel="sms", *recipients) -> int:
    send(*(recipients or (WEN,)), channels=(channel,))
    return api.deliveries_of(about="case:12")[0].id


def row(delivery_id):
    return next(one for one in api.deliveries_of(about="case:12") if one.id == delivery_id)


def test_a_message_lands_in_the_sink_and_its_address_is_forgotten():
    delivery_id = queued()

    sent = api.delivery_send(delivery_id=delivery_id, at=AT)

    assert (sent.state, sent.attempts, sent.sent_at, sent.address) == (DeliveryState.SENT, 1, AT, "138****0123")
    assert [(one["to"], one["text"]) for one in sunk()] == [("13800000123", "您的事项已受理。\n请留意后续通知。")]
    assert Address.objects.count() == 0


def test_a_message_about_what_was_erased_meanwhile_is_given_up():
    delivery_id = queued()
    vault.keys_destroy(subjects=["case:12"])

    given_up = api.delivery_send(delivery_id=delivery_id, at=AT)

    assert (given_up.state, given_up.error, sunk()) == (DeliveryState.GIVEN_UP, "no address", [])


def test_a_sent_message_is_not_sent_again():
    delivery_id = queued()
    api.delivery_send(delivery_id=delivery_id, at=AT)
    (file,) = sunk()

    again = api.delivery_send(delivery_id=delivery_id, at=AT + timedelta(hours=1))

    assert (again.attempts, again.sent_at) == (1, AT)
    assert sunk() == [file]


def test_a_worker_killed_after_handing_over_doubles_nothing(monkeypatch):
    delivery_id = queued()
    handed_over = senders.Sink.send

    class Killed(BaseException):
        pass

    def send_then_die(self, message):
        handed_over(self, message)
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(senders.Sink, "send", send_then_die)
        with pytest.raises(Killed):
            api.delivery_send(delivery_id=delivery_id, at=AT)
    assert (row(delivery_id).state, len(sunk())) == (DeliveryState.QUEUED, 1)

    api.delivery_send(delivery_id=delivery_id, at=AT)

    assert (row(delivery_id).state, len(sunk())) == (DeliveryState.SENT, 1)


def test_the_text_goes_out_in_the_recipients_language():
    api.delivery_send(delivery_id=queued("mail", LU), at=AT)

    assert [(one["subject"], one["text"]) for one in sunk()] == [
        ("Your matter was accepted.", "Your matter was accepted.\nMore will follow.")
    ]


def test_a_gateway_gets_number_text_and_an_idempotency_key(settings):
    delivery_id = queued()
    with gateway(200) as (url, got):
        settings.HEZHI = options(sms_url=url, sms_token="secret")
        sent = api.delivery_send(delivery_id=delivery_id, at=AT)

    assert sent.state is DeliveryState.SENT
    assert [(one["to"], one["id"]) for one in got] == [("13800000123", sent.token)]
    assert got[0]["headers"]["Idempotency-Key"] == sent.token
    assert got[0]["headers"]["Authorization"] == "Bearer secret"


def test_a_busy_gateway_is_asked_again_with_the_same_key(settings):
    delivery_id = queued()
    with gateway(503, 429, 200) as (url, got):
        settings.HEZHI = options(sms_url=url)
        for _ in range(2):
            with pytest.raises(DeliveryFailed):
                api.delivery_send(delivery_id=delivery_id, at=AT)
        failed = row(delivery_id)
        sent = api.delivery_send(delivery_id=delivery_id, at=AT)

    assert (failed.state, failed.attempts, failed.error) == (DeliveryState.FAILED, 2, "429 about 138****0123")
    assert (sent.state, sent.attempts, sent.error) == (DeliveryState.SENT, 3, "")
    assert len({one["id"] for one in got}) == 1


def test_a_final_no_is_not_asked_again(settings):
    delivery_id = queued()
    with gateway(422) as (url, _):
        settings.HEZHI = options(sms_url=url)
        given_up = api.delivery_send(delivery_id=delivery_id, at=AT)

    assert (given_up.state, given_up.error) == (DeliveryState.GIVEN_UP, "422 about 138****0123")


def test_a_delivery_is_given_up_after_the_set_number_of_tries(settings):
    delivery_id = queued()
    settings.HEZHI = options(sms_url="http://127.0.0.1:9/", delivery_attempts=2)
    with pytest.raises(DeliveryFailed):
        api.delivery_send(delivery_id=delivery_id, at=AT)

    given_up = api.delivery_send(delivery_id=delivery_id, at=AT)

    assert (given_up.state, given_up.attempts) == (DeliveryState.GIVEN_UP, 2)
    assert given_up.error == "the gateway cannot be reached: ConnectError"


def test_a_mail_server_gets_a_letter_with_a_message_id_of_its_own(settings):
    delivery_id = queued("mail")
    with post_office() as (url, letters):
        settings.HEZHI = options(smtp_url=url, mail_from="和治 <hezhi@example.org>")
        sent = api.delivery_send(delivery_id=delivery_id, at=AT)

    assert sent.state is DeliveryState.SENT
    assert f"Message-ID: <{sent.token}@example.org>" in letters[0]
    assert "To: wen@example.org" in letters[0]


@pytest.mark.parametrize(
    ("answer", "state"),
    [("550 no such user", DeliveryState.GIVEN_UP), ("451 later", DeliveryState.FAILED)],
)
def test_a_mail_server_that_refuses_is_believed(settings, answer, state):
    delivery_id = queued("mail")
    with post_office(refuse=f"{answer} <wen@example.org>") as (url, _), tolerant():
        settings.HEZHI = options(smtp_url=url)
        api.delivery_send(delivery_id=delivery_id, at=AT)

    assert (row(delivery_id).state, row(delivery_id).error) == (state, f"{answer} <w***@example.org>")


@contextmanager
def tolerant():
    try:
        yield
    except DeliveryFailed:
        return


def test_waits_double_with_each_try():
    strategy = jobs.TryAgain()
    job = Job(id=1, queue="notices", lock=None, queueing_lock=None, task_name=jobs.DELIVER)
    waits = [wait_seconds(tries, first=jobs.FIRST_WAIT_SECONDS) for tries in (1, 2, 3, 9, 12)]

    decision = strategy.get_retry_decision(exception=DeliveryFailed(attempts=3), job=job)

    assert waits == [10, 20, 40, 2560, 3600]
    assert decision.retry_at is not None


def test_a_person_can_have_a_given_up_delivery_tried_again(settings):
    delivery_id = queued()
    settings.HEZHI = options(sms_url="http://127.0.0.1:9/", delivery_attempts=1)
    api.delivery_send(delivery_id=delivery_id, at=AT)
    settings.HEZHI = options(sms_url="")

    again = api.delivery_retry(delivery_id=delivery_id, by=HOUSE, at=AT)
    sent = api.delivery_send(delivery_id=delivery_id, at=AT)

    assert (again.state, sent.state) == (DeliveryState.QUEUED, DeliveryState.SENT)
    with pytest.raises(DeliveryNotGivenUp):
        api.delivery_retry(delivery_id=delivery_id, by=HOUSE, at=AT)
