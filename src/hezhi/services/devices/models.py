"""Tables of the devices room. Only its own commands write them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from hezhi.services.devices.contracts import MessageState

STORED = sorted({MessageState.TAKEN, MessageState.REFUSED, MessageState.BRAKED})


class Device(models.Model):
    """``key`` is the key that signs its messages, sealed by the vault under ``device:<id>``."""

    code = models.CharField(max_length=48, unique=True, db_collation="C")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=24)
    unit = models.CharField(max_length=12, blank=True)
    pack_id = models.CharField(max_length=48, db_collation="C")
    record = models.CharField(max_length=48, db_collation="C")
    region_code = models.CharField(max_length=15, db_collation="C")
    region_path = models.CharField(max_length=80, db_collation="C")
    spot = models.CharField(max_length=200)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+")
    every_seconds = models.PositiveIntegerField()
    most_per_minute = models.PositiveIntegerField()
    also = models.JSONField(default=dict)
    key = models.TextField(blank=True)
    registered_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    # When it counts as silent; None once it is told as silent, or retired. The sweep looks for this alone.
    silent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="device_rhythm", condition=Q(every_seconds__gt=0, most_per_minute__gt=0)),
        ]
        indexes = [
            models.Index(fields=["silent_at"], name="device_to_miss", condition=Q(silent_at__isnull=False)),
            models.Index(fields=["region_path", "id"], name="device_in_region"),
        ]


class Message(models.Model):
    """One message by the name its device gave it. Kept longer than any copy of it may come late (see ``rules``)."""

    device = models.ForeignKey(Device, models.PROTECT, related_name="+", db_index=False)
    message_id = models.CharField(max_length=64, db_collation="C")
    digest = models.CharField(max_length=64)  # SHA-256 of the signed bytes
    state = models.CharField(max_length=8)
    value = models.FloatField(null=True)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    is_late = models.BooleanField(default=False)
    record_id = models.BigIntegerField(null=True)
    record_number = models.CharField(max_length=24, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "message_id"], name="device_message_once"),
            models.CheckConstraint(name="device_message_state", condition=Q(state__in=STORED)),
        ]
        indexes = [
            models.Index(fields=["device", "happened_at"], name="device_message_minute"),
            models.Index(fields=["received_at"], name="device_message_old"),
            models.Index(fields=["record_id"], name="device_message_record", condition=Q(record_id__isnull=False)),
        ]


class Silence(models.Model):
    device = models.ForeignKey(Device, models.PROTECT, related_name="+", db_index=False)
    since_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device"], name="device_silent_once", condition=Q(cleared_at__isnull=True)),
            models.CheckConstraint(
                name="device_silence_in_order", condition=Q(cleared_at__isnull=True) | Q(cleared_at__gte=F("raised_at"))
            ),
        ]
        indexes = [models.Index(fields=["device", "-id"], name="device_silences")]


class Quarantine(models.Model):
    """Bad messages. A row counts copies of one message; beyond a number of rows, all further ones of that reason.

    ``body`` is kept only where the signature was right: a stranger fills no table of ours.
    """

    code = models.CharField(max_length=48, db_collation="C")
    rule = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, blank=True)
    zh = models.CharField(max_length=300)
    en = models.CharField(max_length=300)
    count = models.BigIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    body = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "rule", "digest"], name="device_quarantined_once"),
        ]
        indexes = [models.Index(fields=["-last_at"], name="device_quarantined")]
