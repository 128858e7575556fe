"""What point checks cannot do.

HezhiError
├── NotFound  CheckNotFound, AnswerNotFound
├── Invalid   FormInvalid, FeatureInvalid, BadPage
├── Refused   KeyReused
└── FeaturesFailed
"""

from __future__ import annotations

from hezhi.kit.errors import HezhiError, Invalid, NotFound, Refused


class CheckNotFound(NotFound):
    """There is no such check."""

    code = "check_not_found"


class AnswerNotFound(NotFound):
    """There is no such answer, or you may not see it."""

    code = "answer_not_found"


class FormInvalid(Invalid):
    """The form cannot be used as it is; findings name every problem."""

    code = "check_form_invalid"


class FeatureInvalid(Invalid):
    """These values cannot be kept; findings name every problem."""

    code = "feature_invalid"


class BadPage(Invalid):
    """This page address is damaged; start from the first page."""

    code = "answer_bad_page"


class FeaturesFailed(HezhiError):
    """Some online features could not be reckoned; the others were."""

    code = "features_failed"


class KeyReused(Refused):
    """This key was used for another question already."""

    code = "check_key_reused"
