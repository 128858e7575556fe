"""What can go wrong with a task.

HezhiError
├── NotFound     TaskNotFound
├── NotAllowed   NotYourTask
├── Invalid      ResultIncomplete, UnknownTask
└── Refused      TaskNotOpen, TaskNotReady, NeedsNamedPerson, PackStrandsCases
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, NotAllowed, NotFound, Refused


class TaskNotFound(NotFound):
    """There is no such task, or you may not see it."""

    code = "task_not_found"


class NotYourTask(NotAllowed):
    """This task belongs to another agency or another person."""

    code = "not_your_task"


class ResultIncomplete(Invalid):
    """The result is not complete yet."""

    code = "result_incomplete"


class UnknownTask(Invalid):
    """The pack does not know this task."""

    code = "unknown_task"


class PackStrandsCases(Refused):
    """The packs of now lack something that open cases stand on, and the version they were filed under is not kept.

    ``findings`` holds every gap. Give the changed pack a new version, or bring the missing element back.
    """

    code = "pack_strands_cases"

    def __init__(self, *, findings: tuple[str, ...]) -> None:
        self.findings = findings
        super().__init__("; ".join(findings))


class TaskNotOpen(Refused):
    """The task is not open: it waits, is done or was cancelled."""

    code = "task_not_open"


class TaskNotReady(Refused):
    """The turn of this task has not come, or it opens by itself."""

    code = "task_not_ready"


class NeedsNamedPerson(Refused):
    """This decision burdens someone: only a named person decides it, with reasons, never a machine."""

    code = "needs_named_person"
