"""What can go wrong in triage.

HezhiError
├── NotFound   AlertNotFound
├── Invalid    MatterMissing, VerdictUnknown, MissingReason, NotInFuture
└── Refused    AlertAlreadyDecided
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, NotFound, Refused


class AlertNotFound(NotFound):
    """There is no such alert, or you may not see it."""

    code = "alert_not_found"


class MatterMissing(Invalid):
    """Say first what kind of matter this is; a suggestion alone dispatches nothing."""

    code = "matter_missing"


class VerdictUnknown(Invalid):
    """A dismissed alert needs a verdict: false, harmless or cannot_verify."""

    code = "verdict_unknown"


class MissingReason(Invalid):
    """This decision needs a reason, in words someone else can follow."""

    code = "missing_alert_reason"


class NotInFuture(Invalid):
    """This moment has to lie in the future."""

    code = "alert_not_in_future"


class AlertAlreadyDecided(Refused):
    """The alert was decided before this decision arrived."""

    code = "alert_already_decided"
