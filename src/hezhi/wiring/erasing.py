"""Erasing a record, as it concerns rooms that know none of records: what keeps it, and who was told of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertErased
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseErased, CaseRetold
from hezhi.flow.intake.contracts import RecordErased, RecordUse
from hezhi.flow.tasks import api as tasks
from hezhi.services.devices import api as devices
from hezhi.services.documents import api as documents
from hezhi.services.entities import api as entities
from hezhi.services.notices import api as notices

Forget = Callable[[Sequence[str]], object]
"""Forgets whatever names one of some public numbers."""
_forgetters: list[Forget] = []


def numbers_forget_use(forget: Forget) -> None:
    """Let the edge, which this part may not import, forget what it has noted about numbers."""
    _forgetters[:] = [forget]


def record_uses(record_ids: Collection[int], lock: bool) -> dict[int, RecordUse]:
    """Return what all rooms together make of records, by id; locked in the order in which acts lock: alert, case."""
    told = (
        alerts.record_uses(record_ids, lock=lock),
        cases.record_uses(record_ids, lock=lock),
        tasks.record_uses(record_ids),
    )
    return {one: _joined([room[one] for room in told if one in room]) for one in record_ids}


def _joined(uses: Sequence[RecordUse]) -> RecordUse:
    return RecordUse(
        place=next((one.place for one in uses if one.place is not None), None),
        last_act_at=max((one.last_act_at for one in uses if one.last_act_at is not None), default=None),
        holds=tuple(hold for one in uses for hold in one.holds),
    )


def record_forget(event: RecordErased) -> None:
    """Forget papers and messages about an erased record, messages to its reporter, what it was linked with, and what a
    device said."""
    abouts = [f"record:{one}" for one in event.record_ids]
    documents.about_erase(abouts=abouts)
    notices.about_erase(abouts=abouts, recipients=[f"citizen:{event.number}"])
    entities.entries_forget(refs=abouts, at=event.at)
    devices.messages_forget(record_ids=event.record_ids)
    _numbers_forget(event.number)


def alert_forget(event: AlertErased) -> None:
    """Forget papers and messages about an erased alert."""
    documents.about_erase(abouts=[f"alert:{event.alert_id}"])
    notices.about_erase(abouts=[f"alert:{event.alert_id}"])
    _numbers_forget(event.number)


def case_forget(event: CaseErased) -> None:
    """Forget papers and messages about an erased case."""
    documents.about_erase(abouts=[f"case:{event.case_id}"])
    notices.about_erase(abouts=[f"case:{event.case_id}"])
    _numbers_forget(event.number)


def case_retell(event: CaseRetold) -> None:
    """Forget papers that told what an erased report said, and tell messages under the title the case has now."""
    documents.about_erase(abouts=[f"case:{event.case_id}"])
    notices.about_retell(about=f"case:{event.case_id}", before=event.before, after=event.title)
    _numbers_forget(event.number)


def _numbers_forget(*numbers: str) -> None:
    for forget in _forgetters:
        forget(numbers)
