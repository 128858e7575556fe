"""The clocks' tables. Entries are the truth and append-only; a clock's own row repeats what follows from them,
so that lists and sweeps need no counting.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hezhi.spine.clocks.contracts import EntryKind, Party, Unit


class Clock(models.Model):
    """One limit on one subject. ``agency_id`` is only an account here; who may exist is the people room's affair."""

    subject = models.CharField(max_length=100, db_collation="C")
    kind = models.CharField(max_length=100, db_collation="C")
    budget = models.PositiveIntegerField()
    unit = models.CharField(max_length=16, choices=[(one.value, one.value) for one in Unit])
    source = models.CharField(max_length=500)
    is_verified = models.BooleanField()
    agency_id = models.BigIntegerField(null=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()  # of a suspended clock: as projected at its last move
    suspended_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    is_provisional = models.BooleanField()
    state = models.JSONField()  # `history.State` after the last entry
    calendar_version = models.BigIntegerField()  # the calendar that due_at was computed by

    class Meta:
        indexes = [
            models.Index(fields=["subject"], name="clocks_subject"),
            models.Index(
                fields=["due_at"], name="clocks_due", condition=Q(stopped_at__isnull=True, suspended_at__isnull=True)
            ),
            models.Index(
                fields=["calendar_version"],
                name="clocks_version",
                condition=Q(stopped_at__isnull=True) & ~Q(unit="hour"),
            ),
        ]


class ClockEntry(models.Model):
    """One move of a clock, never changed."""

    clock = models.ForeignKey(Clock, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=[(one.value, one.value) for one in EntryKind])
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    reason = models.TextField()
    waiting_for = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Party])
    agency_id = models.BigIntegerField(null=True)
    amount = models.PositiveIntegerField()
