"""The wrapped keys. Only this room reads and writes them."""

from __future__ import annotations

from django.db import models


class SubjectKeyRow(models.Model):
    """The key of one subject, as the master key wrapped it; empty once it was destroyed."""

    subject = models.CharField(max_length=200, primary_key=True, db_collation="C")
    wrapped = models.TextField()

    class Meta:
        db_table = "vault_key"
