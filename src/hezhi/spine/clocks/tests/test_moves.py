"""Which move may follow which."""

from __future__ import annotations

import pytest

from hezhi.spine.clocks import rules
from hezhi.spine.clocks.contracts import ClockSpec, Entry, EntryKind, Unit
from hezhi.spine.clocks.errors import (
    ClockBackwards,
    ClockExpired,
    ClockInvalid,
    ClockNotStarted,
    ClockNotSuspended,
    ClockStopped,
    ClockSuspended,
)
from hezhi.spine.clocks.history import fold
from hezhi.spine.clocks.telling import project
from hezhi.spine.clocks.tests.stories import REAL, extend, hand_to, local, resume, spec, start, stop, suspend

FIVE_DAYS = spec(5, Unit.WORKING_DAY)  # from Monday 2 March: until the end of Monday 9th
BEGUN = [start("03-02 09:00")]
SUSPENDED = [*BEGUN, suspend("03-03 10:00")]
STOPPED = [*BEGUN, stop("03-03 10:00")]


@pytest.mark.parametrize(
    ("before", "new", "error"),
    [
        pytest.param(BEGUN, start("03-03 09:00"), ClockInvalid, id="a second start"),
        pytest.param(BEGUN, resume("03-03 09:00"), ClockNotSuspended, id="resume what runs"),
        pytest.param(SUSPENDED, suspend("03-04 09:00"), ClockSuspended, id="suspend twice"),
        pytest.param(BEGUN, Entry(EntryKind.SUSPEND, local("03-03 09:00")), ClockInvalid, id="wait for nobody"),
        pytest.param(BEGUN, extend("03-03 09:00", 0), ClockInvalid, id="extend by nothing"),
        pytest.param(BEGUN, extend("03-03 09:00", -2), ClockInvalid, id="shorten"),
        pytest.param(BEGUN, extend("03-03 09:00", 50_000), ClockInvalid, id="extend by a century"),
        pytest.param(BEGUN, extend("03-10 00:00", 2), ClockExpired, id="extend at the due moment"),
        pytest.param(BEGUN, suspend("03-02 08:59"), ClockBackwards, id="before the start"),
        pytest.param(SUSPENDED, resume("03-03 09:59"), ClockBackwards, id="before the last move"),
        pytest.param(STOPPED, suspend("03-04 09:00"), ClockStopped, id="suspend what stopped"),
        pytest.param(STOPPED, extend("03-04 09:00", 2), ClockStopped, id="extend what stopped"),
        pytest.param(STOPPED, hand_to("03-04 09:00", 2), ClockStopped, id="pass what stopped"),
        pytest.param(STOPPED, stop("03-04 09:00"), ClockStopped, id="stop twice"),
    ],
)
def test_an_impossible_move_is_refused(before, new, error):
    with pytest.raises(error):
        rules.take(fold(before, FIVE_DAYS), new, FIVE_DAYS, REAL)


@pytest.mark.parametrize(
    ("before", "new"),
    [
        pytest.param(BEGUN, extend("03-09 23:59", 2), id="extend in the last minute"),
        pytest.param(SUSPENDED, extend("06-01 09:00", 2), id="extend a suspended limit, however long it waits"),
        pytest.param(SUSPENDED, stop("03-04 09:00"), id="stop what is suspended"),
        pytest.param(SUSPENDED, hand_to("03-04 09:00", 2), id="pass what is suspended"),
        pytest.param(BEGUN, suspend("03-20 09:00"), id="suspend what is late"),
        pytest.param(BEGUN, hand_to("03-02 09:00", 2), id="pass at the moment of the start"),
    ],
)
def test_a_possible_move_is_taken(before, new):
    state, _ = rules.take(fold(before, FIVE_DAYS), new, FIVE_DAYS, REAL)

    assert state.last_at == new.at


def test_a_clock_without_start_does_not_run():
    with pytest.raises(ClockNotStarted):
        fold([], FIVE_DAYS)
    with pytest.raises(ClockNotStarted):
        fold([stop("03-02 09:00")], FIVE_DAYS)
    with pytest.raises(ClockNotStarted):
        project(BEGUN, FIVE_DAYS, REAL, local("03-02 08:59"))


@pytest.mark.parametrize("wrong", [{"budget": 0}, {"budget": -1}, {"budget": 40_001}, {"kind": ""}])
def test_a_limit_needs_a_kind_and_a_sensible_budget(wrong):
    with pytest.raises(ClockInvalid):
        rules.checked_spec(ClockSpec(**{"kind": "main", "budget": 5, "unit": Unit.HOUR, **wrong}))
