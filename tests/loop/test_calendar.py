"""The working calendar changes while cases are open: what is open moves everywhere, what has ended stays."""

from __future__ import annotations

import threading
import time
from datetime import date, datetime

from django.db import connection, transaction

from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.models import Alert
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseFilter, CaseRow
from hezhi.flow.cases.tests.factories import HOUSE, LAMP, Lamps, lines, moment, together
from hezhi.packkit import api as packkit
from hezhi.spine.calendar import api as calendar
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import Explanation
from hezhi.spine.ledger import api as ledger

MONDAY = moment("12-28 09:00")  # ten working days from here reach into 2027, whose notice is not yet out
THURSDAY = moment("12-31 10:00")
NOTICE = {date(2027, 1, 1): False, date(2027, 1, 4): False, date(2027, 1, 5): False}
BY_DAYS = {"budget": 2, "unit": "working_day", "source": {"cite": "测试"}}
FORTNIGHT = {"budget": 16, "unit": "calendar_day", "source": {"cite": "测试"}}


def next_year(text: str) -> datetime:
    return packkit.moment_of(f"2027-{text}")


def explained(case: CaseRow, at: datetime = THURSDAY) -> Explanation:
    main = next(one for one in clocks.clocks_of(subject=f"case:{case.id}") if one.spec.kind == "main")
    return clocks.clock_explain(clock_id=main.id, at=at)


def listed(at: datetime = THURSDAY) -> list[tuple[int, datetime]]:
    return [(one.id, one.due_at) for one in cases.case_page(by=HOUSE, wanted=CaseFilter(), at=at).rows]


def confirm() -> None:
    names = dict.fromkeys(NOTICE, "元旦")
    calendar.year_confirm(year=2027, days=NOTICE, names=names, source="国务院通知", by=HOUSE, at=THURSDAY)


def test_the_notice_of_a_year_moves_what_is_open_everywhere_and_nothing_that_has_ended(lamps: Lamps) -> None:
    book = lamps.pack.playbook
    lamps.change(main_limit=FORTNIGHT)
    by_calendar_days = lamps.opened(at=MONDAY)
    lamps.change(main_limit=book.main_limit.model_dump(), alert={**book.alert.model_dump(), "triage_within": BY_DAYS})
    ended = lamps.closed(at=MONDAY)
    case = lamps.opened(at=MONDAY)
    cases.case_accept(case_id=case.id, by=lamps.lead(case), at=THURSDAY)
    cases.case_urge(case_id=case.id, text="请加快", by=lamps.by("supervisor"), at=THURSDAY)
    alert = lamps.alert(at=THURSDAY)

    def stands() -> dict[str, datetime]:
        (look,) = lamps.tasks(case)
        return {
            "case": lamps.case(case.id).due_at,
            "task": look.due_at,
            "order": lamps.view(case).orders[0].due_at,
            "alert": alerts.alert_get(alert_id=alert.id, by=HOUSE).due_at,
            "ended": lamps.case(ended.id).due_at,
        }

    assert stands() == {
        "case": next_year("01-13 00:00"), "task": next_year("01-06 00:00"), "order": next_year("01-05 00:00"),
        "alert": next_year("01-06 00:00"), "ended": next_year("01-13 00:00"),
    }  # fmt: skip
    assert listed() == [(case.id, next_year("01-13 00:00")), (by_calendar_days.id, next_year("01-14 00:00"))]
    assert explained(case).is_provisional

    confirm()

    # 1, 4 and 5 January have become rest days; the case that counts calendar days now comes first.
    assert stands() == {
        "case": next_year("01-15 00:00"), "task": next_year("01-08 00:00"), "order": next_year("01-07 00:00"),
        "alert": next_year("01-08 00:00"), "ended": next_year("01-13 00:00"),
    }  # fmt: skip
    assert listed() == [(by_calendar_days.id, next_year("01-14 00:00")), (case.id, next_year("01-15 00:00"))]
    told = explained(case)
    assert (told.due_at, told.is_provisional) == (next_year("01-15 00:00"), False)
    assert [step.note for step in told.steps if step.says == "ran"] == ["元旦 01-01、元旦 01-04–01-05"]
    assert sum(step.counted for step in told.steps) == told.budget_count == 10
    (moved,) = lines(case, "case.due_moved")
    assert moved.body == {"old_due_at": "2027-01-12T16:00:00.000000Z", "due_at": "2027-01-14T16:00:00.000000Z"}
    assert lines(ended, "case.due_moved") == []
    assert lines(ended, "case.close")[0].body["is_on_time"] is True
    assert ledger.ledger_breaks() == []


