"""Hits: those in shadow raise nothing, the others do, and the verdict goes back to the detector."""

from __future__ import annotations

from datetime import timedelta

from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertRow, AlertState
from hezhi.flow.alerts.models import Alert
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.tests.factories import HOUSE, MONDAY, Lamps, moment
from hezhi.flow.detection import api as detection
from hezhi.flow.detection.contracts import HitFilter, HitRow


def hits() -> dict[str, HitRow]:
    return {one.detector: one for one in detection.hit_page(by=HOUSE, wanted=HitFilter())}


def hit_alert(lamps: Lamps) -> AlertRow:
    """Report one spot twice: the detector that is not in shadow raises an alert of its own."""
    lamps.report("post", spot="桥头")
    lamps.report("post", spot="桥头", at=MONDAY + timedelta(hours=1))
    found = Alert.objects.get(subject__startswith="often:")
    return alerts.alert_get(alert_id=found.id, by=HOUSE)


def test_a_hit_raises_an_alert_apart_from_that_of_its_records(lamps: Lamps) -> None:
    alert = hit_alert(lamps)

    assert (alert.grade, alert.state, alert.record_ids) == ("yellow", AlertState.OPEN, ())
    assert alert.hit_ids == (hits()["often"].id,)
    assert alert.grade_until_at == MONDAY + timedelta(hours=1, days=30)


def test_a_hit_in_shadow_raises_nothing(lamps: Lamps) -> None:
    hit_alert(lamps)

    assert hits()["in_shadow"].is_shadow
    assert Alert.objects.count() == 2  # that of the records, and that of the detector that is not in shadow
    assert not Alert.objects.filter(subject__startswith="in_shadow").exists()


def test_dismissing_tells_the_detector_what_reality_was(lamps: Lamps) -> None:
    alert = hit_alert(lamps)

    alerts.alert_dismiss(
        alert_id=alert.id, verdict="harmless", reason="同一件事", by=lamps.by("duty_officer"), at=moment("03-02 12:00")
    )

    label = hits()["often"].label
    assert label is not None
    assert (label.verdict, label.by) == ("harmless", lamps.by("duty_officer").ref)


def test_the_end_of_the_case_tells_the_detector_too(lamps: Lamps) -> None:
    alert, noon = hit_alert(lamps), moment("03-02 12:00")
    case_id = alerts.alert_confirm(alert_id=alert.id, matter="post", by=HOUSE, at=noon).case_id
    assert case_id is not None
    assert hits()["often"].label is None

    case = cases.case_accept(case_id=case_id, by=lamps.lead(lamps.case(case_id)), at=noon)
    lamps.close(lamps.verify(lamps.submit(case, at=noon), at=noon), at=noon)

    label = hits()["often"].label
    assert label is not None
    assert label.verdict == "cannot_verify"


def test_a_hit_that_joined_an_open_case_learns_its_end(lamps: Lamps) -> None:
    noon = moment("03-02 12:00")
    hit_alert(lamps)
    alert = alerts.alert_get(alert_id=Alert.objects.get(subject__startswith="often:").id, by=HOUSE)
    first = alerts.alert_confirm(alert_id=alert.id, matter="post", by=HOUSE, at=noon)
    assert first.case_id is not None
    again = alerts.NewAlert(
        "lamp_out", alert.subject, "又", "post", alert.region_code, alert.region_path,
        alerts.Grading("yellow", (("又", "again"),), 30), hit_id=hits()["in_shadow"].id,
    )  # fmt: skip
    second = alerts.alert_raise(new=again, by=HOUSE, at=noon)
    assert second is not None

    joined = alerts.alert_confirm(alert_id=second.id, by=HOUSE, at=noon)
    case = cases.case_accept(case_id=first.case_id, by=lamps.lead(lamps.case(first.case_id)), at=noon)
    lamps.close(lamps.verify(lamps.submit(case, at=noon), at=noon), at=noon)

    assert joined.case_id == first.case_id
    assert {name: one.label.verdict for name, one in hits().items() if one.label} == {
        "often": "cannot_verify", "in_shadow": "cannot_verify",
    }  # fmt: skip


def test_a_confidential_matter_is_never_counted(lamps: Lamps) -> None:
    lamps.report("secret", spot="桥头")
    lamps.report("secret", spot="桥头", at=MONDAY + timedelta(hours=1))

    assert hits() == {}
