"""Records go when the pack's time of keeping is over, and not before; a dry run tells what would go and why not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from hezhi.flow.intake import api, erasing
from hezhi.flow.intake.contracts import Hold, HoldKind, RecordErased, RecordUse, RetentionRow
from hezhi.flow.intake.models import Record
from hezhi.flow.intake.tests.factories import AT, HOUSE, Ear, pack_base, report, shelf_with
from hezhi.kit import bus
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.identity import SHORTEST, Basis, Keeping
from hezhi.spine.ledger import api as ledger

DAY = timedelta(days=1)
LAW = Basis(cite="示范条例 9", says=Text(zh="保存", en="Kept"), is_verified=True, checked_on=AT.date())


def kept(*rules: Keeping, **identity: Any) -> Pack:
    base = pack_base()
    changed = {"status": "active", "retention_days": 730, "retention": rules, **identity}
    return base.model_copy(update={"identity": base.identity.model_copy(update=changed)})


def rule(**more: Any) -> Keeping:
    return Keeping(**{"record": "report", "days": 90, "basis": LAW, **more})


@pytest.fixture
def told(ear: Ear) -> Iterator[None]:
    bus._table[RecordErased] = ()
    yield


@pytest.fixture
def used(told: None) -> Iterator[dict[int, RecordUse]]:
    """What later rooms say of records."""
    before, uses = list(erasing._uses), {}
    api.record_uses_ask(lambda ids, lock: {one: uses[one] for one in ids if one in uses})
    yield uses
    erasing._uses[:] = before


def test_a_rule_names_its_kind_or_every_other_kind_else_the_pack_keeps_as_long_as_it_says() -> None:
    general = Keeping(days=365, basis=LAW)
    assert kept(rule(), general).identity.keeping("report") == rule()
    assert kept(rule(), general).identity.keeping("other") == general
    assert kept().identity.keeping("report") == Keeping(days=730, basis=SHORTEST)
    with pytest.raises(ValueError, match="kept 100 days at least, but erased after 90"):
        rule(at_least_days=100)


def test_a_dry_run_lists_and_changes_nothing(used: dict[int, RecordUse]) -> None:
    with shelf_with(kept(rule())):
        first, second, third = (report(number, at=AT + number * DAY).record.id for number in (1, 2, 3))
        used[second] = RecordUse(holds=(Hold(HoldKind.CASE_OPEN), Hold(HoldKind.TASK_OPEN)))
        lines = ledger.last_line_id()

        assert api.retention_due(at=AT + 90 * DAY) == []
        [line] = api.retention_due(at=AT + 92 * DAY)

    held = {HoldKind.CASE_OPEN: 1, HoldKind.TASK_OPEN: 1}
    assert line == RetentionRow("demo_works", "report", 90, "示范条例 9", True, 1, AT + DAY, held)
    assert line.held == held
    assert ledger.last_line_id() == lines
    assert Record.objects.filter(erased_at__isnull=True).count() == len({first, second, third})


def test_a_run_erases_by_the_rule_and_says_so(used: dict[int, RecordUse]) -> None:
    with shelf_with(kept(rule())):
        first, second, third = (report(number, at=AT + number * DAY).record.id for number in (1, 2, 3))
        used[second] = RecordUse(holds=(Hold(HoldKind.CASE_OPEN),))

        assert api.retention_run(at=AT + 92 * DAY, by=HOUSE) == 1
        assert api.retention_run(at=AT + 92 * DAY, by=HOUSE) == 0

    erased = Record.objects.filter(erased_at__isnull=False)
    assert [one.id for one in erased] == [first]
    assert erased[0].erased_basis == "示范条例 9；demo_works 90 天"
    body = ledger.lines_of(chain=f"record:{first}")[-1].body
    assert body == {"basis": "retention", "law": "示范条例 9；demo_works 90 天", "changes": []}
    assert third > second


def test_the_time_counts_from_the_last_act_that_concerns_the_record(used: dict[int, RecordUse]) -> None:
    with shelf_with(kept(rule())):
        record_id = report(1).record.id
        used[record_id] = RecordUse(last_act_at=AT + 50 * DAY)

        assert api.retention_run(at=AT + 139 * DAY, by=HOUSE) == 0
        assert api.retention_run(at=AT + 140 * DAY, by=HOUSE) == 1


@pytest.mark.parametrize(
    "pack", [kept(rule(basis=LAW.model_copy(update={"is_verified": False}))), kept(rule(), status="draft")]
)
def test_a_rule_that_nobody_checked_is_listed_and_not_carried_out(used: dict[int, RecordUse], pack: Pack) -> None:
    with shelf_with(pack):
        report(1)

        [line] = api.retention_due(at=AT + 100 * DAY)
        assert (line.count, line.is_run) == (1, False)
        assert api.retention_run(at=AT + 100 * DAY, by=HOUSE) == 0
    assert Record.objects.filter(erased_at__isnull=False).count() == 0
