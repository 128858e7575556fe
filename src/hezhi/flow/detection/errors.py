"""What detection cannot do.

HezhiError
├── NotFound  └── HitNotFound
├── Invalid   └── VerdictUnknown, BadPage
└── ScansFailed
"""

from __future__ import annotations

from hezhi.kit.errors import HezhiError, Invalid, NotFound


class HitNotFound(NotFound):
    """There is no such hit, or you may not see it."""

    code = "hit_not_found"


class VerdictUnknown(Invalid):
    """A verdict is true, false, harmless or cannot_verify."""

    code = "hit_verdict_unknown"


class BadPage(Invalid):
    """This page address is damaged; start from the first page."""

    code = "hit_bad_page"


class ScansFailed(HezhiError):
    """Some detectors over history could not run; `hezhi detect runs` says why. The others ran."""

    code = "scans_failed"
