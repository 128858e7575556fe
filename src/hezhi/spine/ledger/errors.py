"""What the ledger refuses.

Invalid
├── LineUnwritable   the act cannot be written down as given
└── MaskWritten      its words hold what stands for a masked value
Refused
├── KeyAlreadyUsed   the chain holds a line with this key; ``line`` is that line
├── SealBusy         an act has been open for too long to seal now
├── SigningKeyMissing  there is no key to sign a seal with
├── ProofImpossible  the stored tree does not lead to the head
├── NothingSealed    there is no head to prove anything by
└── StampFailed      the time-stamping authority gave no usable answer
"""

from __future__ import annotations

from typing import Any

from hezhi.kit.errors import Invalid, Refused


class LineUnwritable(Invalid):
    """This act cannot be written into the ledger as it was given."""

    code = "line_unwritable"


class MaskWritten(Invalid):
    """A masked value cannot be written back; open the field for a purpose, or leave it out."""

    code = "mask_written"


class KeyAlreadyUsed(Refused):
    """This act was already written under the same key."""

    code = "key_already_used"

    def __init__(self, detail: str = "", *, line: Any = None, **facts: Any) -> None:
        self.line = line
        super().__init__(detail, **facts)


class SealBusy(Refused):
    """An act is still being written; the ledger will be sealed a little later."""

    code = "seal_busy"


class SigningKeyMissing(Refused):
    """The key that signs the ledger's seals is not there; bring it back from the backup of the keys."""

    code = "signing_key_missing"


class ProofImpossible(Refused):
    """The ledger no longer fits its own seal, so nothing can be proved; verify the ledger first."""

    code = "proof_impossible"


class NothingSealed(Refused):
    """Nothing is sealed yet, so there is nothing to prove by."""

    code = "nothing_sealed"


class StampFailed(Refused):
    """The time-stamping authority gave no usable answer; the ledger is sealed all the same, ask again later."""

    code = "stamp_failed"
