"""Opening a case: from a confirmed alert or straight from a record; who leads, who helps, by when."""

from __future__ import annotations

import pytest

from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertState
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseState, Part
from hezhi.flow.cases.errors import AlreadyThere, NoCoordinator, OutOfOrder
from hezhi.flow.cases.models import Case, Responsibility
from hezhi.flow.cases.tests.factories import (
    BELL,
    GATE,
    HOUSE,
    LAMP,
    MONDAY,
    WELL,
    Lamps,
    last,
    lines,
    moment,
    nothing_changes,
    refused,
)
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import Unit

ACCEPT_DUE = moment("03-04 00:00")  # one working day after Monday


def test_a_confirmed_alert_opens_one_case_for_the_lead_of_the_catalogue(lamps: Lamps) -> None:
    case = lamps.opened("lamp")

    assert case.state is CaseState.DISPATCHED
    assert case.lead_agency_id == case.owner_agency_id == lamps.agency(LAMP)
    assert case.agency_ids == {lamps.agency(LAMP), lamps.agency(WELL), lamps.agency(BELL)}
    assert case.pack == "lamp_out@2026.1"
    assert case.due_at == moment("03-17 00:00")  # ten working days after Monday 2 March
    assert [(one.agency_id, one.part) for one in lamps.view(case).participants] == [
        (lamps.agency(LAMP), Part.LEAD), (lamps.agency(WELL), Part.CO), (lamps.agency(BELL), Part.SUPPORT),
    ]  # fmt: skip
    assert lamps.live(case) == []


def test_the_first_line_says_who_was_given_the_case_and_on_what_ground(lamps: Lamps) -> None:
    case = lamps.opened("lamp")

    (line,) = lines(case)
    assert (line.act, line.seq, line.key) == ("case.open", 1, f"alert:{case.alert_id}")
    told = {name: line.body[name] for name in ("ground", "lead", "co", "support", "matter", "grade", "to", "owner")}
    assert told == {
        "ground": "测试 3", "lead": lamps.agency(LAMP), "co": [lamps.agency(WELL)], "support": [lamps.agency(BELL)],
        "matter": "lamp", "grade": "green", "to": "dispatched", "owner": lamps.agency(LAMP),
    }  # fmt: skip


def test_the_lead_owes_acceptance_and_each_helper_has_a_clock_of_its_own(lamps: Lamps) -> None:
    case = lamps.opened("lamp")

    found = {clock.spec.kind: clock for clock in clocks.clocks_of(subject=f"case:{case.id}")}
    assert {kind: one.agency_id for kind, one in found.items()} == {
        "main": lamps.agency(LAMP), "accept": lamps.agency(LAMP), "co": lamps.agency(WELL),
        "support": lamps.agency(BELL),
    }  # fmt: skip
    assert found["accept"].due_at == ACCEPT_DUE
    assert {one.parent_id for one in found.values()} == {None, found["main"].id}
    assert found["co"].due_at == found["support"].due_at == found["main"].due_at


@pytest.mark.parametrize(
    ("matter", "values", "due_at", "unit"),
    [
        ("post", {}, "03-17 00:00", Unit.WORKING_DAY),
        ("post", {"way": "ask"}, "03-06 00:00", Unit.WORKING_DAY),
        ("quick", {"way": "ask"}, "03-02 17:00", Unit.HOUR),
    ],
    ids=["the playbook's", "by what the record says", "the matter's own goes first"],
)
def test_the_limit_is_frozen_at_filing(
    lamps: Lamps, matter: str, values: dict[str, str], due_at: str, unit: Unit
) -> None:
    case = lamps.opened(matter, **values)

    assert case.due_at == moment(due_at)
    assert case.limit.unit == unit
    later = lamps.pack.playbook.main_limit.model_copy(update={"budget": 99})
    lamps.change(main_limit=later.model_dump())
    closed = lamps.close(lamps.verify(lamps.submit(cases.case_accept(case_id=case.id, by=lamps.by(LAMP), at=MONDAY))))
    again = cases.case_reopen(case_id=closed.id, reason="又坏了", by=lamps.by("supervisor"), at=MONDAY)
    assert again.due_at == moment(due_at)


def test_a_matter_that_nobody_owns_goes_to_the_coordinator_for_a_ruling_the_same_day(lamps: Lamps) -> None:
    case = lamps.opened("nobody")

    assert case.state is CaseState.RETURNED
    assert case.lead_agency_id is None
    assert case.owner_agency_id == lamps.town.agencies["story_office"]
    ruling = next(one for one in clocks.clocks_of(subject=f"case:{case.id}") if one.spec.kind == "ruling")
    assert ruling.due_at == moment("03-03 00:00")


def test_without_a_coordinator_nothing_is_opened(lamps: Lamps) -> None:
    alert = lamps.alert("nobody")
    lamps.leave("coordinator")
    later = moment("03-04 09:00")

    with refused(NoCoordinator):
        alerts.alert_confirm(alert_id=alert.id, by=lamps.by("duty_officer"), at=later)
    assert alerts.alert_get(alert_id=alert.id, by=HOUSE).state is AlertState.OPEN


