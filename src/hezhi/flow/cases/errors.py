"""What can go wrong with a case.

HezhiError
├── NotFound      CaseNotFound
├── NotAllowed    NotYourCase, NotYourReport
├── Invalid       CatalogueInvalid, UnknownReason, UnknownOutcome, NoSuchAgency, NameTooLong, NoMembers, NotInFuture,
│                 MissingReason
└── Refused       WrongState, OutOfOrder, RulingStands, NoCoordinator, NoHandler, WorkIsOpen, OwnWork,
                  ExtensionSpent, WindowOver, AlreadyThere, NoOpenOrder, HasInterest, CaseIsErased
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, NotAllowed, NotFound, Refused


class CaseNotFound(NotFound):
    """There is no such case, or you may not see it."""

    code = "case_not_found"


class NotYourCase(NotAllowed):
    """Another agency leads this case; this act is the lead agency's."""

    code = "not_your_case"


class NotYourReport(NotAllowed):
    """Only someone who reported this matter can do this."""

    code = "not_your_report"


class CatalogueInvalid(Invalid):
    """A line of the responsibility catalogue does not fit; nothing was loaded."""

    code = "catalogue_invalid"


class UnknownReason(Invalid):
    """The reason is not in the pack's catalogue of reasons."""

    code = "unknown_reason"


class UnknownOutcome(Invalid):
    """The pack does not know this outcome."""

    code = "unknown_outcome"


class NoSuchAgency(Invalid):
    """No agency of this kind is responsible for the place of the case."""

    code = "no_such_agency"


class NameTooLong(Invalid):
    """The name is longer than 100 characters."""

    code = "name_too_long"


class NoMembers(Invalid):
    """A task force needs at least one named person."""

    code = "no_members"


class MissingReason(Invalid):
    """This act needs a reason, in words someone else can follow."""

    code = "missing_reason"


class NotInFuture(Invalid):
    """This date has to lie in the future."""

    code = "not_in_future"


class WrongState(Refused):
    """This act is not possible in the case's present state."""

    code = "wrong_state"


class OutOfOrder(Refused):
    """The case has already moved on after the moment you give; acts are written in their order."""

    code = "out_of_order"


class RulingStands(Refused):
    """The coordinator has ruled who is responsible; the case cannot be returned again."""

    code = "ruling_stands"


class NoCoordinator(Refused):
    """No coordinator is appointed for this place, so nobody could take the case over."""

    code = "no_coordinator"


class NoHandler(Refused):
    """The agency has nobody on a handler's post, so nobody would answer for the case."""

    code = "no_handler"


class WorkIsOpen(Refused):
    """Work that this step needs is not finished yet."""

    code = "work_is_open"


class OwnWork(Refused):
    """Nobody verifies the own work; a second person has to."""

    code = "own_work"


class ExtensionSpent(Refused):
    """The pack allows no further extension."""

    code = "extension_spent"


class WindowOver(Refused):
    """The time to ask for this is over."""

    code = "window_over"


class AlreadyThere(Refused):
    """This has already been done."""

    code = "already_there"


class NoOpenOrder(Refused):
    """There is no order waiting for this agency's answer."""

    code = "no_open_order"


class HasInterest(Refused):
    """This person is kept out of the case for an interest in it, and can be given no part of it."""

    code = "has_interest"


class CaseIsErased(Refused):
    """What was said in this case was erased by law; nothing can be done with it any more."""

    code = "case_erased"
