"""What the calendar refuses.

Invalid
├── CalendarEditInvalid   days, name or source of an edit cannot be used
└── SpanReversed          the end of a span lies before its start
Refused
├── CalendarEnds          the calendar does not answer for that year
├── CalendarEmpty         the calendar holds no year at all
├── CalendarUnchanged     the edit says what the calendar says already
└── YearAlreadyKnown      the year is confirmed, or already forecast
"""

from hezhi.kit.errors import Invalid, Refused


class CalendarEditInvalid(Invalid):
    """This change of the working calendar cannot be used."""

    code = "calendar_edit_invalid"


class SpanReversed(Invalid):
    """The end of the span lies before its start."""

    code = "span_reversed"


class CalendarEnds(Refused):
    """The working calendar does not reach this day; an operator must add the year first."""

    code = "calendar_ends"


class CalendarEmpty(Refused):
    """The working calendar holds no year; set-up must fill it first."""

    code = "calendar_empty"


class CalendarUnchanged(Refused):
    """The working calendar already says so."""

    code = "calendar_unchanged"


class YearAlreadyKnown(Refused):
    """This year already stands in the working calendar; correct single days instead."""

    code = "year_already_known"
