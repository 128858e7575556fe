"""Tables of the intake room. An accepted record's values are never changed."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from hezhi.flow.intake.contracts import BatchState, RecordState, RelationKind


class Source(models.Model):
    code = models.CharField(max_length=48, unique=True)
    name = models.CharField(max_length=100)
    pack_id = models.CharField(max_length=48)
    kind = models.CharField(max_length=48)
    contract = models.PositiveIntegerField(default=1)
    token_hash = models.CharField(max_length=64, unique=True)
    is_active = models.BooleanField(default=True)


class Batch(models.Model):
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    format = models.CharField(max_length=8)
    file = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in BatchState])
    reason = models.JSONField(default=list)
    row_count = models.IntegerField()
    accepted_count = models.IntegerField(default=0)
    refused_count = models.IntegerField(default=0)
    held_count = models.IntegerField(default=0)
    unchanged_count = models.IntegerField(default=0)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "file"], name="batch_once"),
            models.CheckConstraint(
                name="batch_adds_up",
                condition=Q(
                    row_count=models.F("accepted_count")
                    + models.F("refused_count")
                    + models.F("held_count")
                    + models.F("unchanged_count")
                ),
            ),
        ]


class Record(models.Model):
    number = models.CharField(max_length=24, unique=True)
    pack = models.CharField(max_length=64)
    pack_id = models.CharField(max_length=48)
    kind = models.CharField(max_length=48)
    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="+")
    source_key = models.CharField(max_length=200, blank=True)
    content_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in RecordState])
    findings = models.JSONField(default=list)
    raw = models.JSONField(null=True, encoder=DjangoJSONEncoder)  # kept only while the record is not accepted
    values = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    secrets = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    subject = models.CharField(max_length=260, blank=True)
    region_code = models.CharField(max_length=15, blank=True)
    region_path = models.CharField(max_length=80, blank=True)
    matter = models.CharField(max_length=48, blank=True)
    offers = models.JSONField(default=list)
    happened_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    is_late = models.BooleanField(default=False)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_key"], condition=Q(state=RecordState.ACCEPTED), name="record_once"
            ),
            models.UniqueConstraint(
                fields=["pack_id", "kind", "source_key"],
                condition=Q(source__isnull=True, state=RecordState.ACCEPTED),
                name="record_form_once",
            ),
        ]
        indexes = [
            models.Index(fields=["source", "source_key"], name="record_source_key"),
            models.Index(fields=["pack_id", "kind", "subject", "happened_at"], name="record_subject"),
            models.Index(fields=["pack_id", "kind", "region_code", "happened_at"], name="record_place"),
            models.Index(
                fields=["region_path", "id"], opclasses=["text_pattern_ops", "int8_ops"], name="record_region"
            ),
            models.Index(fields=["state", "id"], condition=~Q(state=RecordState.ACCEPTED), name="record_unsettled"),
        ]


class Relation(models.Model):
    """``first`` is the record shown; ``second`` the one merged into it or related to it."""

    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in RelationKind])
    first = models.ForeignKey(Record, models.PROTECT, related_name="+")
    second = models.ForeignKey(Record, models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    undone_by = models.CharField(max_length=64, blank=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(first=models.F("second")), name="relation_of_two"),
            models.UniqueConstraint(
                fields=["kind", "first", "second"], condition=Q(undone_at__isnull=True), name="relation_once"
            ),
            # A record is merged into one other at most, so that a group has one head.
            models.UniqueConstraint(
                fields=["second"], condition=Q(undone_at__isnull=True, kind=RelationKind.DUPLICATE), name="merged_once"
            ),
        ]
        indexes = [
            models.Index(fields=["first"], condition=Q(undone_at__isnull=True), name="relation_first"),
            models.Index(fields=["second"], condition=Q(undone_at__isnull=True), name="relation_second"),
        ]


class Opening(models.Model):
    """Someone opened a secret field for a stated purpose. The person concerned may read this."""

    record = models.ForeignKey(Record, models.PROTECT, related_name="+")
    field = models.CharField(max_length=48)
    purpose = models.TextField()
    case_id = models.BigIntegerField(null=True)
    by = models.CharField(max_length=64)
    agency = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()
