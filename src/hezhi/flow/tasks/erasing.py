"""What tasks forget with an erased case, and when one that is open keeps a record from being erased."""

from __future__ import annotations

from collections.abc import Collection

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseErased
from hezhi.flow.intake.contracts import Hold, HoldKind, RecordUse
from hezhi.flow.tasks.models import LIVE_Q, Task


def record_uses(record_ids: Collection[int]) -> dict[int, RecordUse]:
    """Return which records are kept by a task of their case that is not done; the caller holds the cases."""
    of = cases.cases_of_records(record_ids=record_ids)
    live = set(Task.objects.filter(LIVE_Q, case_id__in=set(of.values())).values_list("case_id", flat=True))
    hold = RecordUse(holds=(Hold(HoldKind.TASK_OPEN),))
    return {record_id: hold for record_id, case_id in of.items() if case_id in live}


def case_forget(event: CaseErased) -> None:
    """Forget what was found in an erased case; who did which task when stays."""
    Task.objects.filter(case_id=event.case_id).update(result={}, papers=[])
