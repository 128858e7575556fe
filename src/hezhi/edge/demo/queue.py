"""Plans in their order in time. An entity has one plan at most; a new one takes the old one's place."""

from __future__ import annotations

import heapq
from collections.abc import Hashable
from datetime import datetime

from hezhi.edge.demo.world import Plan


class PlanQueue:
    """A heap that forgets plans which were replaced. Equal moments are ordered by the plan's name."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, str, int, Hashable]] = []
        self._current: dict[Hashable, tuple[int, Plan]] = {}
        self._count = 0

    def put(self, entity: Hashable, plan: Plan | None) -> None:
        """Set what an entity does next; None: nothing."""
        self._count += 1
        if plan is None:
            self._current.pop(entity, None)
            return
        self._current[entity] = (self._count, plan)
        heapq.heappush(self._heap, (plan.at, plan.name, self._count, entity))

    def pop(self, until: datetime) -> tuple[Hashable, Plan] | None:
        """Take the earliest plan out, None when nothing is planned up to ``until``."""
        while self._heap:
            at, _, number, entity = self._heap[0]
            current = self._current.get(entity)
            if current is None or current[0] != number:
                heapq.heappop(self._heap)
                continue
            if at > until:
                return None
            heapq.heappop(self._heap)
            del self._current[entity]
            return entity, current[1]
        return None

    def has(self, entity: Hashable) -> bool:
        return entity in self._current
