"""What raises an alert, what joins one that waits, and how its colour comes and goes."""

from __future__ import annotations

from datetime import datetime, timedelta

from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertRow, AlertState
from hezhi.flow.alerts.handlers import follow_record
from hezhi.flow.alerts.models import Alert, AlertItem
from hezhi.flow.cases.tests.factories import HOUSE, MONDAY, Lamps, moment, nothing_changes, together
from hezhi.flow.intake.contracts import RecordAccepted
from hezhi.spine.clocks import api as clocks
from hezhi.spine.ledger import api as ledger

GREEN = (("一般", "Ordinary"),)


def acts(alert_id: int) -> list[str]:
    return [one.act for one in ledger.lines_of(chain=f"alert:{alert_id}")]


def row(alert_id: int) -> AlertRow:
    return alerts.alert_get(alert_id=alert_id, by=HOUSE)


def test_a_report_raises_an_alert_with_title_colour_reasons_and_a_time_for_triage(lamps: Lamps) -> None:
    alert = lamps.alert("post", spot="桥头")

    assert (alert.title, alert.state, alert.matter, alert.pack) == (
        "桥头：灯不亮",
        AlertState.OPEN,
        "post",
        "lamp_out@2026.1",
    )
    assert alert.number == f"YJ202603-{alert.id:06d}"
    assert (alert.grade, alert.reasons[0]) == ("green", ("一般", "Ordinary"))
    assert alert.grade_until_at == MONDAY + timedelta(days=7)
    assert alert.due_at == moment("03-03 09:00")
    (clock,) = clocks.clocks_of(subject=f"alert:{alert.id}")
    assert (clock.spec.kind, clock.due_at) == ("triage", alert.due_at)
    (line,) = ledger.lines_of(chain=f"alert:{alert.id}")
    assert (line.act, line.body["record"], line.body["grade"]) == ("alert.raise", alert.record_ids[0], "green")


def test_an_alert_says_what_would_change_its_colour(lamps: Lamps) -> None:
    assert ("“紧急”如为是，则为红色", "red if Urgent were yes") in lamps.alert("post").reasons


def test_what_is_not_known_makes_grey_never_green(lamps: Lamps) -> None:
    alert = lamps.alert("post", urgent=None)

    assert alert.grade == "grey"


def test_reports_about_one_thing_are_one_alert_and_the_third_makes_it_yellow(lamps: Lamps) -> None:
    first, second, third = (lamps.alert("post", spot="桥头", at=MONDAY + timedelta(hours=n)) for n in range(3))

    assert first.id == second.id == third.id
    assert third.record_ids == tuple(
        AlertItem.objects.filter(hit_id__isnull=True).order_by("id").values_list("record_id", flat=True)
    )
    assert (third.grade, third.reasons[0]) == ("yellow", ("多人", "Several"))
    assert third.grade_until_at == MONDAY + timedelta(hours=2, days=7)
    assert third.due_at == first.due_at  # more reports give nobody more time
    assert acts(first.id) == ["alert.raise", "alert.add", "alert.add"]


def test_a_milder_report_does_not_calm_an_alert(lamps: Lamps) -> None:
    red = lamps.alert("post", spot="桥头", urgent=True)
    after = lamps.alert("post", spot="桥头", urgent=False)

    assert (after.id, after.grade, after.reasons) == (red.id, "red", red.reasons)


def test_two_places_of_one_name_are_two_alerts(lamps: Lamps) -> None:
    from hezhi.flow.cases.tests.factories import OTHER_VILLAGE

    lamps.other_county()
    assert lamps.alert("post", spot="桥头").id != lamps.alert("post", spot="桥头", region=OTHER_VILLAGE).id


def test_a_decided_alert_takes_nothing_more(lamps: Lamps) -> None:
    first = lamps.alert("post", spot="桥头")
    by = lamps.by("duty_officer")
    alerts.alert_dismiss(alert_id=first.id, verdict="false", reason="看过了，亮着", by=by, at=MONDAY)

    assert lamps.alert("post", spot="桥头").id != first.id
    assert row(first.id).record_ids == first.record_ids


def test_raising_for_the_same_record_again_changes_nothing(lamps: Lamps) -> None:
    alert = lamps.alert("post", spot="桥头")
    record = lamps.receipt.record if lamps.receipt else None
    assert record is not None
    event = RecordAccepted(
        record_id=record.id, number=record.number, pack=alert.pack, pack_id=alert.pack_id, kind="report",
        subject=alert.subject, region_code=alert.region_code, region_path=alert.region_path, matter="post",
        happened_at=MONDAY, at=MONDAY + timedelta(hours=1), by="person:1",
    )  # fmt: skip

    with nothing_changes():
        follow_record(event)


def test_a_pack_without_a_table_raises_grey(lamps: Lamps) -> None:
    alert_rule = lamps.pack.playbook.alert.model_dump()
    lamps.change(alert={**alert_rule, "grade_by": None})

    alert = lamps.alert("post")

    assert (alert.grade, alert.reasons) == ("grey", (("核实之前不分级", "Not graded before somebody has looked"),))


def test_a_colour_expires_to_grey_with_a_line_and_once(lamps: Lamps) -> None:
    alert = lamps.alert("post")
    until = MONDAY + timedelta(days=7)

    assert alerts.alerts_sweep(at=until - timedelta(seconds=1)) == 0
    assert alerts.alerts_sweep(at=until) == 1
    assert alerts.alerts_sweep(at=until) == 0

    faded = row(alert.id)
    assert (faded.grade, faded.reasons) == (
        "grey",
        (("评级已过期，需重新评估", "The grade expired and needs a new look"),),
    )
    line = ledger.lines_of(chain=f"alert:{alert.id}")[-1]
    assert (line.act, line.body["was"], line.actor) == ("alert.fade", "green", "system:sweep")


def test_a_decided_alert_keeps_the_colour_it_was_decided_on(lamps: Lamps) -> None:
    alert = lamps.alert("post")
    alerts.alert_dismiss(alert_id=alert.id, verdict="false", reason="亮着", by=lamps.by("duty_officer"), at=MONDAY)

    assert alerts.alerts_sweep(at=MONDAY + timedelta(days=99)) == 0
    assert row(alert.id).grade == "green"


def test_two_that_arrive_at_once_are_one_alert(lamps_committed: Lamps) -> None:
    lamps = lamps_committed
    at: datetime = MONDAY

    told = together(*[lambda: lamps.report("post", spot="桥头", at=at) for _ in range(4)])

    assert len({one.record.id for one in told}) == 4
    (alert,) = Alert.objects.filter(subject__startswith="桥头").prefetch_related("items")
    assert {item.record_id for item in alert.items.all()} == {one.record.id for one in told}
    assert acts(alert.id) == ["alert.raise", "alert.add", "alert.add", "alert.add"]
    assert ledger.ledger_breaks() == []


def test_the_same_record_raised_at_once_is_there_once(lamps_committed: Lamps) -> None:
    grading = alerts.Grading("green", GREEN, 7)
    path = lamps_committed.town.region_path
    new = alerts.NewAlert("lamp_out", "桥头", "桥头", "post", lamps_committed.town.region, path, grading, record_id=77)

    told = together(*[lambda: alerts.alert_raise(new=new, by=HOUSE, at=MONDAY) for _ in range(4)])

    assert {one.id for one in told} == {Alert.objects.get().id}
    assert AlertItem.objects.count() == 1
