"""An erased subject is unreadable everywhere; what counts and what proves stays, and the chain verifies."""

from __future__ import annotations

from tests.loop.marked import LATER, files_with, play, stores, tables_with

from hezhi.edge.api.models import Answered
from hezhi.flow.cases.tests.factories import HOUSE, Lamps
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import ErasureBasis
from hezhi.spine.ledger import api as ledger


def erase(record_id: int, **more):
    given = {"basis": ErasureBasis.PURPOSE_ENDED, "by": HOUSE, "at": LATER, **more}
    return intake.record_erase(record_id=record_id, **given)


def test_no_table_holds_a_word_of_an_erased_subject(lamps: Lamps, django_capture_on_commit_callbacks) -> None:
    marked = play(lamps)
    assert Answered.objects.count() == 1
    assert {"intake_record", "cases_case", "tasks_task", "notices_notice"} <= set(tables_with())

    with django_capture_on_commit_callbacks(execute=True):
        erase(marked.record_id)

    assert tables_with() == []
    assert Answered.objects.count() == 0
    assert files_with(*stores()) == []
    assert ledger.ledger_breaks() == []
