"""A merge is a view: whatever is merged and split, the records' bytes stay as they were."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hezhi.flow.intake import api
from hezhi.flow.intake.contracts import RelationKind
from hezhi.flow.intake.errors import (
    AlreadyRelated,
    NotAccepted,
    RecordNotFound,
    RelationNotFound,
    SameRecord,
)
from hezhi.flow.intake.models import Relation
from hezhi.flow.intake.tests.factories import AT, HOUSE, OTHER_VILLAGE, PATH, Ear, officer, report
from hezhi.kit.errors import NotAllowed, NotFound
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Right

CLERK = officer(Right.RECORD_READ, Right.RECORD_MERGE)


def records_bytes() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT r::text, xmin::text FROM intake_record r ORDER BY id")
        return [one for (one, _) in cursor.fetchall()]


def made(count: int) -> list[int]:
    return [report(n).record.id for n in range(count)]


def merge(*ids: int, key: str = "") -> list[int]:
    rows = api.record_merge(record_ids=ids, by=CLERK, at=AT, reason="同一件事", key=key)
    return [one.id for one in rows]


def split(record_id: int, key: str = "") -> list[int]:
    return [one.id for one in api.record_split(record_id=record_id, by=CLERK, at=AT, reason="不是", key=key)]


def acts(record_id: int) -> list[str]:
    return [line.act for line in ledger.lines_of(chain=f"record:{record_id}")][1:]


def test_many_records_are_merged_at_once_and_each_keeps_its_number(ear: Ear):
    a, b, c, d = made(4)

    assert merge(b, a, d) == [a, b, d]
    assert api.group_ids(record_id=d) == [a, b, d]
    assert len(api.numbers_of_group(record_ids=[d])) == 3
    assert api.group_ids(record_id=c) == [c]
    assert [acts(one) for one in (a, b, c, d)] == [["record.merge"], ["record.merge"], [], ["record.merge"]]


def test_the_same_merge_again_changes_nothing(ear: Ear):
    a, b = made(2)
    merge(a, b, key="m1")

    assert merge(a, b, key="m1") == merge(b, a) == [a, b]
    assert (acts(a), Relation.objects.count()) == (["record.merge"], 1)


def test_two_groups_become_one(ear: Ear):
    a, b, c, d = made(4)
    merge(a, b)
    merge(c, d)

    assert merge(b, d) == [a, b, c, d]


def test_whoever_leaves_a_group_leaves_alone(ear: Ear):
    a, b, c, d = made(4)
    merge(a, b, c, d)

    assert split(a, key="s1") == [b, c, d]
    assert split(a, key="s1") == []
    assert (api.group_ids(record_id=a), api.group_ids(record_id=c)) == ([a], [b, c, d])
    assert acts(a) == ["record.merge", "record.split"]


def test_a_split_record_can_be_merged_again(ear: Ear):
    a, b = made(2)
    merge(a, b)
    split(b)

    assert merge(a, b) == [a, b]
    assert [one.ended_at is None for one in api.relations_of(record_id=a, by=CLERK)] == [False, True]


def test_every_reporter_of_a_group_is_reached(ear: Ear):
    a, b = report(1).record, report(2, contact_phone=None).record
    merge(a.id, b.id)

    assert [(one.number, one.phone) for one in api.contacts_of(record_ids=[b.id])] == [
        (a.number, "13900000101"), (b.number, ""),
    ]  # fmt: skip


def test_a_group_is_shown_as_far_as_one_may_read(ear: Ear):
    a, b = report(1).record.id, report(2, region=OTHER_VILLAGE).record.id
    merge(a, b)

    here = officer(Right.RECORD_READ, path=PATH)
    assert [one.id for one in api.group_of(record_id=a, by=here)] == [a]
    assert api.relations_of(record_id=a, by=here) == []
    with pytest.raises(RecordNotFound):
        api.group_of(record_id=b, by=here)


def test_records_are_linked_and_unlinked_and_the_past_stays_on_file(ear: Ear):
    a, b = made(2)

    for kind in (RelationKind.SIMILAR, RelationKind.LINKED, RelationKind.JOINT):
        api.record_link(record_id=b, other_id=a, kind=kind, by=CLERK, at=AT, reason="看过", key=f"l-{kind}")
        again = api.record_link(record_id=b, other_id=a, kind=kind, by=CLERK, at=AT, key=f"l-{kind}")
        assert (again.record_id, again.other_id) == (b, a)
        with pytest.raises(AlreadyRelated):
            api.record_link(record_id=a, other_id=b, kind=kind, by=CLERK, at=AT)
        api.record_unlink(record_id=a, other_id=b, kind=kind, by=CLERK, at=AT + timedelta(hours=1))
        with pytest.raises(RelationNotFound):
            api.record_unlink(record_id=a, other_id=b, kind=kind, by=CLERK, at=AT)

    assert [(one.kind, one.ended_by) for one in api.relations_of(record_id=a, by=CLERK)] == [
        (kind, CLERK.ref) for kind in (RelationKind.SIMILAR, RelationKind.LINKED, RelationKind.JOINT)
    ]
    assert acts(a) == ["record.link", "record.unlink"] * 3
    assert api.group_ids(record_id=a) == [a]


def test_links_are_no_merge_and_merges_no_link(ear: Ear):
    a, b = made(2)

    for act in (api.record_link, api.record_unlink):
        with pytest.raises(ValueError, match="merged"):
            act(record_id=a, other_id=b, kind=RelationKind.DUPLICATE, by=CLERK, at=AT)
    with pytest.raises(RelationNotFound):
        split(a)
    with pytest.raises(SameRecord):
        merge(a, a)
    with pytest.raises(SameRecord):
        api.record_link(record_id=a, other_id=a, kind=RelationKind.LINKED, by=CLERK, at=AT)


def test_only_accepted_records_are_related(ear: Ear):
    a, held = report(1).record.id, report(2, region="339901001999").record.id

    with pytest.raises(NotAccepted):
        merge(a, held)

    assert Relation.objects.count() == 0


@pytest.mark.parametrize(
    ("by", "error"),
    [
        (officer(Right.RECORD_READ), NotAllowed),
        (officer(Right.RECORD_READ, Right.RECORD_MERGE, path=PATH), NotFound),
    ],
    ids=["no right", "one of them elsewhere"],
)
def test_nothing_is_merged_by_who_may_not(ear: Ear, by, error):
    a, b = report(1).record.id, report(2, region=OTHER_VILLAGE).record.id

    with pytest.raises(error):
        api.record_merge(record_ids=[a, b], by=by, at=AT)
    with pytest.raises(error):
        api.record_link(record_id=a, other_id=b, kind=RelationKind.LINKED, by=by, at=AT)

    assert (Relation.objects.count(), acts(a)) == (0, [])


STEPS = st.lists(
    st.tuples(st.just("merge"), st.lists(st.integers(0, 5), min_size=2, max_size=4, unique=True))
    | st.tuples(st.just("split"), st.integers(0, 5)),
    max_size=10,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_is_merged_and_split_groups_are_right_and_records_are_byte_identical(ear: Ear, steps):
    ids = [one.id for one in api.record_page(by=HOUSE)][::-1] or made(6)
    before = records_bytes()
    groups = [{one} for one in ids]

    for act, what in steps:
        if act == "merge":
            wanted = [ids[place] for place in what]
            merge(*wanted)
            joined = set().union(*(group for group in groups if group & set(wanted)))
            groups = [group for group in groups if not group & joined] + [joined]
        elif len(next(group for group in groups if ids[what] in group)) > 1:
            split(ids[what])
            groups = [group - {ids[what]} for group in groups] + [{ids[what]}]
    told = {tuple(api.group_ids(record_id=one)) for one in ids}
    assert told == {tuple(sorted(group)) for group in groups if group}

    for one in ids:
        if len(api.group_ids(record_id=one)) > 1:
            split(one)
    assert all(api.group_ids(record_id=one) == [one] for one in ids)
    assert records_bytes() == before
