"""Reading: recipients see their own notices and nobody else's."""

from datetime import timedelta

import pytest

from hezhi.services.notices import api
from hezhi.services.notices.errors import CursorInvalid, NoticeNotFound
from hezhi.services.notices.tests.factories import AT, LU, WEN, send
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
READER = Actor(ref=WEN.ref, name="Wen")


def test_the_first_reading_counts():
    (notice_id,) = send(WEN)

    first = api.notice_read(notice_id=notice_id, by=READER, at=AT)
    again = api.notice_read(notice_id=notice_id, by=READER, at=AT + timedelta(days=1))

    assert first.read_at == again.read_at == AT
    assert api.unread_count(recipient=WEN.ref) == 0


def test_nobody_reads_the_notices_of_others():
    (notice_id,) = send(LU)

    with pytest.raises(NoticeNotFound):
        api.notice_read(notice_id=notice_id, by=READER, at=AT)

    assert api.unread_count(recipient=LU.ref) == 1
    assert api.notices_page(recipient=WEN.ref).rows == ()


def test_only_in_app_notices_count_as_unread():
    send(WEN, key="a")
    send(WEN, key="b", channels=("sms",))

    assert api.unread_count(recipient=WEN.ref) == 1
    assert len(api.notices_page(recipient=WEN.ref)) == 2


def test_all_are_read_at_once():
    send(WEN, key="a")
    send(WEN, LU, key="b")

    assert api.notices_read(by=READER, at=AT) == 2
    assert (api.unread_count(recipient=WEN.ref), api.unread_count(recipient=LU.ref)) == (0, 1)


def test_pages_follow_each_other_newest_first():
    ids = [send(WEN, key=str(number))[0] for number in range(5)]

    first = api.notices_page(recipient=WEN.ref, size=2)
    second = api.notices_page(recipient=WEN.ref, size=2, cursor=first.next_cursor)
    third = api.notices_page(recipient=WEN.ref, size=2, cursor=second.next_cursor)

    assert [one.id for page in (first, second, third) for one in page] == ids[::-1]
    assert third.next_cursor == ""


@pytest.mark.parametrize("cursor", ["x", "-1", "1;", "９", "9" * 40])
def test_an_invented_cursor_is_refused(cursor):
    with pytest.raises(CursorInvalid):
        api.notices_page(recipient=WEN.ref, cursor=cursor)
