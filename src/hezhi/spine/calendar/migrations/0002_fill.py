"""Fill the calendar once, so that no installation starts without one.

WHY the import: ``seed`` is plain data work that knows no table, and ``calendar_seed`` uses the same.
"""

from django.db import migrations

from hezhi.spine.calendar.seed import seed_years


def fill(apps, schema_editor):
    year_model, day_model = apps.get_model("calendar", "Year"), apps.get_model("calendar", "Day")
    for year in seed_years():
        year_model.objects.create(year=year.year, is_provisional=year.is_provisional, source=year.source)
        day_model.objects.bulk_create(
            day_model(on=day.on, is_working=day.is_working, name=day.name, source=year.source) for day in year.days
        )
    schema_editor.execute("INSERT INTO calendar_edition (id, version) VALUES (1, nextval('calendar_version'))")


class Migration(migrations.Migration):
    dependencies = [("calendar", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE calendar_version", "DROP SEQUENCE calendar_version"),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=False),
    ]
