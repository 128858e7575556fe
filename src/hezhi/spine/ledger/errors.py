"""What the ledger refuses.

Invalid
└── LineUnwritable   the act cannot be written down as given
Refused
├── KeyAlreadyUsed   the chain holds a line with this key; ``line`` is that line
└── SealBusy         an act has been open for too long to seal now
"""

from __future__ import annotations

from typing import Any

from hezhi.kit.errors import Invalid, Refused


class LineUnwritable(Invalid):
    """This act cannot be written into the ledger as it was given."""

    code = "line_unwritable"


class KeyAlreadyUsed(Refused):
    """This act was already written under the same key."""

    code = "key_already_used"

    def __init__(self, detail: str = "", *, line: Any = None, **facts: Any) -> None:
        self.line = line
        super().__init__(detail, **facts)


class SealBusy(Refused):
    """An act is still being written; the ledger will be sealed a little later."""

    code = "seal_busy"
