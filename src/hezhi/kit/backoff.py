"""How long to wait before something that failed is tried again."""

from __future__ import annotations


def wait_seconds(attempts: int, *, first: int = 5, most: int = 3600) -> int:
    """Return the seconds to wait after the ``attempts``-th failure: doubling, up to ``most``.

    Args:
        attempts: failures so far, 1 for the first.
        first: wait after the first failure.
        most: the longest wait.

    Example:
        >>> [wait_seconds(n) for n in (1, 2, 3, 20)]
        [5, 10, 20, 3600]
    """
    if attempts < 1:
        raise ValueError(f"nothing has failed yet: attempts={attempts}")
    return int(min(first * 2 ** min(attempts - 1, 30), most))
