"""Who is signed in where. The sessions are Django's; this remembers whose they are, so that they can be ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from hezhi.spine.guard import api as guard
from hezhi.spine.people.commands import require_manager, told
from hezhi.spine.people.contracts import SessionRow
from hezhi.spine.people.errors import AccountNotFound
from hezhi.spine.people.models import Account, SignedIn
from hezhi.spine.permissions.contracts import Actor

SETTLED = timedelta(minutes=5)  # a session that has just begun may not be written yet


def session_begin(*, account_id: int, session_key: str, browser: str, at: datetime) -> None:
    """Remember whose a session is; writes no line, for signing in changes nothing of the city's."""
    row = {"account_id": account_id, "browser": browser[:200], "begun_at": at, "used_at": at}
    SignedIn.objects.update_or_create(session_key=session_key, defaults=row)


def session_used(*, session_key: str, at: datetime) -> None:
    """Remember that a session is in use."""
    SignedIn.objects.filter(session_key=session_key).update(used_at=at)


def sessions_of(*, account_id: int, by: Actor) -> list[SessionRow]:
    """Return the sessions an account is signed in with, used last first; for its owner and who manages accounts.

    Raises:
        AccountNotFound, NotAllowed.
    """
    own_or_managed(account_id, by)
    live = Session.objects.values("session_key")
    rows = SignedIn.objects.filter(account_id=account_id, session_key__in=live).order_by("-used_at", "-id")
    return [SessionRow(one.id, one.session_key, one.browser, one.begun_at, one.used_at) for one in rows]


@guard.act
def sessions_end(
    *, account_id: int, by: Actor, at: datetime, only_id: int | None = None, but_key: str = ""
) -> int:  # fmt: skip
    """End an account's sessions and return how many there were; ending none writes nothing.

    Args:
        only_id: end this one alone.
        but_key: leave the session with this key.

    Raises:
        AccountNotFound, NotAllowed.
    """
    own_or_managed(account_id, by)
    ended = sessions_drop(account_id, only_id, but_key)
    if ended:
        told("account.sessions_end", {"account": account_id, "sessions": ended}, by, at)
    return ended


def sessions_drop(account_id: int, only_id: int | None = None, but_key: str = "") -> int:
    """Delete sessions without asking who may, for commands that have asked."""
    rows = SignedIn.objects.filter(account_id=account_id).exclude(session_key=but_key)
    keys = list((rows if only_id is None else rows.filter(id=only_id)).values_list("session_key", flat=True))
    SignedIn.objects.filter(session_key__in=keys).delete()
    Session.objects.filter(session_key__in=keys).delete()
    return len(keys)


def sessions_purge(*, at: datetime) -> int:
    """Forget sessions that ran out; return how many there were."""
    purged, _ = Session.objects.filter(expire_date__lte=at).delete()
    SignedIn.objects.filter(used_at__lte=at - SETTLED).exclude(
        session_key__in=Session.objects.values("session_key")
    ).delete()
    return purged


def own_or_managed(account_id: int, by: Actor) -> None:
    """Return only if the account is the actor's own, or the actor manages accounts."""
    account = Account.objects.filter(id=account_id).first()
    if account is None or not is_own(account, by):
        require_manager(by)
    if account is None:
        raise AccountNotFound(account=account_id)


def is_own(account: Account, by: Actor) -> bool:
    """Say whether the actor came in through this account, or is the person it belongs to."""
    return account.person_id == by.person_id if by.person_id is not None else by.ref == f"account:{account.id}"
