"""Models and migrations agree, and the layout of tables follows the rules of the house."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import ForeignKey

from hezhi.edge.cli.pages.house import ROOMS


@pytest.mark.django_db
def test_no_migration_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        call_command("makemigrations", check=True, dry_run=True, interactive=False, verbosity=1)
    except SystemExit:
        pytest.fail(capsys.readouterr().out)


def test_a_table_points_only_at_earlier_rooms_and_never_back() -> None:
    order = {room: place for place, room in enumerate(ROOMS)}
    wrong = []
    for model in apps.get_models():
        mine = model._meta.app_config.name
        if mine not in order:
            continue
        for field in model._meta.get_fields():
            if not isinstance(field, ForeignKey):
                continue
            theirs = field.related_model._meta.app_config.name
            if theirs != mine and order.get(theirs, -1) > order[mine]:
                wrong.append(f"{model.__name__}.{field.name} points forward to {theirs}")
            if theirs != mine and not field.remote_field.hidden:
                wrong.append(f"{model.__name__}.{field.name} must have related_name='+'")
    assert wrong == []
