"""A number leads back to the cases, records and files it rests on, as far as its reader may know."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hezhi.flow.alerts.models import AlertItem
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.tests.factories import Lamps, moment
from hezhi.flow.detection.models import Hit, Run
from hezhi.flow.indicators import api as indicators
from hezhi.flow.indicators.errors import LineageTooLong, ValueNotFound
from hezhi.flow.indicators.rules import CaseFacts, measure, rests_on
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.models import Batch, Record
from hezhi.packkit.shape import Indicator
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.permissions.errors import NotAllowed

AT = moment("03-03 09:00")
HOUSE = Actor.system("test")
SAYS = {"zh": "试", "en": "A try"}


def indicator(measure_: str, **more: object) -> Indicator:
    told = {
        "id": "tried", "says": SAYS, "measure": measure_, "unit": "count", "good": "up", "hide_below": 0,
        "caveat": SAYS, "period_of": "opened", "by": ["matter", "agency"], **more,
    }  # fmt: skip
    return Indicator.model_validate(told)


MEASURES = (
    indicator("count", count={"is_closed": True}),
    indicator("share", count={"is_closed": True}, over={"was_returned": True}),
    indicator("share", count={"verdict": ["true"]}),
    indicator("median_days", count={"is_closed": True}),
)


def facts(told: tuple[bool, bool, bool, bool, bool]) -> CaseFacts:
    is_recent, is_closed, is_first, is_true, was_returned = told
    at = AT if is_recent else AT - timedelta(days=70)
    done = {"case.close": at + timedelta(days=3)} if is_closed else {}
    return CaseFacts(
        pack_id="p", matter="a" if is_first else "b", agency=1 if is_first else None, opened_at=at,
        closed_at=done.get("case.close"), verdict="true" if is_true else "false", was_returned=was_returned,
        acts={"case.open": at, **done},
    )  # fmt: skip


@given(st.lists(st.tuples(*[st.booleans()] * 5).map(facts), max_size=10), st.sampled_from(MEASURES))
def test_the_cases_behind_every_number_are_as_many_as_the_number_says(given_: list[CaseFacts], one: Indicator) -> None:
    by_id = dict(enumerate(given_))

    for value in measure("p", one, given_):
        over, counted = rests_on(one, value.period, value.by, value.group, by_id)
        assert len(counted) == value.numerator
        assert counted <= over
        if one.measure != "count":
            assert len(over) == value.denominator


ASKED = {"pack_id": "lamp_out", "indicator": "on_time", "period": "2026-03"}


@pytest.fixture
def delivered(lamps: Lamps) -> Lamps:
    """Two closed cases: one reported with a form, one that a scan found in a record of a delivered file."""
    first, second = lamps.closed(), lamps.closed()
    source, _ = intake.source_create(code="posts", name="灯杆", pack_id="lamp_out", kind="report", by=HOUSE, at=AT)
    batch = Batch.objects.create(
        source_id=source.id, name="三月.csv", format="csv", content="c" * 64, state="done", taken_at=AT, taken_by="x"
    )
    [record_id] = cases.records_of(case_id=second.id)
    Record.objects.filter(id=record_id).update(batch=batch)
    run = Run.objects.create(
        pack="lamp_out@1", pack_id="lamp_out", scan="dark", definition="x", engine="duckdb", snapshot=7, as_of=AT,
        spans=[],
    )  # fmt: skip
    hit = Hit.objects.create(
        pack="lamp_out@1", pack_id="lamp_out", content_hash="x", detector="dark", subject="s", title="t", grade="red",
        reasons=[], record_ids=[record_id], count=1, first_at=AT, last_at=AT, quiet_until=AT, is_shadow=False,
        found_at=AT, run=run,
    )  # fmt: skip
    AlertItem.objects.create(alert_id=second.alert_id, hit_id=hit.id, added_at=AT)
    indicators.indicators_recompute(at=AT)
    lamps.cases_made = (first.number, second.number)  # type: ignore[attr-defined]
    return lamps


@pytest.mark.django_db
def test_a_number_leads_back_to_cases_hits_records_and_the_file(delivered: Lamps) -> None:
    found = indicators.indicator_lineage(by=HOUSE, **ASKED)

    assert (found.value.value, found.case_count, found.counted_count) == (1.0, 2, 2)
    assert sorted(number for _, number in found.cases) == sorted(delivered.cases_made)  # type: ignore[attr-defined]
    assert (found.record_count, found.form_count) == (2, 1)
    assert (found.hits, found.snapshots) == ((("lamp_out@1/dark", 1),), (7,))
    [file] = found.files
    assert (file.source, file.name, file.content, file.received_at, file.record_count) == (
        "灯杆", "三月.csv", "c" * 64, AT, 1,
    )  # fmt: skip


@pytest.mark.django_db
def test_who_keeps_no_sources_reads_no_file_name_and_who_reads_no_cases_no_number_of_one(delivered: Lamps) -> None:
    only = permissions.only(delivered.by("coordinator"), {Right.INDICATOR_READ})

    found = indicators.indicator_lineage(by=only, **ASKED)

    assert (found.case_count, found.cases, found.record_count) == (2, (), 2)
    assert [(one.source, one.name, one.content) for one in found.files] == [("灯杆", "", "")]
    with pytest.raises(NotAllowed):
        indicators.indicator_lineage(by=Actor.citizen("JL1"), **ASKED)


@pytest.mark.django_db
def test_a_number_that_is_not_there_or_hidden_has_no_lineage(lamps: Lamps) -> None:
    lamps.closed()
    indicators.indicators_recompute(at=AT)

    for more in ({}, {"period": "2026-02"}, {"indicator": "none"}):
        with pytest.raises(ValueNotFound):
            indicators.indicator_lineage(by=HOUSE, **{**ASKED, **more})


@pytest.mark.django_db
def test_a_month_of_too_many_cases_is_refused_and_not_cut(delivered: Lamps) -> None:
    assert indicators.indicator_lineage(by=HOUSE, **ASKED, most=2).case_count == 2
    with pytest.raises(LineageTooLong):
        indicators.indicator_lineage(by=HOUSE, **ASKED, most=1)
