"""The calendar's tables. Only ``api`` writes here; what stood before an edit is in the ledger, chain ``calendar``."""

from __future__ import annotations

from django.db import models


class Year(models.Model):
    """A year the calendar answers for; years have no holes between them."""

    year = models.IntegerField(primary_key=True)
    is_provisional = models.BooleanField()
    source = models.CharField(max_length=200)


class Day(models.Model):
    """A listed day: a holiday, its bridge or a make-up workday. All other days follow the weekday."""

    on = models.DateField(primary_key=True)
    is_working = models.BooleanField()
    name = models.CharField(max_length=50)
    source = models.CharField(max_length=200)


class Edition(models.Model):
    """The one row that every edit locks; ``version`` comes from a sequence, so it is never given twice."""

    id = models.SmallIntegerField(primary_key=True)
    version = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(name="calendar_edition_one_row", condition=models.Q(id=1))]
