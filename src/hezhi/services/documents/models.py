"""The table of ordered papers."""

from __future__ import annotations

from django.db import models

from hezhi.services.documents.contracts import DocumentState


class Document(models.Model):
    """One ordered paper.

    ``sealed`` is an envelope of the vault, under the key of what the paper is about: its facts as canonical JSON,
    and the random salt of ``data_sha256``.
    """

    about = models.CharField(max_length=80)
    template = models.CharField(max_length=48)
    key = models.CharField(max_length=200)
    sealed = models.TextField()
    data_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=[(one.value, one.value) for one in DocumentState])
    file_sha256 = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)
    ordered_by = models.CharField(max_length=80)
    ordered_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "key"], name="documents_key_once"),
            models.CheckConstraint(
                condition=(models.Q(state="done") & ~models.Q(file_sha256=""))
                | (~models.Q(state="done") & models.Q(file_sha256="")),
                name="documents_done_has_file",
            ),
        ]
        indexes = [
            models.Index(fields=["about", "id"], name="documents_about"),
            models.Index(fields=["id"], name="documents_queued", condition=models.Q(state="queued")),
        ]
