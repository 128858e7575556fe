"""A trusted subject raises nothing for a while: with reason, name, place and an end."""

from __future__ import annotations

from datetime import datetime

from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import TrustRow
from hezhi.flow.alerts.errors import AlertNotFound, MissingReason, NotInFuture
from hezhi.flow.alerts.models import Alert, Trust
from hezhi.flow.cases.tests.factories import HOUSE, LAMP, MONDAY, Lamps, moment, refused
from hezhi.flow.intake.contracts import RecordState
from hezhi.kit.errors import NotAllowed, NotFound
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor

UNTIL = moment("03-09 09:00")


def trust(lamps: Lamps, subject: str, by: Actor | None = None, **other: object) -> TrustRow:
    told = {"region_path": lamps.town.region_path, "until": UNTIL, "reason": "施工围挡，已报备", "at": MONDAY, **other}
    return alerts.subject_trust(pack_id="lamp_out", subject=subject, by=by or lamps.by("duty_officer"), **told)  # type: ignore[arg-type]


def subject_of(lamps: Lamps, spot: str) -> str:
    """Return the subject of a spot by looking at an alert about it, which is then dismissed."""
    alert = lamps.alert("post", spot=spot)
    alerts.alert_dismiss(alert_id=alert.id, verdict="false", reason="试", by=HOUSE, at=MONDAY)
    return alert.subject


def raised(lamps: Lamps, at: datetime) -> bool:
    before = Alert.objects.filter(subject__startswith="桥头").count()  # a detector may hit besides
    receipt = lamps.report("post", spot="桥头", at=at)
    assert receipt.record.state is RecordState.ACCEPTED  # its records are kept and counted all the same
    return Alert.objects.filter(subject__startswith="桥头").count() > before


def test_a_trusted_subject_raises_nothing_until_the_trust_expires(lamps: Lamps) -> None:
    subject = subject_of(lamps, "桥头")

    told = trust(lamps, subject)

    assert (told.by, told.until_at, told.reason) == (lamps.by("duty_officer").ref, UNTIL, "施工围挡，已报备")
    assert not raised(lamps, moment("03-09 08:59"))
    assert raised(lamps, UNTIL)
    (line,) = ledger.lines_of(chain=f"trust:{told.id}")
    assert (line.act, line.body["subject"], line.pack) == ("alert.trust", subject, "lamp_out@2026.1")


def test_a_trust_ends_early_by_hand(lamps: Lamps) -> None:
    told = trust(lamps, subject_of(lamps, "桥头"))

    ended = alerts.subject_untrust(
        trust_id=told.id, reason="围挡已拆", by=lamps.by("duty_officer"), at=moment("03-03 09:00")
    )

    assert ended.until_at == moment("03-03 09:00")
    assert raised(lamps, moment("03-03 09:00"))
    assert [one.act for one in ledger.lines_of(chain=f"trust:{told.id}")] == ["alert.trust", "alert.untrust"]
    assert alerts.trusts_page(by=lamps.by("duty_officer"), at=moment("03-03 09:00")) == []


def test_a_trust_holds_only_where_its_giver_triages(lamps: Lamps) -> None:
    elsewhere = lamps.other_county()
    subject = subject_of(lamps, "桥头")
    there = "890000.890100.890102"

    trust(lamps, subject, by=elsewhere["duty_officer"], region_path=there)

    assert raised(lamps, moment("03-03 09:00"))
    with refused(NotFound):
        trust(lamps, subject, by=elsewhere["duty_officer"])
    with refused(NotFound):
        trust(lamps, subject, by=lamps.by(LAMP))
    with refused(NotAllowed):
        trust(lamps, subject, by=lamps.by("supervisor"))


def test_a_trust_owes_a_reason_and_an_end_to_come(lamps: Lamps) -> None:
    with refused(NotInFuture):
        trust(lamps, "桥头", until=MONDAY)
    with refused(MissingReason):
        trust(lamps, "桥头", reason=" ")


def test_only_trusts_in_force_that_i_may_end_are_listed(lamps: Lamps) -> None:
    elsewhere = lamps.other_county()
    first = trust(lamps, "桥头", until=moment("03-04 09:00"))
    second = trust(lamps, "桥尾")

    told = alerts.trusts_page(by=lamps.by("duty_officer"), at=MONDAY)
    assert [one.id for one in told] == [first.id, second.id]
    assert [one.id for one in alerts.trusts_page(by=lamps.by("duty_officer"), at=UNTIL)] == []
    assert alerts.trusts_page(by=elsewhere["duty_officer"], at=MONDAY) == []
    with refused(AlertNotFound):
        alerts.subject_untrust(trust_id=first.id, reason="…", by=elsewhere["duty_officer"], at=MONDAY)
    with refused(AlertNotFound):
        alerts.subject_untrust(trust_id=999_999, reason="…", by=lamps.by("duty_officer"), at=MONDAY)


def test_a_trust_is_about_one_pack_only(lamps: Lamps) -> None:
    subject = subject_of(lamps, "桥头")
    told = trust(lamps, subject)

    Trust.objects.filter(id=told.id).update(pack_id="another")

    assert raised(lamps, moment("03-03 09:00"))
