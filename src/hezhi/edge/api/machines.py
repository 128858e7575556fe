"""Systems of other agencies that may use the API: opened, listed and closed by an operator."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from hezhi.edge.api.auth import token_hash
from hezhi.edge.api.errors import AccountMissing, MachineNotFound, MachineTaken
from hezhi.edge.api.models import Machine
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.permissions.errors import NotAllowed


@dataclass(frozen=True)
class MachineRow:
    code: str
    name: str
    account_id: int
    is_active: bool
    created_by: str
    created_at: datetime


def machine_open(*, code: str, name: str, username: str, by: Actor, at: datetime) -> str:
    """Let a system use the API with the rights of one account; return its token, which is shown only now.

    Raises:
        NotAllowed, AccountMissing, MachineTaken.
    """
    _manage(by)
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
            )
            body = {"account": account.id, "name": name}
            ledger.line_append(chain=f"machine:{code}", act="machine.open", by=by, at=at, body=body)
    except IntegrityError:
        raise MachineTaken(machine=code) from None
    return token


@transaction.atomic
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
    fields = ("code", "name", "account_id", "is_active", "created_by", "created_at")
    return [MachineRow(*row) for row in Machine.objects.order_by("code").values_list(*fields)]


def _manage(by: Actor) -> None:
    if permissions.scopes(by, Right.ACCOUNT_MANAGE).is_empty:
        raise NotAllowed(right=Right.ACCOUNT_MANAGE)
