"""Tables of the alerts room."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hezhi.flow.alerts.contracts import AlertState

WAITING_Q = Q(state__in=[AlertState.OPEN, AlertState.SNOOZED])


class Alert(models.Model):
    number = models.CharField(max_length=24, unique=True)
    pack = models.CharField(max_length=64)
    pack_id = models.CharField(max_length=48)
    title = models.CharField(max_length=200)
    subject = models.CharField(max_length=480)
    matter = models.CharField(max_length=48, blank=True)
    region_code = models.CharField(max_length=15)
    region_path = models.CharField(max_length=80)
    grade = models.CharField(max_length=8)
    reasons = models.JSONField(default=list)
    grade_until_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in AlertState])
    raised_at = models.DateTimeField()
    clock_id = models.BigIntegerField()
    due_at = models.DateTimeField()
    snoozed_until = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=16, default="")
    decision_reason = models.TextField(default="")
    decided_by = models.CharField(max_length=64, default="")
    decided_at = models.DateTimeField(null=True)
    case_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            # Grouping by subject is a promise of the database: two workers never raise two alerts.
            models.UniqueConstraint(fields=["pack_id", "subject"], condition=WAITING_Q, name="alert_one_waiting")
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state=AlertState.OPEN), name="alert_due_open"),
            models.Index(fields=["snoozed_until"], condition=Q(state=AlertState.SNOOZED), name="alert_snoozed"),
            models.Index(fields=["region_path", "id"], opclasses=["text_pattern_ops", "int8_ops"], name="alert_region"),
        ]


class AlertItem(models.Model):
    """A record or a hit that speaks for the alert."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="items")
    record_id = models.BigIntegerField(null=True)
    hit_id = models.BigIntegerField(null=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record_id"], condition=Q(hit_id__isnull=True), name="alert_record_once"),
            models.UniqueConstraint(fields=["hit_id"], condition=Q(record_id__isnull=True), name="alert_hit_once"),
        ]


class Trust(models.Model):
    """A subject that raises no alerts for a while: with reason, name and expiry."""

    pack_id = models.CharField(max_length=48)
    subject = models.CharField(max_length=480)
    region_path = models.CharField(max_length=80)
    reason = models.TextField()
    by = models.CharField(max_length=64)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["pack_id", "subject", "until_at"], name="trust_subject")]
