"""Tables of the checks room."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Feature(models.Model):
    """What is known of one subject under one name: the newest value, by the moment it is from.

    A projection of the detectors' runs. ``subject`` is a keyed hash; the key belongs to the pack.
    """

    pack_id = models.CharField(max_length=48, db_collation="C")
    subject = models.CharField(max_length=64, db_collation="C")
    name = models.CharField(max_length=48, db_collation="C")
    value = models.JSONField()
    from_at = models.DateTimeField()
    written_at = models.DateTimeField()
    source = models.CharField(max_length=160)
    keep_until_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pack_id", "subject", "name"], name="feature_once")]
        indexes = [models.Index(fields=["keep_until_at"], name="feature_kept")]


class Refresh(models.Model):
    """From what a feature was reckoned last: a hash of its definition and of the lake's files under it."""

    pack_id = models.CharField(max_length=48, db_collation="C")
    feature = models.CharField(max_length=48, db_collation="C")
    stand = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pack_id", "feature"], name="refresh_once")]


class Answer(models.Model):
    """One answer of a check. ``told`` holds words, reasons, facts and changes as they were told."""

    pack_id = models.CharField(max_length=48, db_collation="C")
    pack = models.CharField(max_length=64)
    check_id = models.CharField(max_length=48, db_collation="C")
    answer = models.CharField(max_length=8)
    colour = models.CharField(max_length=8)
    code = models.CharField(max_length=80, blank=True)
    told = models.JSONField()
    given = models.JSONField()
    until_at = models.DateTimeField(null=True)
    asker = models.CharField(max_length=80, db_collation="C")
    agency_id = models.BigIntegerField(null=True)
    region_path = models.CharField(max_length=80, blank=True, db_collation="C")
    at = models.DateTimeField()
    keep_until_at = models.DateTimeField()
    key = models.CharField(max_length=180, blank=True, db_collation="C")
    request_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asker", "key"], condition=~Q(key=""), name="answer_once"),
            models.CheckConstraint(condition=Q(answer__in=["ok", "remind", "refer"]), name="answer_refuses_nothing"),
        ]
        indexes = [
            models.Index(fields=["region_path", "id"], name="answer_in_region"),
            models.Index(fields=["asker", "id"], name="answer_of_asker"),
            models.Index(fields=["keep_until_at"], name="answer_kept"),
        ]
