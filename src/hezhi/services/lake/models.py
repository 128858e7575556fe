"""Tables of the lake: which files make up which snapshot. The rows themselves lie in the files."""

from __future__ import annotations

from django.db import models


class Snapshot(models.Model):
    """One change of the lake. Everything up to a snapshot is what the lake held then."""

    taken_at = models.DateTimeField()
    source = models.CharField(max_length=200)  # what the rows came from: a feed, a delivered file


class File(models.Model):
    """One Parquet file: rows of one record kind whose moments lie in one month.

    A file that was merged into another is read no more and stays listed: it says what a batch brought. It lies on disk
    for some days yet, for who is reading it and for the backup that is being made.
    """

    pack_id = models.CharField(max_length=48, db_collation="C")
    record = models.CharField(max_length=48, db_collation="C")
    path = models.CharField(max_length=200, unique=True)  # below the folder of the lake
    sha256 = models.CharField(max_length=64)
    row_count = models.IntegerField()
    first_at = models.BigIntegerField()  # microseconds since 1970, as in the rows
    last_at = models.BigIntegerField()
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="files")  # of a merged file: its oldest
    newest = models.BigIntegerField()  # the newest snapshot that brought rows of it
    is_merged = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")
    merged_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)  # since then it is no longer on disk

    class Meta:
        indexes = [models.Index(fields=["pack_id", "record", "snapshot"], name="lake_files_of")]


class Gone(models.Model):
    """A version of a row that holds no more since a snapshot: a newer one took its place, or it was taken back."""

    pack_id = models.CharField(max_length=48, db_collation="C")
    record = models.CharField(max_length=48, db_collation="C")
    key = models.CharField(max_length=200, db_collation="C")
    version = models.IntegerField()
    at = models.BigIntegerField()  # since when it was known, microseconds
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pack_id", "record", "key", "version"], name="lake_gone_once"),
        ]
