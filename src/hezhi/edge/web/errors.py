"""What the pages themselves refuse, before any room is asked.

HezhiError
├── NotFound     NoSuchPage, NoSuchReport
├── NotAllowed   WrongSignIn
├── Invalid      PlaceMissing, FileMissing
└── Refused      TooManyTries
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, NotAllowed, NotFound, Refused


class NoSuchPage(NotFound):
    """There is no such page."""

    code = "no_such_page"


class NoSuchReport(NotFound):
    """Number and code do not belong together; please check both."""

    code = "no_such_report"


class WrongSignIn(NotAllowed):
    """User name or password is wrong."""

    code = "wrong_sign_in"


class PlaceMissing(Invalid):
    """Choose the place first, at least down to the township."""

    code = "place_missing"


class FileMissing(Invalid):
    """Choose a file first."""

    code = "file_missing"


class TooManyTries(Refused):
    """There were too many failed attempts; please wait a quarter of an hour."""

    code = "too_many_tries"
