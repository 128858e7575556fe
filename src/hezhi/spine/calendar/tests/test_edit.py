"""An edit changes the days it names, is written to the ledger, and is told to whoever keeps due dates."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from hezhi.spine.calendar import api, models
from hezhi.spine.calendar.contracts import CalendarChanged
from hezhi.spine.calendar.errors import CalendarEditInvalid, CalendarEnds, CalendarUnchanged, YearAlreadyKnown
from hezhi.spine.ledger.api import lines_of
from hezhi.spine.permissions.contracts import Actor, Grant, Right, Scope, ScopeKind
from hezhi.spine.permissions.errors import NotAllowed

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
OPERATOR = Actor("person:3", "Operator", grants=frozenset({Grant(Right.CALENDAR_EDIT, Scope(ScopeKind.EVERYWHERE))}))
LOCAL = Actor("person:4", "Local", grants=frozenset({Grant(Right.CALENDAR_EDIT, Scope(ScopeKind.REGION, "33"))}))
TYPHOON = {date(2026, 11, 24): False, date(2026, 11, 29): True}
NOTICE_2027 = {date(2027, 1, 1): False, date(2026, 12, 27): True, date(2027, 2, 8): False}


def edit(**more):
    return api.days_edit(**{"days": TYPHOON, "name": "台风", "source": "市政府通告", "by": OPERATOR, "at": AT, **more})


def confirm(**more):
    given = {"year": 2027, "days": NOTICE_2027, "source": "国办发明电〔2026〕9号", "by": OPERATOR, "at": AT}
    return api.year_confirm(**{**given, **more})


def stored():
    return list(models.Day.objects.order_by("on").values()), list(models.Year.objects.order_by("year").values())


@pytest.mark.django_db
def test_edited_days_hold_from_then_on(heard):
    before = api.calendar_get()

    after = edit()

    assert not api.is_working(after, date(2026, 11, 24))
    assert api.is_working(after, date(2026, 11, 29))
    assert after.names[date(2026, 11, 24)] == "台风"
    assert after.version > before.version
    assert api.calendar_get() == after
    assert api.is_working(before, date(2026, 11, 24))  # a calendar is a value: the old one stays what it was


@pytest.mark.django_db
def test_an_edit_is_one_ledger_line_and_one_event(heard):
    edit()

    [line] = lines_of(chain="calendar")
    assert (line.act, line.actor, line.at) == ("calendar.days_edit", "person:3", AT)
    assert line.body == {
        "days": {"2026-11-24": False, "2026-11-29": True},
        "name": "台风",
        "source": "市政府通告",
        "changed": ["2026-11-24", "2026-11-29"],
    }
    assert heard == [CalendarChanged((date(2026, 11, 24), date(2026, 11, 29)), AT, "person:3")]


@pytest.mark.django_db
def test_only_days_that_flip_are_told(heard):
    edit(days={date(2026, 11, 24): False, date(2026, 11, 25): True})

    assert heard == [CalendarChanged((date(2026, 11, 24),), AT, "person:3")]


@pytest.mark.django_db
def test_a_new_name_alone_moves_nothing(heard):
    edit(days={date(2026, 10, 1): False}, name="国庆")

    assert heard == []
    assert api.calendar_get().names[date(2026, 10, 1)] == "国庆"


@pytest.mark.django_db
def test_an_edit_can_be_taken_back(heard):
    edit()
    back = edit(days={day: not works for day, works in TYPHOON.items()}, name="台风取消")

    assert api.is_working(back, date(2026, 11, 24))
    assert not api.is_working(back, date(2026, 11, 29))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        pytest.param({"by": LOCAL}, NotAllowed, id="right for one region only"),
        pytest.param({"by": Actor("person:5", "Nobody")}, NotAllowed, id="no right"),
        pytest.param({"days": {}}, CalendarEditInvalid, id="no days"),
        pytest.param({"name": " "}, CalendarEditInvalid, id="no name"),
        pytest.param({"name": "节" * 51}, CalendarEditInvalid, id="too long a name"),
        pytest.param({"source": ""}, CalendarEditInvalid, id="no source"),
        pytest.param({"days": {date(2028, 1, 3): False}}, CalendarEnds, id="a year the calendar has not"),
        pytest.param({"days": {date(2026, 10, 1): False}, "name": "国庆节"}, CalendarUnchanged, id="nothing new"),
    ],
)
def test_a_refused_edit_leaves_nothing(heard, wrong, error):
    before = stored()

    with pytest.raises(error):
        edit(**wrong)

    assert stored() == before
    assert (lines_of(chain="calendar"), heard) == ([], [])


@pytest.mark.django_db
def test_a_confirmed_year_replaces_its_forecast(heard):
    after = confirm(names={date(2027, 1, 1): "元旦"})

    assert after.provisional_years == frozenset()
    assert not api.is_working(after, date(2027, 1, 1))
    assert api.is_working(after, date(2026, 12, 27))  # a Sunday of the year before
    assert api.is_working(after, date(2027, 10, 1))  # the forecast's days are gone: the notice is the whole listing
    assert models.Year.objects.get(year=2027).source == "国办发明电〔2026〕9号"
    assert after.names.get(date(2027, 1, 1)) == "元旦"


@pytest.mark.django_db
def test_a_confirmation_tells_every_day_of_the_year_because_no_date_in_it_is_provisional_any_more(heard):
    confirm()

    [event] = heard
    assert len(event.days) == 365 + 1
    assert (event.days[0], event.days[-1]) == (date(2026, 12, 27), date(2027, 12, 31))
    [line] = lines_of(chain="calendar")
    assert (line.act, line.body["year"]) == ("calendar.year_confirm", 2027)


@pytest.mark.django_db
def test_the_next_year_can_be_forecast_and_then_confirmed(heard):
    confirm()
    forecast = api.year_forecast(year=2028, by=OPERATOR, at=AT)
    confirmed = confirm(year=2028, days={date(2028, 1, 3): False})

    assert forecast.provisional_years == {2028}
    assert not api.is_working(forecast, date(2028, 10, 2))
    assert (confirmed.last_year, confirmed.provisional_years) == (2028, frozenset())


@pytest.mark.django_db
def test_a_year_may_be_confirmed_without_a_forecast(heard):
    after = confirm(year=2028, days={date(2028, 1, 3): False})

    assert (after.last_year, after.provisional_years) == (2028, {2027})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        pytest.param({"by": LOCAL}, NotAllowed, id="right for one region only"),
        pytest.param({"days": {}}, CalendarEditInvalid, id="an empty notice"),
        pytest.param({"days": {date(2026, 11, 30): True}}, CalendarEditInvalid, id="a day before December"),
        pytest.param({"days": {date(2028, 1, 1): False}}, CalendarEditInvalid, id="a day of the next year"),
        pytest.param({"source": " "}, CalendarEditInvalid, id="no source"),
        pytest.param({"year": 2026, "days": {date(2026, 1, 1): False}}, YearAlreadyKnown, id="a confirmed year"),
        pytest.param({"year": 2029, "days": {date(2029, 1, 1): False}}, CalendarEnds, id="a hole between years"),
        pytest.param({"year": 2003, "days": {date(2003, 1, 1): False}}, CalendarEnds, id="a year before the first"),
    ],
)
def test_a_refused_confirmation_leaves_nothing(heard, wrong, error):
    before = stored()

    with pytest.raises(error):
        confirm(**wrong)

    assert stored() == before
    assert (lines_of(chain="calendar"), heard) == ([], [])


@pytest.mark.django_db
def test_a_forecast_of_a_known_or_distant_year_is_refused(heard):
    with pytest.raises(YearAlreadyKnown):
        api.year_forecast(year=2027, by=OPERATOR, at=AT)
    with pytest.raises(CalendarEnds):
        api.year_forecast(year=2029, by=OPERATOR, at=AT)
    with pytest.raises(NotAllowed):
        api.year_forecast(year=2028, by=LOCAL, at=AT)
    assert lines_of(chain="calendar") == []


@pytest.mark.django_db
def test_an_edit_that_is_rolled_back_is_forgotten_by_this_process_too(heard):
    before = api.calendar_get()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        edit()
        assert not api.is_working(api.calendar_get(), date(2026, 11, 24))
        raise ZeroDivisionError

    assert api.calendar_get() == before
    assert api.is_working(edit(days={date(2026, 11, 25): False}), date(2026, 11, 24))
