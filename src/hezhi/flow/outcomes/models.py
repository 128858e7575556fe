"""Tables of the outcomes room."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Outcome(models.Model):
    """One closing of a case; a case closed again after reopening has several."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=48)
    verdict = models.CharField(max_length=16)
    is_wrongful = models.BooleanField()
    summary = models.TextField()
    at = models.DateTimeField()
    line_hash = models.CharField(max_length=64, unique=True)  # the closing act; makes the handler repeatable


class Rating(models.Model):
    record_id = models.BigIntegerField()
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    round = models.SmallIntegerField()  # how often the case was reopened before this rating
    stars = models.SmallIntegerField()
    comment = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record_id", "round"], name="rating_once"),
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="rating_stars"),
        ]
