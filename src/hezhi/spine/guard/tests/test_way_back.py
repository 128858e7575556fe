"""A statement that failed is taken back alone, even where who asks has changed since."""

from __future__ import annotations

import pytest
from django.db import DataError, connection, transaction

from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db


def test_a_failed_part_is_taken_back_after_the_pass_has_changed() -> None:
    with guard.asking():
        guard.asked_by(Actor.system("test"))
        with pytest.raises(DataError), transaction.atomic(), guard.asking(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
