"""How a pass is written and signed. Pure; the database function ``guard_pass`` checks the same."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from hezhi.kit.canonical import canonical
from hezhi.spine.guard.contracts import Pass
from hezhi.spine.permissions.contracts import Right, ScopeSet

BLOCK = 64  # bytes of a SHA-256 block
GUARDED = (
    Right.RECORD_READ,
    Right.ALERT_TRIAGE,
    Right.CASE_READ,
    Right.CASE_SUPERVISE,
    Right.INDICATOR_READ,
    Right.SOURCE_MANAGE,
    Right.LEDGER_VERIFY,
    Right.ACCOUNT_MANAGE,
    Right.STAFF_MANAGE,
)
"""The rights that policies ask for; a pass carries no others."""


def claims(told: Pass, scopes: Mapping[Right, ScopeSet], until: int) -> dict[str, Any]:
    """Return what a pass says, as JSON can hold it.

    A region path ends with a dot, so that a prefix never cuts a code in two; a right that holds everywhere has
    the one path that begins every other: the empty one.

    Args:
        scopes: what the asker holds of each right in `GUARDED`.
        until: second of the epoch after which the pass is void.
    """
    rights = {}
    for right, held in scopes.items():
        if not held.is_empty:
            paths = [""] if held.everywhere else [f"{path}." for path in sorted(held.region_paths)]
            rights[right] = {"r": paths, "a": sorted(held.agency_ids), "c": sorted(held.case_ids)}
    return {
        "ref": told.actor.ref if told.actor else "",
        "barred": sorted(told.actor.barred) if told.actor else [],
        "acts": told.is_acting,
        "until": until,
        "rights": rights,
    }


def signed(told: Pass, scopes: Mapping[Right, ScopeSet], until: int, key: bytes) -> str:
    """Return a pass as the database takes it: HMAC-SHA-256 in hex, a dot, the claims as canonical JSON.

    Example:
        >>> signed(Pass(), {}, 0, b"key")[64:]
        '.{"acts":false,"barred":[],"ref":"","rights":{},"until":0}'
    """
    body = canonical(claims(told, scopes, until))
    return f"{hmac.new(key, body.encode(), hashlib.sha256).hexdigest()}.{body}"


def pads(key: bytes) -> tuple[bytes, bytes]:
    """Return the key's inner and outer pad (RFC 2104), which is all that checking an HMAC takes.

    Raises:
        ValueError: the key is longer than a block.
    """
    if len(key) > BLOCK:
        raise ValueError("a key of passes has at most 64 bytes")
    whole = key.ljust(BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in whole), bytes(byte ^ 0x5C for byte in whole)
