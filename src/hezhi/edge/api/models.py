"""What the API itself must remember: requests it has already answered, machines that may ask, and how often."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Answered(models.Model):
    """One act that was done over the API, so that the same request again gets the same answer."""

    actor = models.CharField(max_length=80)
    key = models.CharField(max_length=100)
    request_sha256 = models.CharField(max_length=64)
    answer = models.TextField()  # an envelope of the vault, under the key of the actor
    numbers = ArrayField(models.CharField(max_length=24), default=list)  # what it speaks of, to forget it by
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="house_api_answered_once")]
        indexes = [models.Index(fields=["at"], name="house_api_answered_at")]


class Machine(models.Model):
    """A system of another agency that may use the API with the rights of one account, but as a machine.

    Only the token's hash is kept. ``rights``: the only ones of the account's it gets, empty for all of them.
    """

    code = models.CharField(max_length=48, unique=True)
    name = models.CharField(max_length=100)
    account_id = models.BigIntegerField()
    token_hash = models.CharField(max_length=64, unique=True)
    is_active = models.BooleanField(default=True)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    rights = ArrayField(models.CharField(max_length=40), default=list)


class Tally(models.Model):
    """How often something happened since its span began; ``key`` tells what and who, without names in the clear."""

    key = models.CharField(max_length=80, primary_key=True)
    count = models.IntegerField()
    ends_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["ends_at"], name="house_api_tally_ends_at")]
