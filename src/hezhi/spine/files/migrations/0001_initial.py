import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                ("sha256", models.CharField(db_collation="C", max_length=64, primary_key=True, serialize=False)),
                ("mime", models.CharField(max_length=100)),
                ("size", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="FileUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user", models.CharField(db_collation="C", max_length=80)),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="files.storedfile"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "file"), name="files_use_once")],
            },
        ),
    ]
