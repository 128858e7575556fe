"""What can go wrong when reporters answer.

HezhiError
├── Invalid   StarsOutOfRange
└── Refused   NotClosedYet, RatedAlready
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, Refused


class StarsOutOfRange(Invalid):
    """A rating is a whole number from 1 (worst) to 5."""

    code = "stars_out_of_range"


class NotClosedYet(Refused):
    """The matter is still being handled; it can be rated once it is closed."""

    code = "not_closed_yet"


class RatedAlready(Refused):
    """You have rated this answer already."""

    code = "rated_already"
