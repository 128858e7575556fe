"""Begin the tables of the room."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="RegionChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("split", "split"), ("merge", "merge"), ("rename", "rename"), ("move", "move")],
                        max_length=8,
                    ),
                ),
                ("on", models.DateField()),
                ("source", models.CharField(max_length=200)),
                ("is_verified", models.BooleanField()),
                ("made_by", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Region",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(db_collation="C", max_length=15)),
                ("name", models.CharField(max_length=60)),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("province", "province"),
                            ("city", "city"),
                            ("district", "district"),
                            ("township", "township"),
                            ("village", "village"),
                            ("grid", "grid"),
                        ],
                        max_length=8,
                    ),
                ),
                ("parent_code", models.CharField(blank=True, db_collation="C", max_length=15)),
                ("path", models.CharField(db_collation="C", max_length=80)),
                ("valid_from", models.DateField(null=True)),
                ("valid_to", models.DateField(null=True)),
                ("lies_in", models.CharField(blank=True, db_collation="C", default="", max_length=80)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["code"], name="region_code"),
                    models.Index(fields=["path"], name="region_path"),
                    models.Index(fields=["parent_code", "code"], name="region_children"),
                    models.Index(
                        condition=models.Q(("valid_to__isnull", True), _negated=True),
                        fields=["lies_in"],
                        name="region_lies_in",
                    ),
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("code", "="),
                            (
                                models.Func(
                                    models.F("valid_from"),
                                    models.F("valid_to"),
                                    models.Value("[]"),
                                    function="DATERANGE",
                                    output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="region_one_version_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_from__isnull", True),
                            ("valid_to__isnull", True),
                            ("valid_to__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="region_lasts_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegionLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="regions.regionchange"
                    ),
                ),
                (
                    "new",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="regions.region"
                    ),
                ),
                (
                    "old",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="regions.region"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("old", "new"), name="region_link_once")],
            },
        ),
    ]
