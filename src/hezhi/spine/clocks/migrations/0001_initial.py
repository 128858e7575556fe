import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Clock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(db_collation="C", max_length=100)),
                ("kind", models.CharField(db_collation="C", max_length=100)),
                ("budget", models.PositiveIntegerField()),
                (
                    "unit",
                    models.CharField(
                        choices=[("calendar_day", "calendar_day"), ("working_day", "working_day"), ("hour", "hour")],
                        max_length=16,
                    ),
                ),
                ("source", models.CharField(max_length=500)),
                ("is_verified", models.BooleanField()),
                ("agency_id", models.BigIntegerField(null=True)),
                ("started_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("suspended_at", models.DateTimeField(null=True)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("is_provisional", models.BooleanField()),
                ("state", models.JSONField()),
                ("calendar_version", models.BigIntegerField()),
                (
                    "parent",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clocks.clock"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ClockEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("start", "start"),
                            ("suspend", "suspend"),
                            ("resume", "resume"),
                            ("extend", "extend"),
                            ("pass", "pass"),
                            ("stop", "stop"),
                        ],
                        max_length=8,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=200)),
                ("reason", models.TextField()),
                (
                    "waiting_for",
                    models.CharField(
                        choices=[
                            ("citizen", "citizen"),
                            ("agency", "agency"),
                            ("court", "court"),
                            ("system", "system"),
                        ],
                        max_length=8,
                    ),
                ),
                ("agency_id", models.BigIntegerField(null=True)),
                ("amount", models.PositiveIntegerField()),
                (
                    "clock",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clocks.clock"),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(fields=["subject"], name="clocks_subject"),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("stopped_at__isnull", True), ("suspended_at__isnull", True)),
                fields=["due_at"],
                name="clocks_due",
            ),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("stopped_at__isnull", True), models.Q(("unit", "hour"), _negated=True)),
                fields=["calendar_version"],
                name="clocks_version",
            ),
        ),
    ]
