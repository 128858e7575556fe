"""Notes which alerts, cases and records an act touched, by listening to the facts the house publishes."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertConfirmed, AlertRaised
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseActed
from hezhi.flow.intake.contracts import RecordAccepted
from hezhi.flow.tasks.contracts import TaskDone
from hezhi.kit import bus

Entity = tuple[str, int | str]


class Watch:
    """While the block runs, hears the house's facts after everybody else has."""

    def __init__(self) -> None:
        self._entities: dict[Entity, None] = {}
        self._records: list[int] = []

    def __enter__(self) -> Watch:
        self._before = bus.table()
        bus.connect([(kind, (*handlers, self._heard)) for kind, handlers in self._before])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        bus.connect(self._before)

    def clear(self) -> None:
        self._entities, self._records = {}, []

    def add(self, entity: Entity) -> None:
        self._entities[entity] = None

    def touched(self) -> list[Entity]:
        """Return what was touched since the last `clear`, each once, in the order it was heard of."""
        if self._records:
            for alert_id in sorted(set(alerts.alerts_of_records(record_ids=self._records).values())):
                self.add(("alert", alert_id))
            for case_id in sorted(self._cases_joined()):
                self.add(("case", case_id))
        return list(self._entities)

    def _cases_joined(self) -> set[int]:
        """Cases that records joined: joining an open case is told to nobody."""
        found = {cases.case_of_record(record_ids=[one]) for one in self._records}
        return {one for one in found if one is not None}

    def _heard(self, event: Any) -> None:
        match event:
            case RecordAccepted():
                self._records.append(event.record_id)
            case AlertRaised():
                self.add(("alert", event.alert.id))
            case AlertConfirmed():
                self.add(("alert", event.alert.id))
                self._records.extend(event.alert.record_ids)
            case CaseActed():
                self.add(("case", event.case.id))
            case TaskDone():
                self.add(("case", event.task.case_id))
