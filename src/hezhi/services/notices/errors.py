"""What can go wrong around notices.

HezhiError
├── NotFound
│   ├── NoticeNotFound
│   └── DeliveryNotFound
├── Invalid
│   └── CursorInvalid
├── Refused
│   └── DeliveryNotGivenUp
└── DeliveryFailed
    └── DeliveryRefused
"""

from __future__ import annotations

from hezhi.kit.errors import HezhiError, Invalid, NotFound, Refused


class NoticeNotFound(NotFound):
    """There is no such notice for you."""

    code = "notice_not_found"


class DeliveryNotFound(NotFound):
    """There is no such delivery."""

    code = "delivery_not_found"


class CursorInvalid(Invalid):
    """The mark of the next page is not one that was handed out."""

    code = "cursor_invalid"


class DeliveryNotGivenUp(Refused):
    """Only a delivery that was given up can be tried again by hand."""

    code = "delivery_not_given_up"


class DeliveryFailed(HezhiError):
    """The message could not be handed over now; it will be tried again."""

    code = "delivery_failed"


class DeliveryRefused(DeliveryFailed):
    """The other side will never take this message."""

    code = "delivery_refused"
