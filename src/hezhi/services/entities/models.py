"""Tables of subjects: signed features of records, keys, links, what people said, clusters and their history."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from hezhi.services.entities.contracts import LinkVerdict


class Model(models.Model):
    """One version of the weights of a spec; the newest is used. Never changed."""

    spec = models.CharField(max_length=40, db_collation="C")
    version = models.PositiveIntegerField()
    settings = models.JSONField()  # as Splink saved it
    frequencies = models.JSONField()
    report = models.JSONField()
    content_hash = models.CharField(max_length=64)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["spec", "version"], name="entities_model_version")]


class Entry(models.Model):
    """One record: what it is called in the house, and where."""

    spec = models.CharField(max_length=40, db_collation="C")
    ref = models.CharField(max_length=80, db_collation="C")
    region_path = models.CharField(max_length=80, blank=True, db_collation="C")
    came_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["spec", "ref"], name="entities_entry_once")]


class Waiting(models.Model):
    """A record that is to be taken in, or looked at again because it changed."""

    ref = models.CharField(max_length=80, db_collation="C", primary_key=True)
    noted_at = models.DateTimeField()


class Signs(models.Model):
    """The features of a record as keyed signs, apart from it: nobody reads them but the commands of this room.

    ``alone`` is the sign of a number of which a subject has one.
    """

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, primary_key=True, related_name="signs")
    features = models.BinaryField()
    alone = models.BigIntegerField(null=True)


class Key(models.Model):
    """One block key of one record; records that share one are compared."""

    key = models.BigIntegerField()
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["key", "entry"], name="entities_key_near")]


class Link(models.Model):
    """Two records that a key brought together and that a score did not let fall.

    ``keys`` are those they share; where all of them became too common, the link counts no more.
    """

    low = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    high = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    weight = models.FloatField()
    prior = models.FloatField()
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="+")
    steps = models.JSONField()
    keys = ArrayField(models.BigIntegerField())
    is_found = models.BooleanField(default=True)
    guard = models.CharField(max_length=10, blank=True)
    found_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["low", "high"], name="entities_link_once"),
            models.CheckConstraint(condition=Q(low__lt=F("high")), name="entities_link_order"),
        ]
        indexes = [models.Index(fields=["high"], name="entities_link_by_high")]


class Judgement(models.Model):
    """What a person said of a link; the newest counts. The reason lies with its line in the ledger."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=10, choices=[(one.value, one.value) for one in LinkVerdict])
    judged_by = models.CharField(max_length=80)
    judged_at = models.DateTimeField()


class Member(models.Model):
    """A record's time in a cluster, which is called by the smallest of its records."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    cluster = models.BigIntegerField()
    since_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry"], condition=Q(until_at=None), name="entities_member_one_now")
        ]
        indexes = [models.Index(fields=["cluster"], name="entities_member_of", condition=Q(until_at=None))]


class Change(models.Model):
    """One change of clusters: ``moves`` lists record, old and new cluster; each read backwards undoes it."""

    spec = models.CharField(max_length=40, db_collation="C")
    cause = models.CharField(max_length=80)
    moves = models.JSONField()
    at = models.DateTimeField()
