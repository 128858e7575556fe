"""What can go wrong around indicators.

HezhiError
├── NotFound
│   └── ValueNotFound
└── LineageTooLong
"""

from __future__ import annotations

from hezhi.kit.errors import HezhiError, NotFound


class ValueNotFound(NotFound):
    """There is no such number, it is too small to be shown, or the actor may not read it."""

    code = "value_not_found"


class LineageTooLong(HezhiError):
    """The number rests on more cases than can be gone through at once."""

    code = "lineage_too_long"
