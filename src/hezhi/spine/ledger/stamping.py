"""RFC 3161: a time-stamping authority says when a signed head already existed.

Only the SHA-256 of what a seal says leaves the house; it is the seal's own hash. The answer is kept as it came.
"""

from __future__ import annotations

from typing import Any

from rfc3161_client import HashAlgorithm, PKIStatus, TimestampRequestBuilder, decode_timestamp_response

from hezhi.kit.outward import CallFailed, call
from hezhi.spine.ledger.errors import StampFailed

WAIT_SECONDS = 20


def stamp(told: bytes, *, url: str) -> bytes:
    """Return the authority's whole answer about ``told``, in DER.

    Raises:
        StampFailed: it cannot be reached, refuses, or stamped something else.
    """
    request = TimestampRequestBuilder().data(told).hash_algorithm(HashAlgorithm.SHA256).build()
    kind = {"Content-Type": "application/timestamp-query"}
    try:
        answer = call("POST", url, seconds=WAIT_SECONDS, content=request.as_bytes(), headers=kind).raise_for_status()
        response = decode_timestamp_response(answer.content)
    except (CallFailed, ValueError) as cause:
        raise StampFailed(f"{cause}") from cause
    if PKIStatus(response.status) not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
        raise StampFailed("; ".join(response.status_string), status=response.status)
    info = response.tst_info
    if _asked(request.message_imprint) != _asked(info.message_imprint) or request.nonce != info.nonce:
        raise StampFailed("The answer belongs to another question.")
    return answer.content


def _asked(imprint: Any) -> tuple[str, bytes]:
    return imprint.hash_algorithm.dotted_string, imprint.message
