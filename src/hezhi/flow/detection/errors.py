"""What detection cannot do.

HezhiError
├── NotFound  └── HitNotFound
└── Invalid   └── VerdictUnknown, BadPage
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, NotFound


class HitNotFound(NotFound):
    """There is no such hit, or you may not see it."""

    code = "hit_not_found"


class VerdictUnknown(Invalid):
    """A verdict is true, false, harmless or cannot_verify."""

    code = "hit_verdict_unknown"


class BadPage(Invalid):
    """This page address is damaged; start from the first page."""

    code = "hit_bad_page"
