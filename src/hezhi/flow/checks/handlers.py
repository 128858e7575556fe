"""What point checks do when a record is erased, or may no longer be kept."""

from __future__ import annotations

from hezhi.flow.checks import api
from hezhi.flow.intake.contracts import RecordChanged, RecordErased


def follow_erased(event: RecordErased) -> None:
    """Forget what is known of whoever the record was about; forgetting twice changes nothing."""
    api.record_forget(pack_id=event.pack_id, number=event.number)


def follow_changed(event: RecordChanged) -> None:
    """Forget what is known where consent was taken back; other changes come with the next round."""
    if event.is_withdrawn:
        api.record_forget(pack_id=event.pack_id, number=event.number)
