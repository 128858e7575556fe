"""What detection does when a record is accepted."""

from __future__ import annotations

from hezhi.flow.detection import api, erasing, feeding
from hezhi.flow.intake.contracts import RecordAccepted, RecordChanged, RecordErased


def follow_record(event: RecordAccepted) -> None:
    """Count the record under its pack's detectors; a record that was counted before is not counted again."""
    api.detect(event)
    feeding.note(event)


def follow_changed(event: RecordChanged) -> None:
    """Let the lake take the record over as it is now; noting twice changes nothing."""
    feeding.note(event)


def follow_erased(event: RecordErased) -> None:
    """Forget what was counted and found about an erased record; forgetting twice changes nothing."""
    erasing.record_forget(event)
    feeding.forget(event)
