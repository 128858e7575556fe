"""Many acts in one round trip are written as one by one would, or not at all."""

from __future__ import annotations

import pytest

from hezhi.spine.ledger import api, models
from hezhi.spine.ledger.contracts import NewLine
from hezhi.spine.ledger.errors import KeyAlreadyUsed, LineUnwritable
from hezhi.spine.ledger.tests.factories import START_AT, Clerk, append


def write(*lines: NewLine) -> None:
    api.lines_append(lines=lines, by=Clerk(), at=START_AT)


def note(chain: str, number: int, key: str = "") -> NewLine:
    return NewLine(chain, "record.accept", {"n": number}, pack="demo@1", key=key)


@pytest.mark.django_db
def test_lines_keep_their_order_within_and_between_chains():
    append("record:1")
    write(note("record:1", 1), note("record:2", 2), note("record:1", 3, "k"))

    written = models.Line.objects.order_by("id").values_list("chain", "seq")
    assert list(written) == [("record:1", 1), ("record:1", 2), ("record:2", 1), ("record:1", 3)]
    assert [line.body.get("n") for line in api.lines_of(chain="record:1")] == [None, 1, 3]
    assert api.line_by_key(chain="record:1", key="k").pack == "demo@1"
    assert api.ledger_breaks() == []


@pytest.mark.django_db
def test_a_hundred_lines_cost_one_round_trip(django_assert_num_queries):
    with django_assert_num_queries(3):  # savepoint, lines, release
        write(*(note(f"record:{number}", number) for number in range(100)))
    with django_assert_num_queries(0):
        write()

    assert models.Line.objects.count() == 100


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lines", "error"),
    [
        pytest.param([note("record:1", 1), note("record:9", 2, "used")], KeyAlreadyUsed, id="a key from before"),
        pytest.param([note("record:1", 1, "a"), note("record:1", 2, "a")], KeyAlreadyUsed, id="a key twice"),
        pytest.param([note("record:1", 1), note("", 2)], LineUnwritable, id="no chain"),
    ],
)
def test_one_bad_line_keeps_all_of_them_out(lines, error):
    known = append("record:9", key="used")
    last_id = api.last_line_id()

    with pytest.raises(error):
        write(*lines)

    assert api.lines_of(chain="record:9") == [known]
    assert models.Line.objects.count() == 1
    assert api.last_line_id() == last_id
