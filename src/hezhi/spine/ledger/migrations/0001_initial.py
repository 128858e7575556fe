from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Head",
            fields=[
                ("chain", models.CharField(db_collation="C", max_length=200, primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("hash", models.CharField(db_collation="C", max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("line_count", models.BigIntegerField()),
                ("root", models.CharField(db_collation="C", max_length=64)),
                ("at", models.DateTimeField()),
                ("prev_hash", models.CharField(db_collation="C", max_length=64)),
                ("hash", models.CharField(db_collation="C", max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("chain", models.CharField(db_collation="C", max_length=200)),
                ("seq", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("act", models.CharField(db_collation="C", max_length=100)),
                ("actor", models.CharField(db_collation="C", max_length=200)),
                ("key", models.CharField(db_collation="C", max_length=200)),
                ("pack", models.CharField(db_collation="C", max_length=200)),
                ("payload", models.TextField()),
                ("prev_hash", models.CharField(db_collation="C", max_length=64)),
                ("hash", models.CharField(db_collation="C", max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("chain", "seq"), name="ledger_line_place"),
                    models.UniqueConstraint(
                        condition=models.Q(("key", ""), _negated=True), fields=("chain", "key"), name="ledger_line_key"
                    ),
                ],
            },
        ),
    ]