def test_an_edit_of_one_day_moves_a_due_date_and_taking_it_back_moves_it_back(lamps: Lamps) -> None:
    confirm()
    case = lamps.opened(at=MONDAY)
    edit = {"source": "通知", "by": HOUSE, "at": THURSDAY}

    calendar.days_edit(days={date(2027, 1, 7): False}, name="暴雪", **edit)

    assert listed() == [(case.id, next_year("01-16 00:00"))]
    assert [step.note for step in explained(case).steps if step.says == "ran"] == [
        "元旦 01-01、元旦 01-04–01-05、暴雪 01-07"
    ]

    calendar.days_edit(days={date(2027, 1, 7): True}, name="暴雪取消", **edit)

    assert listed() == [(case.id, next_year("01-15 00:00"))]
    assert [one.body["due_at"] for one in lines(case, "case.due_moved")] == [
        "2027-01-15T16:00:00.000000Z", "2027-01-14T16:00:00.000000Z",
    ]  # fmt: skip


def _until_somebody_waits() -> None:
    """Return once a transaction waits for a lock that another one holds."""
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() != (0,):
                return
        time.sleep(0.02)
    raise AssertionError("the calendar edit never waited")


def test_a_calendar_edit_waits_for_an_act_on_a_case_and_never_crosswise(lamps_committed: Lamps) -> None:
    lamps, begun = lamps_committed, threading.Event()
    case = lamps.handled("lamp", at=MONDAY)
    lead = lamps.by(LAMP)

    def act() -> CaseRow:
        with transaction.atomic():
            cases.case_lock(case_id=case.id)
            begun.set()
            _until_somebody_waits()
            wait = {"reason": "court", "note": "等待判决", "waiting_for": "court"}
            return cases.case_suspend(case_id=case.id, by=lead, at=THURSDAY, **wait)

    def edit() -> None:
        assert begun.wait(timeout=20)
        confirm()

    suspended, _ = together(act, edit)

    # The act counted by the old calendar: a day later for the day of the suspension. The edit then moved it.
    assert suspended.due_at == next_year("01-14 00:00")
    assert lamps.case(case.id).due_at == explained(case).due_at == next_year("01-16 00:00")
    assert [one.act for one in lines(case)][-2:] == ["case.suspend", "case.due_moved"]


def test_a_calendar_edit_waits_for_an_act_on_an_alert_and_never_crosswise(lamps_committed: Lamps) -> None:
    lamps, begun = lamps_committed, threading.Event()
    lamps.change(alert={**lamps.pack.playbook.alert.model_dump(), "triage_within": BY_DAYS})
    alert = lamps.alert(at=THURSDAY)

    def act() -> str:
        with transaction.atomic():
            Alert.objects.select_for_update().get(id=alert.id)
            begun.set()
            _until_somebody_waits()
            dismissed = alerts.alert_dismiss(
                alert_id=alert.id, verdict="false", reason="看错了", by=lamps.by("duty_officer"), at=THURSDAY
            )
            return str(dismissed.state)

    def edit() -> None:
        assert begun.wait(timeout=20)
        confirm()

    assert together(act, edit)[0] == "dismissed"

    # It had ended when the calendar's turn came, so its date stays.
    assert alerts.alert_get(alert_id=alert.id, by=HOUSE).due_at == next_year("01-06 00:00")


def test_acts_and_edits_all_at_once_end_well(lamps_committed: Lamps) -> None:
    lamps = lamps_committed
    opened = [lamps.handled("lamp", at=MONDAY) for _ in range(3)]
    supervisor = lamps.by("supervisor")

    def act(case: CaseRow) -> None:
        for number in range(6):
            cases.case_urge(case_id=case.id, text=f"第{number}次", by=supervisor, at=THURSDAY)

    def edit() -> None:
        for number in range(6):
            day = {date(2027, 1, 6): number % 2 == 1}
            calendar.days_edit(days=day, name="台风", source="通知", by=HOUSE, at=THURSDAY)

    results = together(*(lambda case=case: act(case) for case in opened), edit)

    assert results == [None] * 4
    clocks.clocks_settle(at=THURSDAY)
    assert [lamps.case(one.id).due_at for one in opened] == [next_year("01-13 00:00")] * 3
    assert ledger.ledger_breaks() == []
