"""Table of the rights room. Only its own commands write it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from hezhi.flow.rights.contracts import Proof, RightKind


class Request(models.Model):
    """One request about one record. Its words lie in a record of their own; here is what was proved and done."""

    right = models.CharField(max_length=12)
    concerned = models.ForeignKey("intake.Record", models.PROTECT, related_name="+")
    record = models.OneToOneField(
        "intake.Record", models.PROTECT, null=True, related_name="+"
    )  # None: answered at once
    key = models.CharField(max_length=120, blank=True)
    proof = models.CharField(max_length=8)
    checked = models.CharField(max_length=60, blank=True)  # kind of the document seen at a counter, never its number
    filed_by = models.CharField(max_length=64)
    filed_at = models.DateTimeField()
    done = ArrayField(models.CharField(max_length=48), default=list)
    done_at = models.DateTimeField(null=True)
    open_until = models.DateTimeField(null=True)  # of the copy that access opens

    class Meta:
        constraints = [
            models.CheckConstraint(name="request_right_known", condition=Q(right__in=sorted(RightKind))),
            models.CheckConstraint(name="request_proof_known", condition=Q(proof__in=sorted(Proof))),
            models.CheckConstraint(
                name="request_counter_says_what", condition=~Q(proof=Proof.COUNTER) | ~Q(checked="")
            ),
            models.UniqueConstraint(name="request_once_per_form", fields=["concerned", "key"], condition=~Q(key="")),
        ]
