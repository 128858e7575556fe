"""Relatives are declared by officers themselves, and neither names nor numbers of them are kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import connection

from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people import kin
from hezhi.spine.people.contracts import Relation
from hezhi.spine.people.errors import KinNotFound, PeopleInvalid
from hezhi.spine.people.models import Kin
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.permissions.errors import NotAllowed

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 2, tzinfo=UTC)
NUMBER = "13900000777"


def person(name: str = "甲一") -> Actor:
    number = people.person_create(name=name, by=Actor.system("test"), at=AT)
    return Actor(f"person:{number}", name, person_id=number)


def declared(by: Actor, number: str = NUMBER) -> int:
    return people.kin_declare(relation=Relation.PARENT, number=number, by=by, at=AT).id


def tables_with(text: str) -> list[str]:
    found = []
    with connection.cursor() as cursor:
        for table in sorted(model._meta.db_table for model in apps.get_models()):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{text}%"])
            found += [table] if cursor.fetchone()[0] else []
    return found


def test_a_declared_number_lies_in_no_table_and_is_recognised() -> None:
    me, other = person(), person("乙二")

    declared(me)

    assert tables_with(NUMBER) == []
    assert people.kin_near(person_id=me.person_id, numbers=["13900000778", "+86 139 0000 0777"]) == "parent"
    assert people.kin_near(person_id=me.person_id, numbers=["13900000778"]) == ""
    assert people.kin_near(person_id=other.person_id, numbers=[NUMBER]) == ""


def test_the_same_number_again_changes_and_writes_nothing() -> None:
    me = person()
    first, before = declared(me), ledger.last_line_id()

    assert (declared(me, "+86 13900000777"), ledger.last_line_id()) == (first, before)
    assert [one.relation for one in people.kin_of(by=me)] == [Relation.PARENT]


def test_a_declaration_is_taken_back_by_its_officer_alone() -> None:
    me, other = person(), person("乙二")
    kin_id = declared(me)

    with pytest.raises(KinNotFound):
        people.kin_withdraw(kin_id=kin_id, by=other, at=AT)
    assert (Kin.objects.count(), people.kin_of(by=other)) == (1, [])
    people.kin_withdraw(kin_id=kin_id, by=me, at=AT)

    assert people.kin_near(person_id=me.person_id, numbers=[NUMBER]) == ""
    lines = [one for one in ledger.lines_of(chain="people") if one.act.startswith("kin.")]
    assert [(one.act, one.actor, one.body) for one in lines] == [
        ("kin.declare", me.ref, {"kin": kin_id}),
        ("kin.withdraw", me.ref, {"kin": kin_id}),
    ]


@pytest.mark.parametrize("number", ["", "1390000", "abc", "139000007771", "3301061990010100", "x" * 400])
def test_what_is_no_number_is_refused_and_nothing_is_written(number: str) -> None:
    me = person()
    before = ledger.last_line_id()

    with pytest.raises(PeopleInvalid):
        declared(me, number)

    assert (Kin.objects.count(), ledger.last_line_id()) == (0, before)


def test_nobody_declares_without_end_and_machines_declare_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    me = person()
    monkeypatch.setattr(kin, "MOST", 1)
    declared(me)
    before = ledger.last_line_id()

    with pytest.raises(PeopleInvalid):
        declared(me, "13900000778")
    with pytest.raises(NotAllowed):
        declared(Actor("machine:x", "x"))

    assert (Kin.objects.count(), ledger.last_line_id()) == (1, before)
