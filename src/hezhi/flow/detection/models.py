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


class Waiting(models.Model):
    """An accepted record that the lake has not taken over yet, in its newest values."""

    record_id = models.BigIntegerField(primary_key=True)
    noted_at = models.DateTimeField()


class Run(models.Model):
    """One run of one scan: on which snapshot, over which moments, with what result; an error ends it alone."""

    pack = models.CharField(max_length=64)
    pack_id = models.CharField(max_length=48, db_collation="C")
    scan = models.CharField(max_length=64, db_collation="C")
    definition = models.CharField(max_length=64)  # SHA-256 of the scan as it was
    engine = models.CharField(max_length=16)
    snapshot = models.BigIntegerField()
    as_of = models.DateTimeField()
    spans = models.JSONField()  # [[first, last]] in microseconds
    hit_count = models.IntegerField(default=0)
    new_count = models.IntegerField(default=0)
    grown_count = models.IntegerField(default=0)
    milliseconds = models.IntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["pack_id", "scan", "-id"], name="run_newest")]


class Hit(models.Model):
    """One hit of a detector, or one episode of a scan. Verdicts are added as labels.

    What a detector found at the arrival of a record never changes until its last record is erased; an episode grows
    with what is found about the same subject before it was quiet long enough.
    """

    pack = models.CharField(max_length=64)
    pack_id = models.CharField(max_length=48, db_collation="C")
    content_hash = models.CharField(max_length=64)
    detector = models.CharField(max_length=64, db_collation="C")
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
    run = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+")  # the run that first found an episode
    evidence = models.JSONField(default=dict)  # what a scan reckoned, at its newest hit

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


class Review(models.Model):
    """One small random sample of subjects that a scan looked at and did not find, so that misses can be estimated.

    With its seed, snapshot and ``hit_ids`` (what had been found in the time) the same sample can be drawn again.
    """

    pack = models.CharField(max_length=64)
    pack_id = models.CharField(max_length=48, db_collation="C")
    detector = models.CharField(max_length=64, db_collation="C")
    definition = models.CharField(max_length=64)
    snapshot = models.BigIntegerField()
    known_at = models.DateTimeField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()  # excluded
    seed = models.BigIntegerField()
    size = models.IntegerField()
    hit_ids = ArrayField(models.BigIntegerField())
    found_count = models.IntegerField()  # subjects
    unfound_count = models.IntegerField()
    drawn_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pack_id", "detector", "definition", "first_at", "last_at"], name="review_drawn_once"
            ),
        ]


class ReviewItem(models.Model):
    """One subject to be looked at. The newest answer counts; the ledger keeps each with its reason."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="items")
    subject = models.CharField(max_length=400, db_collation="C")
    region_path = models.CharField(max_length=80, blank=True, db_collation="C")
    record_ids = ArrayField(models.BigIntegerField())
    answer = models.CharField(max_length=16, blank=True)
    answered_by = models.CharField(max_length=64, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="review_answer_known", condition=Q(answer__in=["", "missed", "nothing", "cannot_tell"])
            ),
        ]
        indexes = [
            models.Index(fields=["region_path", "id"], name="review_in_region"),
            GinIndex(fields=["record_ids"], name="review_records"),
        ]


class Candidate(models.Model):
    """A changed form of a scan, run in shadow beside the one in use until somebody ends it; one at a time.

    Its runs and hits stand under the name ``<detector>~<id>``.
    """

    pack_id = models.CharField(max_length=48, db_collation="C")
    detector = models.CharField(max_length=48, db_collation="C")
    definition = models.JSONField()  # the whole scan
    changes = models.JSONField()  # what differs from the one in use when it began, as texts
    since_at = models.DateTimeField()
    begun_at = models.DateTimeField()
    begun_by = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pack_id", "detector"], condition=Q(ended_at=None), name="candidate_one_at_a_time"
            ),
        ]
