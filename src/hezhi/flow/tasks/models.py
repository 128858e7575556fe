"""Table of the tasks room."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from hezhi.flow.tasks.contracts import TaskState

LIVE_Q = Q(state__in=[TaskState.OPEN, TaskState.WAITING])


class Task(models.Model):
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    pack = models.CharField(max_length=64)
    element = models.CharField(max_length=48)
    part = models.CharField(max_length=12)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+")
    person = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in TaskState])
    opened_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    limit = models.JSONField()  # the pack's limit as it stood when the task was opened
    clock_id = models.BigIntegerField(null=True)  # of the wait while it waits, then of its limit
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=64, default="")
    result = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    papers = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "element", "agency"], condition=LIVE_Q, name="task_live_once")
        ]
        indexes = [
            models.Index(fields=["agency", "due_at", "id"], condition=LIVE_Q, name="task_agency_live"),
            models.Index(fields=["person", "due_at", "id"], condition=LIVE_Q, name="task_person_live"),
            models.Index(fields=["not_before"], condition=Q(state=TaskState.WAITING), name="task_waiting"),
        ]
