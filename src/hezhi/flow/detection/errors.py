"""What detection cannot do.

HezhiError
├── NotFound  └── HitNotFound, ScanNotFound, ReviewNotFound, ReviewItemNotFound, CandidateNotFound
├── Invalid   └── VerdictUnknown, BadPage, AnswerUnknown, ReasonMissing, SizeBad, CandidateBad
├── Refused   └── NothingJudgedYet, ReviewDrawn, CandidateRuns
└── ScansFailed
"""

from __future__ import annotations

from hezhi.kit.errors import HezhiError, Invalid, NotFound, Refused


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


class ScanNotFound(NotFound):
    """This pack has no such detector that looks over history."""

    code = "scan_not_found"


class ReviewNotFound(NotFound):
    """There is no such sample, or you may not see it."""

    code = "review_not_found"


class ReviewItemNotFound(NotFound):
    """There is no such line to judge, or you may not see it."""

    code = "review_item_not_found"


class AnswerUnknown(Invalid):
    """An answer is missed, nothing or cannot_tell."""

    code = "review_answer_unknown"


class ReasonMissing(Invalid):
    """Say in a few words what you looked at, five characters at least."""

    code = "review_reason_missing"


class SizeBad(Invalid):
    """A sample holds five to two hundred subjects: it is work for people."""

    code = "review_size_bad"


class NothingJudgedYet(Refused):
    """The detector has not had the last word on this time yet: run it first, or choose an earlier time."""

    code = "review_nothing_judged_yet"


class ReviewDrawn(Refused):
    """A sample of this detector and time was drawn already; it is not drawn until it suits."""

    code = "review_drawn"


class CandidateNotFound(NotFound):
    """There is no such candidate, or you may not see it."""

    code = "candidate_not_found"


class CandidateBad(Invalid):
    """This cannot run beside the detector in use."""

    code = "candidate_bad"


class CandidateRuns(Refused):
    """A candidate of this detector runs already, or this one was ended: one at a time."""

    code = "candidate_runs"
