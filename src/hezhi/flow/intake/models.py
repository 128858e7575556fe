"""Tables of the intake room. Only its own commands write them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from hezhi.flow.intake.contracts import BatchState, RecordState, RelationKind

UNCLEARED_Q = Q(erased_at__isnull=False, cleared_at__isnull=True)


class Source(models.Model):
    code = models.CharField(max_length=48, unique=True, db_collation="C")
    name = models.CharField(max_length=100)
    pack_id = models.CharField(max_length=48)
    kind = models.CharField(max_length=48)
    agency = models.ForeignKey("people.Agency", models.PROTECT, null=True, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)  # SHA-256; the token itself is told once
    columns = models.JSONField(default=dict)
    defaults = models.JSONField(default=dict)
    ignored = models.JSONField(default=list)
    contract_version = models.IntegerField(default=1)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(null=True)  # of sources before this was noted it is not known


class Batch(models.Model):
    """One file or push. Its counts add up to its rows at any moment."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    format = models.CharField(max_length=8)
    content = models.CharField(max_length=64)  # of everything delivered, salted like a record's
    salt = models.CharField(max_length=32, blank=True)  # blanked when one of its rows is erased
    state = models.CharField(max_length=8)
    findings = models.JSONField(default=list)
    rows_count = models.IntegerField(default=0)
    accepted_count = models.IntegerField(default=0)
    refused_count = models.IntegerField(default=0)
    held_count = models.IntegerField(default=0)
    repeated_count = models.IntegerField(default=0)
    taken_at = models.DateTimeField()
    taken_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(name="batch_state_known", condition=Q(state__in=sorted(BatchState))),
            models.CheckConstraint(
                name="batch_counts_add_up",
                condition=Q(
                    rows_count=F("accepted_count") + F("refused_count") + F("held_count") + F("repeated_count")
                ),
            ),
        ]


class Record(models.Model):
    """One row or report, whatever became of it.

    ``raw`` holds what came in only while the record is refused or held: a second copy of personal data
    beside the cleaned values would serve nobody. ``content`` proves later what came, as long as ``salt`` is kept:
    an erased record is its number, its place and its moments, and nothing can be compared with it any more.
    """

    number = models.CharField(max_length=24, unique=True, db_collation="C")
    code_hash = models.CharField(max_length=64, blank=True)
    pack = models.CharField(max_length=64)
    pack_id = models.CharField(max_length=48, db_collation="C")
    kind = models.CharField(max_length=48, db_collation="C")
    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="+", db_index=False)
    source_key = models.CharField(max_length=200, db_collation="C")
    contract_version = models.IntegerField(default=0)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+")
    revises = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=8)
    findings = models.JSONField(default=list)
    values = models.JSONField(default=dict)
    secrets = models.JSONField(default=dict)  # secret field → its cleaned value, sealed (see ``sealing``)
    raw = models.TextField(blank=True)  # sealed as a whole
    content = models.CharField(max_length=64)  # salted hash of everything that was given (see ``sealing``)
    salt = models.TextField(blank=True)
    text = models.TextField(blank=True)
    subject = models.CharField(max_length=260, blank=True)  # the subject field's words and the place
    region_code = models.CharField(max_length=15, blank=True, db_collation="C")
    region_path = models.CharField(max_length=80, blank=True, db_collation="C")
    # The path that region rights look at: empty for a confidential matter.
    scope_path = models.CharField(max_length=80, blank=True, db_collation="C")
    agency_ids = ArrayField(models.IntegerField(), default=list)  # the agency that reported, for its own scope
    matter = models.CharField(max_length=48, blank=True)
    suggestions = models.JSONField(default=list)
    files = models.JSONField(default=list)
    happened_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    received_from = models.CharField(max_length=64)  # reference of who reported it
    is_late = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True)
    erased_basis = models.CharField(max_length=200, blank=True)  # the law or rule, as the reporter reads it
    cleared_at = models.DateTimeField(null=True)  # since when no new backup can hold what was erased

    class Meta:
        constraints = [
            models.CheckConstraint(name="record_state_known", condition=Q(state__in=sorted(RecordState))),
            models.UniqueConstraint(
                name="record_once_per_source",
                fields=["source", "kind", "source_key"],
                condition=Q(source__isnull=False, revises__isnull=True),
            ),
            models.UniqueConstraint(
                name="record_once_per_form",
                fields=["pack_id", "kind", "source_key"],
                condition=Q(source__isnull=True, revises__isnull=True),
            ),
            models.UniqueConstraint(
                name="record_one_change_waits", fields=["revises"], condition=Q(state=RecordState.HELD)
            ),
            models.CheckConstraint(
                name="record_accepted_is_placed",
                condition=~Q(state=RecordState.ACCEPTED) | (Q(happened_at__isnull=False) & ~Q(region_path="")),
            ),
        ]
        indexes = [
            models.Index(fields=["pack_id", "kind", "happened_at"], name="record_in_window"),
            models.Index(fields=["scope_path", "id"], name="record_in_region"),
            models.Index(fields=["state", "id"], name="record_waiting", condition=~Q(state=RecordState.ACCEPTED)),
            models.Index(fields=["id"], name="record_uncleared", condition=UNCLEARED_Q),
        ]


