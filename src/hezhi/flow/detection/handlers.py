"""What detection does when a record is accepted."""

from __future__ import annotations

from hezhi.flow.detection import api, erasing
from hezhi.flow.intake.contracts import RecordAccepted, RecordErased


def follow_record(event: RecordAccepted) -> None:
    """Count the record under its pack's detectors; a record that was counted before is not counted again."""
    api.detect(event)


def follow_erased(event: RecordErased) -> None:
    """Forget what was counted and found about an erased record; forgetting twice changes nothing."""
    erasing.record_forget(event)
