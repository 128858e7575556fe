"""What can go wrong when people use their rights.

HezhiError
├── Invalid    FieldNotCorrectable, ProofMissing, GroundMissing
└── Refused    NotServed, AskedAlready, NothingByConsent, NoPlaceYet, NoCopy, AlreadyErased, NotAnsweredYet
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, Refused


class FieldNotCorrectable(Invalid):
    """Name one field of the record and its right value."""

    code = "field_not_correctable"


class ProofMissing(Invalid):
    """Say which document you saw in person; its number is not written down."""

    code = "proof_missing"


class NotServed(Refused):
    """No pack of this city serves the rights of people; ask at the counter."""

    code = "rights_not_served"


class AskedAlready(Refused):
    """This was asked already and waits for its answer."""

    code = "asked_already"


class NothingByConsent(Refused):
    """Nothing in this record rests on consent, so there is none to take back."""

    code = "nothing_by_consent"


class NoPlaceYet(Refused):
    """Nobody knows yet where this report belongs; the counter can file the request."""

    code = "no_place_yet"


class NoCopy(Refused):
    """No copy is open: access was not granted yet, or its time is over."""

    code = "no_copy"


class AlreadyErased(Refused):
    """The content of this record was erased; there is nothing left to use the right on."""

    code = "already_erased"


class NotAnsweredYet(Refused):
    """Nobody has opened a case about this yet, so there is nothing to object to."""

    code = "not_answered_yet"


class GroundMissing(Invalid):
    """Content is erased on a ground of the law only: name it in the examination first."""

    code = "ground_missing"
