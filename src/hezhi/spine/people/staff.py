"""Who looks after an agency's people: its head, and whoever manages accounts."""

from __future__ import annotations

from hezhi.spine.people.commands import require_manager
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right, RowPlace


def may_manage(by: Actor, agency_id: int | None) -> bool:
    """Say whether the actor looks after the people of an agency."""
    at_agency = RowPlace(agency_ids=frozenset() if agency_id is None else frozenset({agency_id}))
    return permissions.may_everywhere(by, Right.ACCOUNT_MANAGE) or permissions.may(by, Right.STAFF_MANAGE, at_agency)


def require_staff(by: Actor, agency_id: int | None) -> None:
    """Return only if the actor looks after the people of an agency.

    Raises:
        NotAllowed: it does not.
    """
    if not may_manage(by, agency_id):
        require_manager(by)


def require_own_or_staff(by: Actor, person_id: int, agency_id: int | None) -> None:
    """Return only if it is the actor's own matter, or of somebody the actor looks after.

    Raises:
        NotAllowed: it is neither.
    """
    if by.person_id is None or by.person_id != person_id:
        require_staff(by, agency_id)
