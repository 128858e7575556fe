"""The rule of rights: right × scope, for one row. Plain Python, no table, no clock.

The same rule for a whole list is ``api.scope_q``; a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hezhi.spine.permissions.contracts import Grant, Right, RowPlace, ScopeKind, ScopeSet

READ_RIGHTS: Mapping[Right, Right] = {
    Right.RECORD_READ: Right.RECORD_READ,
    Right.RECORD_REPORT: Right.RECORD_READ,
    Right.RECORD_CORRECT: Right.RECORD_READ,
    Right.RECORD_MERGE: Right.RECORD_READ,
    Right.RECORD_ERASE: Right.RECORD_READ,
    Right.ALERT_TRIAGE: Right.ALERT_TRIAGE,
    Right.CASE_READ: Right.CASE_READ,
    Right.CASE_HANDLE: Right.CASE_READ,
    Right.CASE_COORDINATE: Right.CASE_READ,
    Right.CASE_SUPERVISE: Right.CASE_READ,
    Right.CASE_VERIFY: Right.CASE_READ,
}
"""Which right lets an actor know that a row exists at all. A right that is missing here guards no
rows but functions of the house (calendar, accounts, …), whose existence is no secret."""


def path_covers(scope_path: str, path: str) -> bool:
    """Say whether the region at ``scope_path`` is the one at ``path`` or contains it.

    Whole codes only: ``11.12`` does not contain ``11.123``. The empty path contains nothing
    and lies nowhere, so that an unknown scope shows nothing.

    Example:
        >>> path_covers("11.12", "11.12.13"), path_covers("11.12", "11.123")
        (True, False)
    """
    return bool(scope_path) and (path == scope_path or path.startswith(scope_path + "."))


def paths_shortest(paths: Iterable[str]) -> frozenset[str]:
    """Drop empty paths and every path that another one already covers.

    Example:
        >>> sorted(paths_shortest(["11.12", "11.12.13", "", "14"]))
        ['11.12', '14']
    """
    kept: set[str] = set()
    for path in sorted(filter(None, paths)):  # a parent sorts before everything below it
        parts = path.split(".")
        if not any(".".join(parts[:n]) in kept for n in range(1, len(parts) + 1)):
            kept.add(path)
    return frozenset(kept)


def scope_set(grants: Iterable[Grant], right: Right) -> ScopeSet:
    """Gather all scopes that ``grants`` give for ``right``.

    A scope that cannot be understood (an empty path, an id that is no number, a kind of a later
    version) adds nothing.
    """
    values: dict[ScopeKind, list[str]] = {kind: [] for kind in ScopeKind}
    for grant in grants:
        if grant.right == right and grant.scope.kind in values:
            values[grant.scope.kind].append(grant.scope.value)
    return ScopeSet(
        everywhere=bool(values[ScopeKind.EVERYWHERE]),
        region_paths=paths_shortest(values[ScopeKind.REGION]),
        agency_ids=_ids(values[ScopeKind.AGENCY], below=2**31),  # stored as integer arrays
        case_ids=_ids(values[ScopeKind.CASE], below=2**63),
    )


def covers(scopes: ScopeSet, place: RowPlace) -> bool:
    """Say whether a row at ``place`` lies within one of the scopes."""
    return (
        scopes.everywhere
        or bool(scopes.agency_ids & place.agency_ids)
        or (place.case_id is not None and place.case_id in scopes.case_ids)
        or any(path_covers(path, place.region_path) for path in scopes.region_paths)
    )


def is_barred(barred: frozenset[str], place: RowPlace) -> bool:
    """Say whether a row is, or belongs to, something its reader has nothing to do with."""
    return bool(barred) and (place.ref in barred or f"case:{place.case_id}" in barred)


def barred_ids(barred: Iterable[str], kind: str) -> frozenset[int]:
    """Return the ids of one kind among barred things.

    Example:
        >>> sorted(barred_ids({"case:12", "case:3", "record:7"}, "case"))
        [3, 12]
    """
    return _ids((one.removeprefix(f"{kind}:") for one in barred if one.startswith(f"{kind}:")), below=2**63)


def read_right_of(right: Right) -> Right | None:
    """Return the right that shows a row which ``right`` acts on; None where nothing is hidden."""
    return READ_RIGHTS.get(right)


def _ids(values: Iterable[str], *, below: int) -> frozenset[int]:
    numbers = (int(value) for value in values if value.isascii() and value.isdecimal() and len(value) < 20)
    return frozenset(number for number in numbers if number < below)