def test_the_citys_own_line_goes_before_the_packs_and_the_closest_line_counts(lamps: Lamps) -> None:
    def line(path: str, lead: str, **more: object) -> None:
        Responsibility.objects.create(
            pack_id="lamp_out", matter="post", region_path=path, lead_kind=lead, basis=f"市里的规定 {lead}", **more
        )

    line("890000.890100", BELL)
    line("890000.890100.890101", WELL, co_kinds=[LAMP, WELL], support_kinds=[LAMP, GATE, "no_such_kind"])

    case = lamps.opened("post")

    assert last(case).body["ground"] == "市里的规定 well_office"
    assert [(one.agency_id, one.part) for one in lamps.view(case).participants] == [
        (lamps.agency(WELL), Part.LEAD), (lamps.agency(LAMP), Part.CO), (lamps.agency(GATE), Part.SUPPORT),
    ]  # fmt: skip


def test_a_record_with_the_case_entrance_opens_a_case_at_once(lamps: Lamps) -> None:
    receipt = lamps.report("post", kind="call", spot="桥头")

    case_id = cases.case_of_record(record_ids=[receipt.record.id])
    assert case_id is not None
    case = lamps.case(case_id)
    assert (case.state, case.title, case.alert_id) == (CaseState.DISPATCHED, "桥头灯不亮", None)
    assert last(case).key == f"record:{receipt.record.id}"


def test_a_further_report_about_the_same_thing_joins_the_open_case(lamps: Lamps) -> None:
    case = lamps.opened("post", spot="桥头")
    second = lamps.report("post", kind="call", spot="桥头").record.id
    third = lamps.alert("post", spot="桥头")
    confirmed = alerts.alert_confirm(alert_id=third.id, by=lamps.by("duty_officer"), at=MONDAY)

    assert confirmed.case_id == case.id
    assert cases.records_of(case_id=case.id) == [*_first_record(case.id), second, *third.record_ids]
    assert [one.act for one in lines(case)] == ["case.open", "case.attach_record", "case.attach_record"]
    assert Case.objects.count() == 1


def _first_record(case_id: int) -> list[int]:
    return cases.records_of(case_id=case_id)[:1]


def test_an_act_dated_before_a_report_that_joined_is_refused(lamps: Lamps) -> None:
    case = lamps.handled(spot="七号灯")
    lamps.report(kind="call", spot="七号灯", at=moment("03-02 11:00"))
    assert [one.act for one in lines(case)][-1] == "case.attach_record"

    with refused(OutOfOrder):
        cases.case_hand_over(
            case_id=case.id, person_id=lamps.town.persons[LAMP], by=lamps.by(LAMP), at=moment("03-02 10:59")
        )


def test_a_report_that_joins_is_never_dated_before_the_last_act(lamps: Lamps) -> None:
    case = lamps.opened(spot="七号灯")
    cases.case_accept(case_id=case.id, by=lamps.by(LAMP), at=moment("03-02 10:00"))

    lamps.report(kind="call", spot="七号灯", at=moment("03-02 09:30"))

    assert (last(case).act, last(case).at) == ("case.attach_record", moment("03-02 10:00"))


def test_another_matter_of_the_same_thing_is_another_case(lamps: Lamps) -> None:
    openly = lamps.opened("post", spot="桥头")
    in_secret = lamps.opened("secret", spot="桥头")

    assert openly.id != in_secret.id
    assert in_secret.is_confidential
    assert len(cases.records_of(case_id=openly.id)) == len(cases.records_of(case_id=in_secret.id)) == 1


def test_a_report_after_the_end_opens_a_new_case(lamps: Lamps) -> None:
    first = lamps.closed("post")

    second = lamps.opened("post", spot=first.title.removesuffix("：灯不亮"))

    assert second.id != first.id
    assert second.subject == first.subject


def test_a_record_whose_matter_nobody_has_said_is_triaged_whatever_the_entrance(lamps: Lamps) -> None:
    receipt = lamps.report("", kind="call")

    assert cases.case_of_record(record_ids=[receipt.record.id]) is None
    assert receipt.record.id in alerts.alerts_of_records(record_ids=[receipt.record.id])


def test_opening_twice_is_the_same_case_under_the_same_key_and_refused_under_another(lamps: Lamps) -> None:
    case = lamps.opened("post")
    row = Case.objects.get(id=case.id)
    new = cases.NewCase(
        pack_id=row.pack_id, matter=row.matter, title=row.title, subject=row.subject, region_code=row.region_code,
        region_path=row.region_path, grade="green", record_ids=tuple(_first_record(case.id)), alert_id=row.alert_id,
    )  # fmt: skip

    with nothing_changes():
        assert cases.case_open(new=new, by=HOUSE, at=MONDAY, key=f"alert:{row.alert_id}") == case
    with refused(AlreadyThere, case=case.number):
        cases.case_open(new=new, by=HOUSE, at=MONDAY, key="another")


def test_a_very_long_title_and_subject_are_taken_in(lamps: Lamps) -> None:
    case = lamps.opened("post", spot="很" * 200)

    assert case.title == "很" * 200
    assert case.subject.startswith("很" * 200)
    assert len(case.subject) > 200
