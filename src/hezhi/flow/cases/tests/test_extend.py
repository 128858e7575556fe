"""Extending the main limit: within what the pack allows, and only while it runs."""

from __future__ import annotations

from datetime import datetime

import pytest

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow
from hezhi.flow.cases.errors import ExtensionSpent
from hezhi.flow.cases.tests.factories import MONDAY, Lamps, lines, moment, refused
from hezhi.spine.clocks.errors import ClockExpired


def extend(lamps: Lamps, case: CaseRow, amount: int, at: datetime = MONDAY) -> CaseRow:
    return cases.case_extend(case_id=case.id, amount=amount, reason="等配件", by=lamps.by("coordinator"), at=at)


def test_an_extension_adds_units_of_the_main_limit(lamps: Lamps) -> None:
    case = lamps.handled()

    longer = extend(lamps, case, 5)

    assert longer.due_at == moment("03-24 00:00")
    body = lines(case, "case.extend")[0].body
    assert (body["amount"], body["reason"], body["due_at"]) == (5, "等配件", "2026-03-23T16:00:00.000000Z")


@pytest.mark.parametrize("amount", [-1, 0, 6])
def test_one_extension_adds_at_least_one_unit_and_at_most_what_the_pack_says(lamps: Lamps, amount: int) -> None:
    case = lamps.handled()

    with refused(ExtensionSpent, used=0, times=1, at_most=5):
        extend(lamps, case, amount)


def test_the_packs_number_of_extensions_is_the_limit(lamps: Lamps) -> None:
    case = lamps.handled()
    extend(lamps, case, 1)

    with refused(ExtensionSpent, used=1):
        extend(lamps, case, 1)


def test_a_limit_that_is_over_cannot_be_extended(lamps: Lamps) -> None:
    case = lamps.handled()

    with refused(ClockExpired):
        extend(lamps, case, 1, at=moment("03-17 00:00"))


def test_a_reopened_case_may_be_extended_anew(lamps: Lamps) -> None:
    case = lamps.handled()
    extend(lamps, case, 5)
    lamps.close(lamps.verify(lamps.submit(case)))
    cases.case_reopen(case_id=case.id, reason="又坏了", by=lamps.by("supervisor"), at=MONDAY)

    assert extend(lamps, case, 5).due_at == moment("03-24 00:00")
