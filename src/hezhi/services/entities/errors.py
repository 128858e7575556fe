"""What this room refuses.

HezhiError
├── NotFound  └── LinkNotFound, EntryNotFound, ChangeNotFound, ModelNotFound
├── Invalid   └── VerdictUnknown, ReasonMissing, BadPage
└── Refused   └── LinkGuarded
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, NotFound, Refused


class LinkNotFound(NotFound):
    """There is no such link, or you may not see it."""

    code = "link_not_found"


class EntryNotFound(NotFound):
    """This record is not known here, or you may not see it."""

    code = "entry_not_found"


class ChangeNotFound(NotFound):
    """There is no such change, or it joined nothing."""

    code = "cluster_change_not_found"


class ModelNotFound(NotFound):
    """No weights have been trained for this kind of subject yet."""

    code = "link_model_not_found"


class VerdictUnknown(Invalid):
    """A verdict on a link is same, different or unsure."""

    code = "link_verdict_unknown"


class ReasonMissing(Invalid):
    """Say in a sentence why; at least 5 characters."""

    code = "link_reason_missing"


class BadPage(Invalid):
    """This page address is damaged; start from the first page."""

    code = "link_bad_page"


class LinkGuarded(Refused):
    """These two have two different numbers of which a subject has one; they cannot be the same."""

    code = "link_guarded"
