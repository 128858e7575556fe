"""What can go wrong when an operator looks after jobs.

HezhiError
├── NotFound   JobsNotFound
└── Invalid    ReasonMissing
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, NotFound


class JobsNotFound(NotFound):
    """There is nothing of this kind that failed; somebody may have looked after it already."""

    code = "jobs_not_found"


class ReasonMissing(Invalid):
    """Say why: the reason is written into the ledger."""

    code = "reason_missing"
