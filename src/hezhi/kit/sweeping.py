"""One round of a sweep: many things that are due, each done by itself, none held up by another that fails."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from hezhi.kit.errors import HezhiError

logger = logging.getLogger(__name__)


class SweepFailed(HezhiError):
    """Some of what was due could not be done; everything else was, and the rest is tried again next time."""

    code = "sweep_failed"


class Round:
    """One round. ``do`` must be a transaction of its own, so that what fails leaves nothing behind."""

    def __init__(self, name: str, *, at_most: int) -> None:
        self.name = name
        self.at_most = at_most
        self.moved = 0
        self.failed: list[Any] = []

    def each(self, ids: Iterable[Any], do: Callable[[Any], int]) -> None:
        """Do what is due for each id, until ``at_most`` of them went well.

        WHY those that fail do not count: they are the oldest, so enough of them would fill every round.
        """
        done = 0
        for one in ids:
            if done == self.at_most:
                return
            try:
                self.moved += do(one)
                done += 1
            except Exception as problem:
                self.failed.append(one)
                # The words of an error may hold a name or a number of somebody; its kind and place do not.
                logger.error("sweep %s: %s failed with %s", self.name, one, _where(problem))  # noqa: TRY400

    def end(self) -> int:
        """Return how many were changed.

        Raises:
            SweepFailed: some could not be done; the facts tell which.
        """
        if self.failed:
            failed = ",".join(str(one) for one in self.failed[:20])
            raise SweepFailed(sweep=self.name, moved=self.moved, failed_count=len(self.failed), failed=failed)
        return self.moved


def _where(problem: Exception) -> str:
    last = traceback.extract_tb(problem.__traceback__)[-1]
    kind = getattr(problem, "code", "") if isinstance(problem, HezhiError) else ""
    return f"{kind or type(problem).__name__} at {last.filename}:{last.lineno}"
