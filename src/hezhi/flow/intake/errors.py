"""What intake cannot do.

HezhiError
├── NotFound
│   ├── RecordNotFound, SourceNotFound, BatchNotFound, TicketNotFound
│   ├── HoldNotFound
│   └── RelationNotFound
├── NotAllowed
│   ├── TokenUnknown
│   └── TicketEnded
├── Invalid
│   ├── RecordInvalid
│   ├── SourceInvalid
│   ├── MatterUnknown
│   ├── LayoutWrong
│   ├── BasisMissing
│   ├── HoldInvalid
│   ├── TicketInvalid
│   ├── ReasonMissing
│   ├── PeriodInvalid
│   └── BadPage
└── Refused
    ├── SourceInactive
    ├── NotWaiting
    ├── NotAccepted
    ├── CaseNotOfRecord
    ├── AlreadyRelated
    ├── RecordIsErased
    ├── RecordKept
    └── SameRecord
"""

from __future__ import annotations

from hezhi.flow.intake.contracts import Hold, RecordFinding
from hezhi.kit.errors import Invalid, NotAllowed, NotFound, Refused


class RecordNotFound(NotFound):
    """There is no such record, or you may not see it."""

    code = "record_not_found"


class SourceNotFound(NotFound):
    """There is no such source."""

    code = "source_not_found"


class BatchNotFound(NotFound):
    """There is no such batch."""

    code = "batch_not_found"


class TicketNotFound(NotFound):
    """You hold no such ticket."""

    code = "ticket_not_found"


class RelationNotFound(NotFound):
    """These records are not related in this way."""

    code = "relation_not_found"


class TokenUnknown(NotAllowed):
    """This token belongs to no source that may send."""

    code = "token_unknown"


class TicketEnded(NotAllowed):
    """This ticket has ended, so the fields are masked again; open a new one if you still need them."""

    code = "ticket_ended"


class RecordInvalid(Invalid):
    """The report cannot be taken as it is; every field that needs a change is named."""

    code = "record_invalid"


class SourceInvalid(Invalid):
    """The source's contract does not fit the record's shape."""

    code = "source_invalid"


class MatterUnknown(Invalid):
    """The pack's catalogue has no such matter."""

    code = "matter_unknown"


class LayoutWrong(Invalid):
    """The file cannot be taken as it is laid out; no row was looked at.

    ``finding`` says why, ``rows_count`` how many rows wait, as far as they can be counted.
    """

    code = "layout_wrong"

    def __init__(self, finding: RecordFinding, rows_count: int = 0) -> None:
        self.finding = finding
        self.rows_count = rows_count
        super().__init__(findings=(finding,))


class TicketInvalid(Invalid):
    """The fields stay masked; say which of them, by which basis in law, what for and for how long."""

    code = "ticket_invalid"


class HoldNotFound(NotFound):
    """There is no such hold, or you may not see it."""

    code = "hold_not_found"


class HoldInvalid(Invalid):
    """A hold needs the article, order or request that asks for it, and an end that is still to come."""

    code = "hold_invalid"


class BasisMissing(Invalid):
    """Erasing needs one of the grounds of the law, and its article where the ground does not name it."""

    code = "basis_missing"


class ReasonMissing(Invalid):
    """This act owes a reason."""

    code = "reason_missing"


class PeriodInvalid(Invalid):
    """A period begins before it ends, and is not longer than a year."""

    code = "period_invalid"


class BadPage(Invalid):
    """This page address is damaged; start from the first page."""

    code = "bad_page"


class SourceInactive(Refused):
    """This source is switched off."""

    code = "source_inactive"


class NotWaiting(Refused):
    """Only a refused or held record waits for a correction."""

    code = "record_not_waiting"


class NotAccepted(Refused):
    """Only accepted records can be related to each other."""

    code = "record_not_accepted"


class CaseNotOfRecord(Refused):
    """This case does not deal with this record."""

    code = "case_not_of_record"


class AlreadyRelated(Refused):
    """These records are related in this way already."""

    code = "already_related"


class RecordIsErased(Refused):
    """The content of this record was erased by law; nothing can be done with it any more."""

    code = "record_erased"


class RecordKept(Refused):
    """A duty to keep this record stands against erasing it.

    ``holds`` says which, with the law the pack states.
    """

    code = "record_kept"

    def __init__(self, record: int, holds: tuple[Hold, ...]) -> None:
        self.holds = holds
        told = ",".join(f"{one.kind} {one.law}".strip() for one in holds)
        super().__init__(record=record, holds=told)


class SameRecord(Refused):
    """A record cannot be related to itself."""

    code = "same_record"
