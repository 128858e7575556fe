"""Many lines in one round trip are the same lines as one by one, and stand or fall together."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hezhi.spine.ledger import api, models
from hezhi.spine.ledger.contracts import NewLine
from hezhi.spine.ledger.errors import KeyAlreadyUsed, LineUnwritable
from hezhi.spine.ledger.tests.factories import START_AT, Clerk

pytestmark = pytest.mark.django_db


def append_many(*lines: NewLine) -> None:
    api.lines_append(lines=lines, by=Clerk(), at=START_AT)


def test_lines_are_written_in_their_order_to_their_chains():
    append_many(
        NewLine("record:1", "record.report", {"n": 1}, "demo@1", "k"),
        NewLine("record:2", "record.report", {"n": 2}),
        NewLine("record:1", "record.correct", {"n": 3}),
    )

    assert [(line.act, line.seq, line.body["n"]) for line in api.lines_of(chain="record:1")] == [
        ("record.report", 1, 1), ("record.correct", 2, 3),
    ]  # fmt: skip
    assert list(models.Line.objects.order_by("id").values_list("chain", flat=True)) == [
        "record:1",
        "record:2",
        "record:1",
    ]
    line = api.line_by_key(chain="record:1", key="k")
    assert line is not None
    assert (line.pack, line.actor) == ("demo@1", "person:17")
    assert api.ledger_breaks() == []


def test_a_key_used_before_writes_none_of_them():
    append_many(NewLine("record:1", "record.report", {}, key="k"))

    with pytest.raises(KeyAlreadyUsed) as caught:
        append_many(NewLine("record:2", "record.report", {}), NewLine("record:1", "record.report", {}, key="k"))

    assert (caught.value.facts["chain"], caught.value.line.seq) == ("record:1", 1)
    assert models.Line.objects.count() == 1
    assert api.ledger_breaks() == []


def test_an_unwritable_line_writes_none_of_them():
    with pytest.raises(LineUnwritable):
        append_many(NewLine("record:1", "record.report", {}), NewLine("record:2", "record.report", {"x": object()}))

    assert models.Line.objects.count() == 0


def test_no_lines_are_no_lines():
    append_many()

    assert models.Line.objects.count() == 0


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(TEXT, TEXT, max_size=3), min_size=1, max_size=5))
def test_whatever_the_words_many_lines_come_back_as_single_ones_do(bodies):
    before = models.Line.objects.count()

    append_many(*(NewLine("note:1", "note.write", body) for body in bodies))
    for body in bodies:
        api.line_append(chain="note:2", act="note.write", by=Clerk(), at=START_AT, body=body)

    written = [[line.body for line in api.lines_of(chain=chain)][-len(bodies) :] for chain in ("note:1", "note:2")]
    assert written == [bodies, bodies]
    assert models.Line.objects.count() == before + 2 * len(bodies)
    assert api.ledger_breaks() == []
