"""What an operator does for somebody who cannot sign in any more, or should not; the owner is told of each."""

from __future__ import annotations

from datetime import datetime, timedelta

from hezhi.kit import bus
from hezhi.spine.guard import api as guard
from hezhi.spine.people.accounts import reason_checked
from hezhi.spine.people.commands import require_manager, told
from hezhi.spine.people.contracts import AccountTouched
from hezhi.spine.people.errors import AccountNotFound, GlassWhole, LinkNotFound, PersonNotFound, SamePerson, SecondIsOff
from hezhi.spine.people.models import Account, Glass, Link, Person, RecoveryCode, SecondFactor
from hezhi.spine.people.sessions import sessions_drop
from hezhi.spine.permissions.contracts import Actor


@guard.act
def second_reset(*, account_id: int, reason: str, by: Actor, at: datetime) -> None:
    """Switch another's second factor off, for a lost phone: secret and recovery codes are forgotten, sessions end.

    Raises:
        PeopleInvalid (no reason), AccountNotFound, SecondIsOff, NotAllowed.
        SamePerson: it is the own account; that takes a code (``second_off``).
    """
    account = _another(account_id, by)
    reason = reason_checked(reason)
    removed, _ = SecondFactor.objects.filter(account_id=account_id).delete()
    if not removed:
        raise SecondIsOff(account=account_id)
    RecoveryCode.objects.filter(account_id=account_id).delete()
    sessions_drop(account_id)
    _tell(account, "account.second_reset", {"account": account_id, "reason": reason}, reason, by, at)


@guard.act
def link_cut(*, account_id: int, issuer: str, subject: str, reason: str, by: Actor, at: datetime) -> None:
    """Let somebody of another provider no longer sign in to another's account; its sessions end.

    Raises:
        PeopleInvalid (no reason), AccountNotFound, SamePerson, NotAllowed.
        LinkNotFound: there is no such link.
    """
    account = _another(account_id, by)
    reason = reason_checked(reason)
    link = Link.objects.filter(account_id=account_id, issuer=issuer, subject=subject).first()
    if link is None:
        raise LinkNotFound(account=account_id)
    body = {"account": account_id, "link": link.id, "reason": reason}
    link.delete()
    sessions_drop(account_id)
    _tell(account, "account.unlink", body, reason, by, at)


@guard.act
def glass_end(*, person_id: int, reason: str, by: Actor, at: datetime) -> int:
    """End the rights somebody was given in an emergency before their time; return how many posts that were.

    Raises:
        PeopleInvalid (no reason), PersonNotFound, NotAllowed.
        GlassWhole: nothing was given, or it is over.
    """
    require_manager(by)
    reason = reason_checked(reason)
    if not Person.objects.filter(id=person_id).exists():
        raise PersonNotFound(person=person_id)
    running = list(Glass.objects.select_for_update().filter(person_id=person_id, to_at__gt=at).order_by("id"))
    if not running:
        raise GlassWhole(person=person_id)
    for one in running:
        one.to_at = max(at, one.from_at + timedelta(microseconds=1))
        one.save(update_fields=["to_at"])
        told("glass.end", {"glass": one.id, "person": person_id, "reason": reason}, by, at)
    bus.publish(AccountTouched(0, person_id, "glass.end", reason, at))
    return len(running)


def _another(account_id: int, by: Actor) -> Account:
    require_manager(by)
    account = Account.objects.select_for_update().filter(id=account_id).first()
    if account is None:
        raise AccountNotFound(account=account_id)
    if by.person_id is not None and by.person_id == account.person_id:
        raise SamePerson(account=account_id)
    return account


def _tell(account: Account, act: str, body: dict[str, object], reason: str, by: Actor, at: datetime) -> None:
    told(act, body, by, at)
    bus.publish(AccountTouched(account.id, account.person_id, act, reason, at))
