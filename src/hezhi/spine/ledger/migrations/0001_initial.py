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
                ("tree_size", models.BigIntegerField()),
                ("root", models.CharField(db_collation="C", max_length=64)),
                ("at", models.DateTimeField()),
                ("signer", models.CharField(db_collation="C", max_length=150)),
                ("peaks", models.TextField()),
                ("prev_hash", models.CharField(db_collation="C", max_length=64)),
                ("hash", models.CharField(db_collation="C", max_length=64)),
                ("signature", models.CharField(db_collation="C", max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="Stamp",
            fields=[
                ("seal_number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("url", models.CharField(max_length=400)),
                ("token", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Node",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("height", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hash", models.CharField(db_collation="C", max_length=64)),
                ("last_id", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["height", "last_id"], name="ledger_node_end")],
                "constraints": [models.UniqueConstraint(fields=("height", "index"), name="ledger_node_place")],
            },
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
                ("words", models.TextField(blank=True)),
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
