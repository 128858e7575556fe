"""What the house remembers of jobs that failed; the queue itself keeps no reason."""

from __future__ import annotations

from django.db import models


class Failure(models.Model):
    """Why a job failed last: the kind of its error and where it arose, never the words of the error.

    Attributes:
        kind: the error's code, or the name of its class.
        place: module, line and function.
        ids: of a sweep, what could not be done, as ids.
    """

    job_id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=80)
    place = models.CharField(max_length=200)
    ids = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
