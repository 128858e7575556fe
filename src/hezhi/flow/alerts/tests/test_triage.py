"""What a person decides about an alert: confirm, dismiss with a verdict, snooze."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertFilter, AlertRow, AlertState
from hezhi.flow.alerts.errors import (
    AlertAlreadyDecided,
    AlertNotFound,
    MatterMissing,
    MissingReason,
    NotInFuture,
    VerdictUnknown,
)
from hezhi.flow.cases.models import Case
from hezhi.flow.cases.tests.factories import (
    HOUSE,
    LAMP,
    MONDAY,
    Lamps,
    moment,
    nothing_changes,
    refused,
    together,
)
from hezhi.flow.intake import api as intake
from hezhi.kit.errors import NotAllowed
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.errors import ClockBackwards
from hezhi.spine.ledger import api as ledger
from hezhi.spine.ledger.errors import KeyAlreadyUsed

NOON = moment("03-02 12:00")
DECISIONS = ("confirm", "dismiss", "snooze")


def decide(lamps: Lamps, alert: AlertRow, how: str, **other: object) -> AlertRow:
    told = {"alert_id": alert.id, "by": lamps.by("duty_officer"), "at": NOON, **other}
    if how == "confirm":
        return alerts.alert_confirm(**told)  # type: ignore[arg-type]
    if how == "dismiss":
        return alerts.alert_dismiss(**{"verdict": "false", "reason": "看过了，亮着", **told})  # type: ignore[arg-type]
    return alerts.alert_snooze(**{"until": moment("03-05 09:00"), "reason": "等天亮", **told})  # type: ignore[arg-type]


def test_confirming_opens_exactly_one_case_in_the_same_breath(lamps: Lamps) -> None:
    alert = lamps.alert("post")

    told = decide(lamps, alert, "confirm", reason="属实")

    case = Case.objects.get()
    assert (told.state, told.case_id) == (AlertState.CONFIRMED, case.id)
    assert (told.decided_by, told.decision_reason) == (lamps.by("duty_officer").ref, "属实")
    assert (case.alert_id, case.opened_at, case.grade) == (alert.id, NOON, "green")
    (clock,) = clocks.clocks_of(subject=f"alert:{alert.id}")
    assert clock.stopped_at == NOON
    line = ledger.lines_of(chain=f"alert:{alert.id}")[-1]
    assert (line.act, line.body["matter"], line.body["reason"]) == ("alert.confirm", "post", "属实")


def test_nobody_is_dispatched_before_a_person_said_which_matter_it_is(lamps: Lamps) -> None:
    alert = lamps.alert("")

    with refused(MatterMissing):
        decide(lamps, alert, "confirm")
    with refused(MatterMissing, matter="no_such"):
        decide(lamps, alert, "confirm", matter="no_such")

    told = decide(lamps, alert, "confirm", matter="quick")
    assert (told.matter, Case.objects.get().matter) == ("quick", "quick")
    (record,) = intake.records_get(record_ids=list(alert.record_ids))
    assert record.row.matter == "quick"


def test_a_persons_word_goes_before_what_the_record_says(lamps: Lamps) -> None:
    alert = lamps.alert("post")

    assert decide(lamps, alert, "confirm", matter="lamp").matter == "lamp"
    assert Case.objects.get().matter == "lamp"


@pytest.mark.parametrize("verdict", ["false", "harmless", "cannot_verify"])
def test_a_dismissal_says_what_reality_was(lamps: Lamps, verdict: str) -> None:
    alert = lamps.alert("post")

    told = decide(lamps, alert, "dismiss", verdict=verdict)

    assert (told.state, told.verdict, told.case_id) == (AlertState.DISMISSED, verdict, None)
    assert Case.objects.count() == 0
    line = ledger.lines_of(chain=f"alert:{alert.id}")[-1]
    assert (line.act, line.body) == ("alert.dismiss", {"verdict": verdict, "reason": "看过了，亮着"})


def test_a_dismissal_owes_a_known_verdict_and_a_reason(lamps: Lamps) -> None:
    alert = lamps.alert("post")

    for verdict in ("true", "", "maybe"):
        with refused(VerdictUnknown, verdict=verdict):
            decide(lamps, alert, "dismiss", verdict=verdict)
    with refused(MissingReason):
        decide(lamps, alert, "dismiss", reason=" ")


def test_a_snoozed_alert_sleeps_until_its_moment_and_its_triage_clock_goes_on(lamps: Lamps) -> None:
    alert = lamps.alert("post")

    told = decide(lamps, alert, "snooze")

    assert (told.state, told.snoozed_until, told.due_at) == (AlertState.SNOOZED, moment("03-05 09:00"), alert.due_at)
    assert list(alerts.alert_page(by=lamps.by("duty_officer"), wanted=AlertFilter())) == []
    assert alerts.alerts_sweep(at=moment("03-05 08:59")) == 0
    assert alerts.alerts_sweep(at=moment("03-05 09:00")) == 1
    assert alerts.alerts_sweep(at=moment("03-05 09:00")) == 0
    awake = alerts.alert_get(alert_id=alert.id, by=HOUSE)
    assert (awake.state, awake.snoozed_until) == (AlertState.OPEN, None)
    assert ledger.lines_of(chain=f"alert:{alert.id}")[-1].act == "alert.wake"


def test_a_snooze_owes_a_reason_and_a_moment_to_come(lamps: Lamps) -> None:
    alert = lamps.alert("post")

    with refused(NotInFuture):
        decide(lamps, alert, "snooze", until=NOON)
    with refused(MissingReason):
        decide(lamps, alert, "snooze", reason="")


def test_what_gets_worse_wakes_up_what_does_not_sleeps_on(lamps: Lamps) -> None:
    alert = lamps.alert("post", spot="桥头")
    decide(lamps, alert, "snooze")

    same = lamps.alert("post", spot="桥头")
    assert (same.id, same.state, same.grade) == (alert.id, AlertState.SNOOZED, "green")
    worse = lamps.alert("post", spot="桥头", urgent=True)
    assert (worse.state, worse.grade, worse.snoozed_until) == (AlertState.OPEN, "red", None)


def test_a_snoozed_alert_may_be_decided_at_once(lamps: Lamps) -> None:
    alert = lamps.alert("post")
    decide(lamps, alert, "snooze")

    assert decide(lamps, alert, "confirm").state is AlertState.CONFIRMED


@pytest.mark.parametrize("first", ["confirm", "dismiss"])
@pytest.mark.parametrize("second", DECISIONS)
def test_what_is_decided_is_decided(lamps: Lamps, first: str, second: str) -> None:
    alert = lamps.alert("post")
    decide(lamps, alert, first)

    with refused(AlertAlreadyDecided, decided_by=lamps.by("duty_officer").ref):
        decide(lamps, alert, second)


@pytest.mark.parametrize("how", DECISIONS)
def test_the_same_decision_under_the_same_key_changes_nothing(lamps: Lamps, how: str) -> None:
    alert = lamps.alert("post")
    once = decide(lamps, alert, how, key="k-1")

    with nothing_changes():
        assert decide(lamps, alert, how, key="k-1", at=moment("03-02 13:00")) == once
    other = "snooze" if how == "confirm" else "confirm"
    with refused(KeyAlreadyUsed):
        decide(lamps, alert, other, key="k-1")


@pytest.mark.parametrize("how", DECISIONS)
def test_only_who_triages_the_place_decides(lamps: Lamps, how: str) -> None:
    alert, elsewhere = lamps.alert("post"), lamps.other_county()

    with refused(AlertNotFound):
        decide(lamps, alert, how, by=elsewhere["duty_officer"])
    with refused(AlertNotFound):
        decide(lamps, alert, how, by=lamps.by(LAMP))
    with refused(NotAllowed):  # who may read its records knows that it is there
        decide(lamps, alert, how, by=lamps.by("supervisor"))
    with refused(AlertNotFound):
        decide(lamps, alert, how, alert_id=999_999)


@pytest.mark.parametrize("how", ["confirm", "dismiss"])
def test_nothing_is_decided_before_it_was_raised(lamps: Lamps, how: str) -> None:
    alert = lamps.alert("post")

    with refused(ClockBackwards):
        decide(lamps, alert, how, at=MONDAY - timedelta(minutes=1))


def test_two_that_decide_at_once_have_one_winner(lamps_committed: Lamps) -> None:
    lamps = lamps_committed
    alert = lamps.alert("post")

    told = together(
        lambda: decide(lamps, alert, "confirm"),
        lambda: decide(lamps, alert, "confirm"),
        lambda: decide(lamps, alert, "dismiss"),
    )

    losers = [one for one in told if isinstance(one, AlertAlreadyDecided)]
    assert len(losers) == 2
    winner = next(one for one in told if not isinstance(one, Exception))
    assert Case.objects.count() == (1 if winner.state is AlertState.CONFIRMED else 0)
    decided = [one.act for one in ledger.lines_of(chain=f"alert:{alert.id}")][1:]
    assert len(decided) == 1


def test_the_inbox_shows_what_i_may_triage_those_owed_first_on_top(lamps: Lamps) -> None:
    second = lamps.alert("post", at=moment("03-02 11:00"), spot="二号灯")
    first = lamps.alert("post", at=moment("03-02 10:00"), urgent=True)
    by = lamps.by("duty_officer")

    assert [one.id for one in alerts.alert_page(by=by, wanted=AlertFilter())] == [first.id, second.id]
    assert [one.id for one in alerts.alert_page(by=by, wanted=AlertFilter(grade="red"))] == [first.id]
    assert [one.id for one in alerts.alert_page(by=by, wanted=AlertFilter(text="二号"))] == [second.id]
    page = alerts.alert_page(by=by, wanted=AlertFilter(), size=1)
    following = alerts.alert_page(by=by, wanted=AlertFilter(), size=1, cursor=page.next_cursor)
    assert ([one.id for one in page], [one.id for one in following], following.next_cursor) == (
        [first.id], [second.id], "",
    )  # fmt: skip
    assert list(alerts.alert_page(by=lamps.other_county()["duty_officer"], wanted=AlertFilter())) == []
