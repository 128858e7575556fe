"""What the pages themselves refuse, before any room is asked.

HezhiError
├── NotFound     NoSuchPage, NoSuchReport
├── NotAllowed   WrongSignIn, ProviderRefused, NotLinked
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


class ProviderRefused(NotAllowed):
    """The other sign-in did not work. Use your password, or try again."""

    code = "provider_refused"


class NotLinked(NotAllowed):
    """No account is linked to this name. Sign in with your password and link it, or give it to your operator."""

    code = "not_linked"

    def __init__(self, issuer: str, subject: str) -> None:
        self.findings = (f"{issuer} {subject}",)
        super().__init__()


class PlaceMissing(Invalid):
    """Choose the place first, at least down to the township."""

    code = "place_missing"


class FileMissing(Invalid):
    """Choose a file first."""

    code = "file_missing"


class TooManyTries(Refused):
    """There were too many failed attempts; please wait a quarter of an hour."""

    code = "too_many_tries"
