"""Tables of the cases room. Only ``acts`` writes them."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from hezhi.flow.cases.contracts import CaseState, OrderKind, Part
from hezhi.flow.cases.states import ALL

OPEN_Q = ~Q(state=CaseState.CLOSED)


def late_q(at: datetime) -> Q:
    """Cases whose limit is over. While a case rests its limit does not run, so it is nobody's delay."""
    return OPEN_Q & Q(due_at__lte=at, waiting_until__isnull=True) & ~Q(state=CaseState.SUSPENDED)


class Case(models.Model):
    number = models.CharField(max_length=24, unique=True)
    pack = models.CharField(max_length=64)
    pack_id = models.CharField(max_length=48)
    title = models.CharField(max_length=200)
    matter = models.CharField(max_length=48)
    subject = models.CharField(max_length=480)
    region_code = models.CharField(max_length=15)
    region_path = models.CharField(max_length=80)
    # The path that region rights look at: empty for a confidential case, which only takes part-takers.
    scope_path = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=12)
    grade = models.CharField(max_length=8, default="grey")
    lead_agency = models.ForeignKey("people.Agency", models.PROTECT, null=True, related_name="+")
    owner_agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+")
    handler = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    # Every agency that takes part; the one column rights and lists look at.
    agency_ids = ArrayField(models.IntegerField())
    held_by_ids = ArrayField(models.IntegerField(), default=list)  # agencies that led it before
    opened_at = models.DateTimeField()
    last_act_at = models.DateTimeField()
    due_at = models.DateTimeField()
    limit = models.JSONField(default=dict)  # the main limit, frozen at filing
    main_clock_id = models.BigIntegerField()
    step_clock_id = models.BigIntegerField(null=True)  # acceptance or ruling, whichever is owed now
    waiting_until = models.DateTimeField(null=True)
    next_ring_at = models.DateTimeField(null=True)
    ring = models.SmallIntegerField(default=0)
    bounce_count = models.SmallIntegerField(default=0)
    is_ruled = models.BooleanField(default=False)
    extension_count = models.SmallIntegerField(default=0)
    is_confidential = models.BooleanField(default=False)
    alert_id = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=48, default="")
    verdict = models.CharField(max_length=16, default="")
    summary = models.TextField(default="")
    submitted_by = models.CharField(max_length=64, default="")
    closed_at = models.DateTimeField(null=True)
    reopened_count = models.SmallIntegerField(default=0)
    is_contested = models.BooleanField(default=False)
    is_audit_drawn = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True)  # when the last of its records was erased, and its words with it

    class Meta:
        constraints = [
            models.CheckConstraint(name="case_state_known", condition=Q(state__in=sorted(ALL))),
            models.CheckConstraint(
                name="case_closed_has_moment", condition=Q(closed_at__isnull=False) | ~Q(state=CaseState.CLOSED)
            ),
            models.UniqueConstraint(fields=["alert_id"], name="case_one_per_alert"),
        ]
        indexes = [
            GinIndex(fields=["agency_ids"], name="case_agencies_open", condition=OPEN_Q),
            GinIndex(fields=["agency_ids"], name="case_agencies"),
            # The next two hold what lists filter by, so that they pass over a row without fetching it.
            models.Index(
                fields=["due_at", "id"],
                include=["scope_path", "agency_ids", "state", "waiting_until"],
                name="case_due_open",
                condition=OPEN_Q,
            ),
            models.Index(fields=["id"], include=["scope_path", "agency_ids", "state"], name="case_newest"),
            models.Index(fields=["owner_agency", "due_at", "id"], name="case_owner_open", condition=OPEN_Q),
            models.Index(fields=["next_ring_at"], name="case_next_ring", condition=Q(next_ring_at__isnull=False)),
            models.Index(fields=["waiting_until"], name="case_waiting", condition=Q(waiting_until__isnull=False)),
            models.Index(
                fields=["scope_path", "due_at"],
                name="case_region_open",
                opclasses=["text_pattern_ops", "timestamptz_ops"],
                condition=OPEN_Q,
            ),
            models.Index(fields=["scope_path", "id"], name="case_region", opclasses=["text_pattern_ops", "int8_ops"]),
            models.Index(fields=["pack_id", "subject"], name="case_subject_open", condition=OPEN_Q),
        ]


class CaseRecord(models.Model):
    """Which records a case is about. A record is about one case at most."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    record_id = models.BigIntegerField(unique=True)
    attached_at = models.DateTimeField()


class Participant(models.Model):
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+")
    part = models.CharField(max_length=8, choices=[(p.value, p.value) for p in Part])
    clock_id = models.BigIntegerField(null=True)
    joined_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "agency"], condition=Q(left_at__isnull=True), name="participant_once"
            )
        ]


class Order(models.Model):
    """An urging or a supervision with its own clock and answer."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in OrderKind])
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+")
    text = models.TextField()
    given_by = models.CharField(max_length=64)
    given_at = models.DateTimeField()
    clock_id = models.BigIntegerField()
    due_at = models.DateTimeField()
    answer = models.TextField(default="")
    answered_by = models.CharField(max_length=64, default="")
    answered_at = models.DateTimeField(null=True)


class Return(models.Model):
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+")
    reason = models.CharField(max_length=48)
    note = models.TextField()
    proposed_kind = models.CharField(max_length=48)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()


class Precedent(models.Model):
    """A ruling, offered the next time. Superseded by a newer one for the same matter and region."""

    pack_id = models.CharField(max_length=48)
    matter = models.CharField(max_length=48)
    region_path = models.CharField(max_length=80)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+")
    reason = models.TextField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["pack_id", "matter", "-at"], name="precedent_matter")]


class Responsibility(models.Model):
    """A city's own line of the responsibility catalogue; it goes before the pack's line.

    ``lead_kind`` empty means that the coordinator decides.
    """

    pack_id = models.CharField(max_length=48)
    matter = models.CharField(max_length=48)
    region_path = models.CharField(max_length=80)
    lead_kind = models.CharField(max_length=48, blank=True)
    co_kinds = ArrayField(models.CharField(max_length=48), default=list)
    support_kinds = ArrayField(models.CharField(max_length=48), default=list)
    basis = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pack_id", "matter", "region_path"], name="responsibility_once")]


class KeptPack(models.Model):
    """A version of a pack as the first case filed under it found it; ``body`` is the pack without its folder."""

    stamp = models.CharField(max_length=64, primary_key=True)
    content_hash = models.CharField(max_length=64)
    body = models.JSONField()
    kept_at = models.DateTimeField()


class Contest(models.Model):
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    record_number = models.CharField(max_length=24)
    text = models.TextField()
    filed_at = models.DateTimeField()
    clock_id = models.BigIntegerField()
    due_at = models.DateTimeField()
    decision = models.CharField(max_length=8, default="")
    reason = models.TextField(default="")
    decided_by = models.CharField(max_length=64, default="")
    decided_at = models.DateTimeField(null=True)


class TaskForce(models.Model):
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    purpose = models.TextField()
    member_ids = ArrayField(models.IntegerField())
    formed_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    dissolved_at = models.DateTimeField(null=True)
