"""Systems of other agencies that may use the API: opened, listed and closed by an operator."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from hezhi.edge.api.auth import token_hash
from hezhi.edge.api.errors import AccountMissing, MachineInvalid, MachineNotFound, MachineTaken
from hezhi.edge.api.models import Machine
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.permissions.errors import NotAllowed

MOST_DAYS = 730  # a token that nobody renews is a token that nobody looks after


@dataclass(frozen=True)
class MachineRow:
    code: str
    name: str
    account_id: int
    is_active: bool
    created_by: str
    created_at: datetime
    expires_at: datetime
    rights: tuple[str, ...]


def machine_open(
    *, code: str, name: str, username: str, by: Actor, at: datetime, days: int = 365, rights: Sequence[str] = ()
) -> str:
    """Let a system use the API with the rights of one account; return its token, which is shown only now.

    Args:
        days: how long the token holds, `MOST_DAYS` at most.
        rights: the only rights of the account's it gets; empty for all of them.

    Raises:
        NotAllowed, AccountMissing, MachineTaken, MachineInvalid.
    """
    _manage(by)
    findings = [
        f"rights: there is no right '{one}'; there are {', '.join(Right)}" for one in rights if one not in set(Right)
    ]
    findings += [] if 1 <= days <= MOST_DAYS else [f"days: 1 to {MOST_DAYS}"]
    if findings:
        raise MachineInvalid(findings=tuple(findings))
    account = people.account_find(username)
    if account is None:
        raise AccountMissing(username=username)
    token = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            Machine.objects.create(
                code=code,
                name=name,
                account_id=account.id,
                token_hash=token_hash(token),
                created_by=by.ref,
                created_at=at,
                expires_at=at + timedelta(days=days),
                rights=sorted(set(rights)),
            )
            body = {"account": account.id, "name": name, "days": days, "rights": sorted(set(rights))}
            ledger.line_append(chain=f"machine:{code}", act="machine.open", by=by, at=at, body=body)
    except IntegrityError:
        raise MachineTaken(machine=code) from None
    return token


@guard.act
def machine_close(*, code: str, by: Actor, at: datetime) -> None:
    """Let a system no longer in; closing it again changes nothing.

    Raises:
        NotAllowed, MachineNotFound.
    """
    _manage(by)
    machine = Machine.objects.select_for_update().filter(code=code).first()
    if machine is None:
        raise MachineNotFound(machine=code)
    if machine.is_active:
        machine.is_active = False
        machine.save(update_fields=["is_active"])
        ledger.line_append(chain=f"machine:{code}", act="machine.close", by=by, at=at, body={})


def machines_list(*, by: Actor) -> list[MachineRow]:
    """Return all machines by code, closed ones too.

    Raises:
        NotAllowed.
    """
    _manage(by)
    fields = ("code", "name", "account_id", "is_active", "created_by", "created_at", "expires_at", "rights")
    rows = Machine.objects.order_by("code").values_list(*fields)
    return [MachineRow(*row[:-1], rights=tuple(row[-1])) for row in rows]


def machines_of(*, account_ids: Sequence[int], opened_by: str) -> list[MachineRow]:
    """Return the open machines that have the rights of some accounts, or that somebody opened; asks for no right.

    For the hand-over list: a machine of a closed account is let in no more and wants another account.
    """
    fields = ("code", "name", "account_id", "is_active", "created_by", "created_at", "expires_at", "rights")
    rows = Machine.objects.filter(Q(account_id__in=account_ids) | Q(created_by=opened_by), is_active=True)
    return [MachineRow(*row[:-1], rights=tuple(row[-1])) for row in rows.order_by("code").values_list(*fields)]


def _manage(by: Actor) -> None:
    if permissions.scopes(by, Right.ACCOUNT_MANAGE).is_empty:
        raise NotAllowed(right=Right.ACCOUNT_MANAGE)
