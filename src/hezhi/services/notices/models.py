"""Tables of notices, their deliveries, and the addresses apart from both."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hezhi.services.notices.contracts import Channel, DeliveryState


class Notice(models.Model):
    """One text to one recipient; ``is_in_app`` says whether it counts as unread work."""

    key = models.CharField(max_length=200)
    recipient = models.CharField(max_length=80)
    language = models.CharField(max_length=2)
    about = models.CharField(max_length=80)
    act = models.CharField(max_length=80)
    text_zh = models.TextField()
    text_en = models.TextField()
    sent_by = models.CharField(max_length=80)
    at = models.DateTimeField()
    is_in_app = models.BooleanField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "recipient"], name="notices_once")]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notices_recipient"),
            models.Index(fields=["recipient"], name="notices_unread", condition=Q(is_in_app=True, read_at=None)),
            models.Index(fields=["about", "id"], name="notices_about"),
        ]


class Delivery(models.Model):
    """One way one notice goes. ``tried_at`` is the moment of the last try."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Channel])
    state = models.CharField(max_length=8, choices=[(one.value, one.value) for one in DeliveryState])
    address_masked = models.CharField(max_length=260, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    token = models.CharField(max_length=32, unique=True)
    tried_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="notices_way_once"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="notices_sent_has_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="notices_waiting",
                condition=Q(state__in=["queued", "failed"]),
            ),
            models.Index(fields=["-id"], name="notices_given_up", condition=Q(state="given_up")),
        ]


class Address(models.Model):
    """Where a delivery goes. The row is deleted once the message is sent: data minimum.

    ``sealed`` is an envelope of the vault, under the key of what the notice is about.
    """

    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sealed = models.TextField()
