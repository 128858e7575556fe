"""The region tree with its history. A row is one version of a region: one extent, one name, one place.

A code has at most one version on any day, and one path for ever: codes carry their parent's
digits, so a region that moves gets a new code. Old records therefore keep code and path as filed.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from hezhi.spine.regions.contracts import ChangeKind, Level

OPEN_Q = Q(valid_to__isnull=True)


def day_span(first: str, last: str) -> Func:
    """Both days belong to the span; a missing one leaves that end open."""
    return Func(F(first), F(last), Value("[]"), function="DATERANGE", output_field=DateRangeField())


class Region(models.Model):
    code = models.CharField(max_length=15, db_collation="C")
    name = models.CharField(max_length=60)
    level = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Level])
    parent_code = models.CharField(max_length=15, blank=True, db_collation="C")
    # "C" makes a prefix of a path a plain range of its index, on any server.
    path = models.CharField(max_length=80, db_collation="C")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    # Of a version that has ended: path of the smallest region of today that holds all of its land.
    lies_in = models.CharField(max_length=80, blank=True, default="", db_collation="C")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="region_one_version_a_day",
                expressions=[
                    ("code", RangeOperators.EQUAL),
                    (day_span("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="region_lasts_a_day",
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
        ]
        indexes = [
            models.Index(fields=["code"], name="region_code"),
            models.Index(fields=["path"], name="region_path"),
            models.Index(fields=["parent_code", "code"], name="region_children"),
            models.Index(fields=["lies_in"], name="region_lies_in", condition=~OPEN_Q),
        ]


class RegionChange(models.Model):
    """One reform: which versions ended and which began, see its links."""

    kind = models.CharField(max_length=8, choices=[(one.value, one.value) for one in ChangeKind])
    on = models.DateField()
    source = models.CharField(max_length=200)
    is_verified = models.BooleanField()
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()


class RegionLink(models.Model):
    """Land of the old version went to the new one."""

    change = models.ForeignKey(RegionChange, models.PROTECT, related_name="links")
    old = models.ForeignKey(Region, models.PROTECT, related_name="+")
    new = models.ForeignKey(Region, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["old", "new"], name="region_link_once")]
