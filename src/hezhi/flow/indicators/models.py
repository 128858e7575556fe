"""Table of the indicators room: what was last computed, replaced as a whole by each recomputation."""

from __future__ import annotations

from django.db import models


class Value(models.Model):
    """One number; ``region_path`` holds every case it counts, and says who may read it."""

    pack_id = models.CharField(max_length=48)
    indicator = models.CharField(max_length=48)
    period = models.CharField(max_length=7)
    by = models.CharField(max_length=8, blank=True)
    group = models.CharField(max_length=80, blank=True)
    region_path = models.CharField(max_length=80, blank=True)
    numerator = models.IntegerField()
    denominator = models.IntegerField()
    value = models.FloatField(null=True)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pack_id", "indicator", "period", "by", "group"], name="value_once")
        ]
