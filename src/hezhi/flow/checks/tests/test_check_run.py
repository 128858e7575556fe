"""A check answers at once, logs what it said and why, and refuses nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hezhi.flow.checks import api as checks
from hezhi.flow.checks.contracts import AnswerFilter, CheckAnswer, FeatureIn
from hezhi.flow.checks.errors import AnswerNotFound, BadPage, CheckNotFound, FormInvalid, KeyReused
from hezhi.flow.checks.models import Answer, Feature
from hezhi.flow.checks.tests.conftest import officer
from hezhi.kit.errors import NotAllowed
from hezhi.packkit.shape import Pack
from hezhi.spine.permissions.contracts import Actor, Right

HOUSE = Actor.system("detection")
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
GIVEN = {"spot": "东门花坛", "holder_no": "P-0001", "weight_kg": "80", "permit_until": "2026-06-30"}


def known(reports: Any = 0, unreturned: Any = 0, hours: float = 1) -> None:
    """Write what detectors found out about the spot and the holder of `GIVEN`, some hours ago."""
    subjects = [("reports_30d", GIVEN["spot"]), ("things_unreturned", GIVEN["holder_no"])]
    keys = checks.subjects_key(pack_id="demo_works", subjects=subjects, by=HOUSE)
    values = (("reports_30d", reports), ("things_unreturned", unreturned))
    from_at = AT - timedelta(hours=hours)
    rows = [
        FeatureIn("demo_works", keys[subject], name, value, from_at, "demo_works@2026.1/often", AT + timedelta(days=9))
        for subject, (name, value) in zip(subjects, values, strict=True)
    ]
    checks.features_put(rows=rows, by=HOUSE, at=AT)


def run(by: Actor, key: str = "", at: datetime = AT, **change: Any) -> CheckAnswer:
    given = {name: value for name, value in {**GIVEN, **change}.items() if value is not None}
    return checks.check_run(pack_id="demo_works", check_id="place_planter", given=given, by=by, at=at, key=key)


def test_what_is_fine_is_ok_with_its_facts_and_until_when(pack: Pack, counter: Actor) -> None:
    known()

    told = run(counter)

    assert (told.answer, told.colour, told.code, told.pack) == ("ok", "green", "", "demo_works@2026.1")
    assert told.says.en == "You may go on."
    assert [(one.input, one.value, one.source) for one in told.facts] == [
        ("weight_kg", 80, "form"), ("permit_days_left", 120, "form"), ("reports_30d", 0, "demo_works@2026.1/often"),
        ("unreturned", 0, "demo_works@2026.1/often"),
    ]  # fmt: skip
    assert told.until_at == AT + timedelta(hours=47)  # then what is known of the spot is two days old
    assert (told.asker, told.agency_id, told.region_path, told.at) == ("person:7", 3, "330000.339900.339901", AT)


def test_every_reason_is_told_and_what_would_change_it(pack: Pack, counter: Actor) -> None:
    known(reports=4)

    told = run(counter, weight_kg="301", permit_until="2026-03-10")

    assert (told.answer, told.colour) == ("refer", "red")
    assert [one.en for one in told.reasons] == [
        "Heavier than the edge of the bed bears", "Weight of the planter is more than 300 kg (now 301 kg)",
        "The permit is about to lapse", "Days the permit still runs is from 0 d up to, not including, 15 d (now 8 d)",
        "Many reports on this spot lately", "Reports on the spot in 30 days is at least 3 (now 4)",
    ]  # fmt: skip
    assert [(one.input, one.to, one.colour) for one in told.would_change] == [("weight_kg", "300 kg", "yellow")]


@pytest.mark.parametrize(
    ("features", "code"),
    [(None, "reports_30d:missing"), ({"hours": 49}, "reports_30d:stale"), ({"reports": "3"}, "reports_30d:wrong_type"),
     ({"unreturned": -1}, "unreturned:out_of_range")],
)  # fmt: skip
def test_what_is_not_known_well_is_referred_to_a_person(
    pack: Pack, counter: Actor, features: dict[str, Any] | None, code: str
) -> None:
    if features is not None:
        known(**features)

    told = run(counter)

    assert (told.answer, told.colour, told.code, told.until_at) == ("refer", "grey", code, None)


def test_a_feature_of_another_pack_is_not_read(pack: Pack, counter: Actor) -> None:
    known()
    Feature.objects.update(pack_id="other")

    assert run(counter).code == "reports_30d:missing"


def test_the_log_keeps_no_closed_field_in_clear(pack: Pack, counter: Actor) -> None:
    known()
    one, again, other = run(counter), run(counter), run(counter, holder_no="P-0002")

    kept = Answer.objects.get(id=one.id)
    assert "P-0001" not in json.dumps([kept.told, kept.given, kept.key, kept.request_hash])
    assert kept.given["spot"] == "东门花坛"
    assert kept.given["holder_no"] == one.given["holder_no"] == again.given["holder_no"] != other.given["holder_no"]
    assert one.given["holder_no"].startswith("keyed:")
    assert kept.keep_until_at == AT + timedelta(days=180)


def test_the_log_tells_the_same_as_the_caller_was_told(pack: Pack, counter: Actor) -> None:
    known(reports=4)
    told = run(counter)

    assert checks.answer_get(answer_id=told.id, by=counter) == told


@pytest.mark.parametrize(
    ("change", "finding"),
    [({"spot": None}, ("spot", "missing")), ({"weight_kg": "heavy"}, ("weight_kg", "type")),
     ({"shoe": "44"}, ("shoe", "unknown")), ({"permit_until": "soon"}, ("permit_until", "type"))],
)  # fmt: skip
def test_a_form_that_cannot_be_read_is_refused_and_not_logged(
    pack: Pack, counter: Actor, change: dict[str, Any], finding: tuple[str, str]
) -> None:
    with pytest.raises(FormInvalid) as refused:
        run(counter, **change)

    assert [(one.field, one.rule) for one in refused.value.findings] == [finding]
    assert Answer.objects.count() == 0


def test_a_weight_that_the_table_does_not_allow_goes_to_a_person(pack: Pack, counter: Actor) -> None:
    known()

    assert run(counter, weight_kg="0").code == "weight_kg:out_of_range"


def test_the_same_question_with_the_same_key_is_answered_once(pack: Pack, counter: Actor) -> None:
    known()
    first = run(counter, key="k-1")
    known(reports=9, hours=0)

    assert run(counter, key="k-1", at=AT + timedelta(hours=1)) == first
    assert run(replace(counter, ref="person:8"), key="k-1").answer == "remind"
    with pytest.raises(KeyReused):
        run(counter, key="k-1", spot="西门花坛")
    assert Answer.objects.count() == 2


def test_nobody_asks_without_the_right_and_nothing_is_logged(pack: Pack) -> None:
    stranger = officer(Right.CASE_READ, "330000")

    with pytest.raises(NotAllowed):
        run(stranger)
    assert checks.checks_offered(by=stranger) == []
    assert Answer.objects.count() == 0


@pytest.mark.parametrize(("pack_id", "check_id"), [("demo_works", "none"), ("none", "place_planter")])
def test_an_unknown_check_is_not_found(pack: Pack, counter: Actor, pack_id: str, check_id: str) -> None:
    with pytest.raises(CheckNotFound):
        checks.check_run(pack_id=pack_id, check_id=check_id, given=GIVEN, by=counter, at=AT)


def test_the_log_shows_everybody_the_own_answers_and_supervisors_those_of_their_region(
    pack: Pack, counter: Actor
) -> None:
    other = replace(counter, ref="person:8")
    mine, theirs = run(counter), run(other)
    here = officer(Right.CASE_SUPERVISE, "330000.339900", "person:1")
    elsewhere = officer(Right.CASE_SUPERVISE, "330000.339901", "person:2")

    def seen(by: Actor) -> list[int]:
        return [one.id for one in checks.answers_page(by=by)]

    assert (seen(counter), seen(other), seen(elsewhere)) == ([mine.id], [theirs.id], [])
    assert seen(here) == [theirs.id, mine.id]
    with pytest.raises(AnswerNotFound):
        checks.answer_get(answer_id=mine.id, by=other)


def test_the_log_is_read_page_by_page(pack: Pack, counter: Actor) -> None:
    known()
    ids = [run(counter, weight_kg=str(weight)).id for weight in (80, 301, 81)]

    first = checks.answers_page(by=counter, size=2)
    second = checks.answers_page(by=counter, size=2, cursor=first.next_cursor)
    assert [one.id for one in (*first, *second)] == ids[::-1]
    assert [one.id for one in checks.answers_page(by=counter, wanted=AnswerFilter(answer="refer"))] == [ids[1]]
    assert checks.answers_page(by=counter, wanted=AnswerFilter(pack_id="other")).rows == ()
    with pytest.raises(BadPage):
        checks.answers_page(by=counter, cursor="x")


def test_what_was_kept_long_enough_is_deleted(pack: Pack, counter: Actor) -> None:
    known()
    run(counter)

    assert checks.checks_purge(at=AT + timedelta(days=9) - timedelta(seconds=1)) == 0
    assert checks.checks_purge(at=AT + timedelta(days=9)) == 2
    assert (checks.checks_purge(at=AT + timedelta(days=180)), Answer.objects.count()) == (1, 0)


def test_a_question_costs_three_statements(pack: Pack, counter: Actor, django_assert_num_queries: Any) -> None:
    known()
    run(counter)  # makes the key

    with django_assert_num_queries(3):  # keys, features, answer
        run(counter)
