"""What a clock refuses.

Invalid
└── ClockInvalid           budget, amount, kind or subject cannot be used
NotFound
└── ClockNotFound          no clock with this id
Refused
├── ClockNotStarted        asked about a moment before the clock's start
├── ClockStopped           the clock has stopped for good
├── ClockSuspended         it is suspended already
├── ClockNotSuspended      it is not suspended
├── ClockExpired           its time is over and can no longer be extended
└── ClockBackwards         a move dated before the clock's last move
"""

from hezhi.kit.errors import Invalid, NotFound, Refused


class ClockInvalid(Invalid):
    """This time limit cannot be used as it is."""

    code = "clock_invalid"


class ClockNotFound(NotFound):
    """There is no such time limit."""

    code = "clock_not_found"


class ClockNotStarted(Refused):
    """The time limit had not begun at that moment."""

    code = "clock_not_started"


class ClockStopped(Refused):
    """The time limit has already ended; nothing moves it any more."""

    code = "clock_stopped"


class ClockSuspended(Refused):
    """The time limit is suspended already."""

    code = "clock_suspended"


class ClockNotSuspended(Refused):
    """The time limit is not suspended."""

    code = "clock_not_suspended"


class ClockExpired(Refused):
    """The time limit has expired; it could only have been extended before."""

    code = "clock_expired"


class ClockBackwards(Refused):
    """This move is dated before the last move of the same time limit."""

    code = "clock_backwards"