class Relation(models.Model):
    """A relation between two records, ``low`` being the smaller id; ended ones stay on file."""

    kind = models.CharField(max_length=10)
    low = models.ForeignKey(Record, models.PROTECT, related_name="+", db_index=False)
    high = models.ForeignKey(Record, models.PROTECT, related_name="+", db_index=False)
    reason = models.TextField(blank=True)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    ended_by = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="relation_kind_known", condition=Q(kind__in=sorted(RelationKind))),
            models.CheckConstraint(name="relation_of_two", condition=Q(low__lt=F("high"))),
            models.UniqueConstraint(
                name="relation_once", fields=["low", "high", "kind"], condition=Q(ended_at__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["high"], name="relation_high")]


class Ticket(models.Model):
    """Some masked fields of one record, opened for one person of one agency, for one purpose and some minutes.

    What for stands in the ledger alone, among the words that are sealed under the record's key and erased with it.
    ``role`` is the one the pack names; ``near`` says whose the record's telephone or number is, where it is
    the holder's own or one of a declared relative (see ``people.kin``), and is empty otherwise.
    """

    record = models.ForeignKey(Record, models.PROTECT, related_name="+")
    fields = models.JSONField()
    basis = models.CharField(max_length=200)
    case_id = models.BigIntegerField()
    task_id = models.BigIntegerField(null=True)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+")
    role = models.CharField(max_length=16)
    opened_by = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    until_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    read_count = models.IntegerField(default=0)
    first_read_at = models.DateTimeField(null=True)
    last_read_at = models.DateTimeField(null=True)
    near = models.CharField(max_length=16, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="ticket_ends", condition=Q(until_at__gt=F("opened_at"))),
            models.CheckConstraint(
                name="ticket_reads_have_moments",
                condition=Q(read_count=0, first_read_at__isnull=True, last_read_at__isnull=True)
                | Q(read_count__gt=0, first_read_at__isnull=False, last_read_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["opened_by", "case_id"], name="ticket_running", condition=Q(closed_at__isnull=True)),
            models.Index(fields=["until_at"], name="ticket_to_end", condition=Q(closed_at__isnull=True)),
            models.Index(fields=["opened_at"], name="ticket_in_period"),
        ]


class EvidenceHold(models.Model):
    """Until ``until_at``, or until it is ended, the record is needed as evidence and is not erased."""

    record = models.ForeignKey(Record, models.PROTECT, related_name="+")
    law = models.CharField(max_length=100)
    until_at = models.DateTimeField()
    placed_by = models.CharField(max_length=64)
    placed_at = models.DateTimeField()
    ended_by = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True)


class MatterClassifier(models.Model):
    """A trained classifier; the newest of a pack is used. The file lies in the media folder under its hash."""

    pack_id = models.CharField(max_length=48, db_index=True)
    sha256 = models.CharField(max_length=64)
    sample_count = models.IntegerField()
    macro_f1 = models.FloatField(null=True)
    trained_at = models.DateTimeField()
    trained_by = models.CharField(max_length=64)
