"""Table of the supply room."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from hezhi.flow.supply.contracts import What


class Episode(models.Model):
    """One trouble of one source, from when it was told until the source was well again."""

    source = models.ForeignKey("intake.Source", models.PROTECT, related_name="+", db_index=False)
    what = models.CharField(max_length=8)
    expectation = models.CharField(max_length=48, blank=True)
    since_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    says = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="supply_what_known", condition=Q(what__in=sorted(What))),
            models.CheckConstraint(
                name="supply_in_order", condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("raised_at"))
            ),
            models.UniqueConstraint(
                name="supply_once", fields=["source", "what", "expectation"], condition=Q(ended_at__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["source", "-id"], name="supply_of_source")]
