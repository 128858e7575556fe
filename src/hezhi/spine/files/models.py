"""What is known of each stored content. Names belong to the rooms that attach a file to something of theirs."""

from __future__ import annotations

from django.db import models


class StoredFile(models.Model):
    """One content; handed in twice, it stands here once, with the first who brought it."""

    sha256 = models.CharField(max_length=64, primary_key=True, db_collation="C")
    mime = models.CharField(max_length=100)
    size = models.BigIntegerField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)


class FileUse(models.Model):
    """Whose a file is: ``record:7`` or ``case:12``. A content goes from the disk with the last who uses it."""

    file = models.ForeignKey(StoredFile, models.CASCADE, related_name="+")
    user = models.CharField(max_length=80, db_collation="C")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "file"], name="files_use_once")]
