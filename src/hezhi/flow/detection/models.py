"""Tables of the detection room."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q


class Sight(models.Model):
    """One accepted record as one detector counts it: under which subject, and when it happened.

    A projection: it can be rebuilt from the records at any time. ``key`` (the record's number) orders
    records of the same moment, as the pack tool orders them.
    """

    pack_id = models.CharField(max_length=48, db_collation="C")
    detector = models.CharField(max_length=48, db_collation="C")
    subject = models.CharField(max_length=400, db_collation="C")
    happened_at = models.DateTimeField()
    region_path = models.CharField(max_length=80, db_collation="C")
    key = models.CharField(max_length=24, db_collation="C")
    record_id = models.BigIntegerField()
    is_withheld = models.BooleanField(default=False)  # of a confidential matter: never counted

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record_id", "detector"], name="sight_once"),
        ]
        indexes = [
            models.Index(fields=["pack_id", "detector", "subject", "happened_at", "key"], name="sight_in_window"),
        ]


class Hit(models.Model):
    """One hit. Its facts never change until its last record is erased; verdicts are added as labels."""

    pack = models.CharField(max_length=64)
    pack_id = models.CharField(max_length=48, db_collation="C")
    content_hash = models.CharField(max_length=64)
    detector = models.CharField(max_length=48, db_collation="C")
    subject = models.CharField(max_length=400, db_collation="C")
    title = models.CharField(max_length=300)
    matter = models.CharField(max_length=48, blank=True)
    region_code = models.CharField(max_length=15, blank=True, db_collation="C")
    region_path = models.CharField(max_length=80, blank=True, db_collation="C")
    grade = models.CharField(max_length=8)
    reasons = models.JSONField()
    record_ids = ArrayField(models.BigIntegerField())
    count = models.IntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    quiet_until = models.DateTimeField()
    is_shadow = models.BooleanField()
    found_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["pack_id", "detector", "subject", "-quiet_until"], name="hit_quiet"),
            models.Index(fields=["region_path", "id"], name="hit_in_region"),
            GinIndex(fields=["record_ids"], name="hit_records"),
        ]


class Label(models.Model):
    """A verdict on a hit; the newest counts, the others stay on file."""

    hit = models.ForeignKey(Hit, models.PROTECT, related_name="labels")
    verdict = models.CharField(max_length=16)
    given_by = models.CharField(max_length=64)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="label_verdict_known", condition=Q(verdict__in=["true", "false", "harmless", "cannot_verify"])
            ),
        ]
