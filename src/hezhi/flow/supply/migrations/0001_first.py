import django.db.models.deletion
from django.db import migrations, models

import hezhi.flow.supply.contracts


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("intake", "0001_first"),
    ]

    operations = [
        migrations.CreateModel(
            name="Episode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=8)),
                ("expectation", models.CharField(blank=True, max_length=48)),
                ("since_at", models.DateTimeField()),
                ("raised_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("says", models.JSONField()),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intake.source",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["source", "-id"], name="supply_of_source")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "what__in",
                                [
                                    hezhi.flow.supply.contracts.What["FEW"],
                                    hezhi.flow.supply.contracts.What["LAYOUT"],
                                    hezhi.flow.supply.contracts.What["MANY"],
                                    hezhi.flow.supply.contracts.What["STALE"],
                                ],
                            )
                        ),
                        name="supply_what_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at__isnull", True), ("ended_at__gte", models.F("raised_at")), _connector="OR"
                        ),
                        name="supply_in_order",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("source", "what", "expectation"),
                        name="supply_once",
                    ),
                ],
            },
        ),
    ]
