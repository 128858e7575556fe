"""Whoever checks the ledger sees one moment of it, whatever the connection did before."""

from __future__ import annotations

from contextlib import nullcontext, suppress

import pytest
from django.db import connection, transaction

from hezhi.spine.guard import api as guard
from hezhi.spine.ledger.queries import snapshot

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("asking", [nullcontext, guard.asking], ids=["house", "somebody"])
def test_a_snapshot_is_taken_after_a_rollback_as_after_anything(asking: type) -> None:
    with suppress(ZeroDivisionError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        raise ZeroDivisionError

    with asking(), snapshot(), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("repeatable read",)
