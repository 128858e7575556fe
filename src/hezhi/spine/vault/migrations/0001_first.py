from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="SubjectKeyRow",
            fields=[
                ("subject", models.CharField(db_collation="C", max_length=200, primary_key=True, serialize=False)),
                ("wrapped", models.TextField()),
            ],
            options={"db_table": "vault_key"},
        ),
    ]
