"""The database itself refuses every change that is not a further line."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from hezhi.spine.ledger import api, models
from hezhi.spine.ledger.tests.factories import START_AT, append

FORBIDDEN = [
    "UPDATE ledger_line SET act = 'case.close'",
    "UPDATE ledger_line SET at = now() WHERE id = (SELECT max(id) FROM ledger_line)",
    "DELETE FROM ledger_line",
    "TRUNCATE ledger_line",
    "INSERT INTO ledger_line SELECT id + 1000, chain, seq + 1, at, act, actor, key, pack, payload, words, hash, hash"
    " FROM ledger_line WHERE seq = 2",
    "INSERT INTO ledger_line SELECT id + 1000, chain, 9, at, act, actor, '', pack, payload, words, prev_hash,"
    " ledger_line_hash(prev_hash, id + 1000, chain, 9, payload) FROM ledger_line WHERE seq = 2",
    "UPDATE ledger_head SET seq = seq + 1",
    "UPDATE ledger_head SET seq = seq - 1",
    "UPDATE ledger_head SET hash = ''",
    "UPDATE ledger_head SET chain = 'case:2'",
    "DELETE FROM ledger_head",
    "TRUNCATE ledger_head",
    "UPDATE ledger_seal SET root = ''",
    "DELETE FROM ledger_seal",
    "TRUNCATE ledger_seal",
]


@pytest.mark.django_db
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_a_change_from_outside_is_refused(statement):
    append()
    append(minute=1)
    api.seal_make(at=START_AT)
    before = list(models.Line.objects.values()), list(models.Head.objects.values()), list(models.Seal.objects.values())

    with pytest.raises(IntegrityError, match="is refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    after = list(models.Line.objects.values()), list(models.Head.objects.values()), list(models.Seal.objects.values())
    assert after == before


@pytest.mark.django_db
def test_the_orm_is_refused_too():
    append()

    with pytest.raises(IntegrityError), transaction.atomic():
        models.Line.objects.update(actor="person:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Line.objects.get().delete()
