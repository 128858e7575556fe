"""A fixed read gives what its queryset gives."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.test.utils import CaptureQueriesContext

from hezhi.spine.reads.api import FixedRead, any_of


def permissions_of(app: str, codename: str) -> list[Permission]:
    rows = Permission.objects.select_related("content_type")
    return list(rows.filter(content_type__app_label=app, codename__gt=codename).exclude(codename="").order_by("id"))


fixed = FixedRead(
    lambda given: (
        Permission.objects.select_related("content_type")
        .filter(content_type__app_label=given("app"), codename__gt=given("codename"))
        .exclude(codename="")
        .order_by("id")
    )
)


@pytest.mark.django_db
@pytest.mark.parametrize(("app", "codename"), [("auth", "change"), ("contenttypes", "a"), ("nothing", "a")])
def test_the_rows_and_what_they_lead_to_are_those_of_the_queryset(app: str, codename: str) -> None:
    expected = permissions_of(app, codename)

    with CaptureQueriesContext(connection) as asked:
        found = fixed.all(app=app, codename=codename)
        types = [one.content_type for one in found]

    assert len(asked) == 1
    assert found == expected
    assert types == [one.content_type for one in expected]
    assert [vars(one.content_type)["model"] for one in found] == [one.content_type.model for one in expected]


@pytest.mark.django_db
def test_annotations_come_along_beside_what_the_rows_lead_to() -> None:
    def rows(app: object, codename: object) -> QuerySet[Permission]:
        others = Permission.objects.filter(content_type=OuterRef("content_type"), codename__lt=codename)
        found = Permission.objects.select_related("content_type").filter(content_type__app_label=app)
        return found.annotate(has_earlier=Exists(others), twice=F("id") * 2).order_by("id")

    found = FixedRead(lambda given: rows(given("app"), given("codename"))).all(app="auth", codename="b")
    expected = list(rows("auth", "b"))

    assert [(one.id, one.has_earlier, one.twice, one.content_type.app_label) for one in found] == [
        (one.id, one.has_earlier, one.twice, one.content_type.app_label) for one in expected
    ]
    assert {one.has_earlier for one in found} == {True}
    assert found[0].twice == 2 * found[0].id


@pytest.mark.django_db
def test_the_first_row_or_none() -> None:
    by_id = FixedRead(lambda given: ContentType.objects.filter(id=given("id")))
    known = ContentType.objects.order_by("id")[0]

    assert by_id.first(id=known.id) == known
    assert by_id.first(id=0) is None


@pytest.mark.django_db
@pytest.mark.parametrize("values", [{}, {"app": "auth"}, {"app": "auth", "codename": "a", "id": 1}])
def test_values_that_do_not_fit_the_marks_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(TypeError, match=r"asked for \['app', 'codename'\], given"):
        fixed.all(**values)


@pytest.mark.django_db
def test_a_mark_takes_a_list_where_any_of_it_will_do() -> None:
    listed = FixedRead(lambda given: ContentType.objects.filter(any_of("id", given("ids"))).order_by("id"))
    known = list(ContentType.objects.order_by("id")[:3])

    assert listed.all(ids=[one.id for one in known]) == known
    assert listed.all(ids=[]) == []


@pytest.mark.django_db(transaction=True)
def test_a_read_that_locks_asks_for_a_transaction() -> None:
    locked = FixedRead(lambda given: ContentType.objects.select_for_update().filter(id=given("id")))

    with pytest.raises(transaction.TransactionManagementError):
        locked.all(id=1)
    with transaction.atomic():
        assert locked.all(id=0) == []
    assert "FOR UPDATE" in locked.sql()


@pytest.mark.django_db
def test_what_is_saved_after_a_fixed_read_changes_the_row() -> None:
    by_id = FixedRead(lambda given: ContentType.objects.filter(id=given("id")))
    made = ContentType.objects.create(app_label="tests", model="one")

    row = by_id.first(id=made.id)
    assert row is not None
    row.model = "two"
    row.save()

    assert ContentType.objects.get(id=made.id).model == "two"
