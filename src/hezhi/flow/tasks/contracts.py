"""Human work: who does what by when, with which result and which papers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from hezhi.flow.cases.contracts import Paper


class TaskState(StrEnum):
    """Whether a task waits, is to be done, or is over."""

    WAITING = "waiting"  # opens when a waiting time is over
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class KernelTask(StrEnum):
    """Tasks every pack has without declaring them."""

    ASSIST = "kernel_assist"  # a co-handler's or supporter's own answer
    REWORK = "kernel_rework"  # 返工: what a verifier sent back or a reopening asks for
    REVISIT = "kernel_revisit"  # 回访: ask a dissatisfied reporter what is still wrong
    AUDIT = "kernel_audit"  # 抽查: second look at a randomly drawn closed case


@dataclass(frozen=True)
class TaskRow:
    """One task. ``element`` is its id in the playbook or a ``KernelTask``; ``agency_id`` owns it."""

    id: int
    case_id: int
    case_number: str
    case_title: str
    pack: str
    pack_id: str
    element: str
    part: str
    agency_id: int
    agency_name: str
    person_id: int | None
    person_name: str
    state: TaskState
    opened_at: datetime
    not_before: datetime | None
    due_at: datetime
    done_at: datetime | None
    done_by: str
    result: dict[str, Any] = field(default_factory=dict, hash=False)
    papers: tuple[Paper, ...] = ()


@dataclass(frozen=True)
class TaskFilter:
    """Empty fields do not narrow."""

    states: tuple[TaskState, ...] = (TaskState.OPEN,)
    case_id: int | None = None
    person_id: int | None = None
    agency_id: int | None = None
    is_untaken: bool = False  # nobody holds it yet
    is_overdue: bool = False


@dataclass(frozen=True)
class TaskDone:
    """A task came to its result."""

    task: TaskRow
    by: str
    at: datetime
