"""The ledger's tables. Nothing here may be changed or deleted: triggers in the first migration see to it.

Lines are written by the database function ``ledger_append`` alone (see ``queries.append``).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Line(models.Model):
    """One act. ``payload`` is what was hashed; the other columns repeat parts of it for searching."""

    id = models.BigIntegerField(primary_key=True)
    chain = models.CharField(max_length=200, db_collation="C")
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    act = models.CharField(max_length=100, db_collation="C")
    actor = models.CharField(max_length=200, db_collation="C")
    key = models.CharField(max_length=200, db_collation="C")
    pack = models.CharField(max_length=200, db_collation="C")
    payload = models.TextField()
    words = models.TextField(blank=True)  # what people said, sealed under the chain's key; the payload holds its hash
    prev_hash = models.CharField(max_length=64, db_collation="C")
    hash = models.CharField(max_length=64, db_collation="C")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "seq"], name="ledger_line_place"),
            models.UniqueConstraint(fields=["chain", "key"], condition=~Q(key=""), name="ledger_line_key"),
        ]


class Head(models.Model):
    """The end of one chain: whoever appends locks this row, so that chains never wait for each other."""

    chain = models.CharField(max_length=200, primary_key=True, db_collation="C")
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64, db_collation="C")


class Seal(models.Model):
    """One signed head of the tree over all lines up to ``last_id``."""

    number = models.BigIntegerField(primary_key=True)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    line_count = models.BigIntegerField()
    tree_size = models.BigIntegerField()
    root = models.CharField(max_length=64, db_collation="C")
    at = models.DateTimeField()
    signer = models.CharField(max_length=150, db_collation="C")
    peaks = models.TextField()
    prev_hash = models.CharField(max_length=64, db_collation="C")
    hash = models.CharField(max_length=64, db_collation="C")
    signature = models.CharField(max_length=200, db_collation="C")


class Node(models.Model):
    """An inner node of the tree, kept from ``queries.KEPT_HEIGHT`` upwards so that proofs need not read all lines.

    ``last_id`` is the id of the last line below it.
    """

    height = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.CharField(max_length=64, db_collation="C")
    last_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["height", "index"], name="ledger_node_place")]
        indexes = [models.Index(fields=["height", "last_id"], name="ledger_node_end")]


class Stamp(models.Model):
    """The answer of a time-stamping authority about one seal, as it came."""

    seal_number = models.BigIntegerField(primary_key=True)
    url = models.CharField(max_length=400)
    token = models.BinaryField()
    at = models.DateTimeField()
