"""What detection does when a record is accepted."""

from __future__ import annotations

from hezhi.flow.detection import api
from hezhi.flow.intake.contracts import RecordAccepted


def follow_record(event: RecordAccepted) -> None:
    """Count the record under its pack's detectors; a record that was counted before is not counted again."""
    api.detect(event)
