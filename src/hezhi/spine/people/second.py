"""The second factor: a code of an authenticator app (TOTP), and recovery codes for the day it is lost.

An app reckons by the time of its own clock, so codes are checked against ``shown_at``, the machine's time, and never
against ``at``, which in a demo is another.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import pyotp

from hezhi.spine.guard import api as guard
from hezhi.spine.people import rules
from hezhi.spine.people.commands import told
from hezhi.spine.people.errors import AccountNotFound, SecondIsOff, SecondIsOn, WrongCode
from hezhi.spine.people.models import Account, RecoveryCode, SecondFactor
from hezhi.spine.people.sessions import is_own
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.vault import api as vault
from hezhi.spine.vault.contracts import Place

RECOVERY_CODES, RECOVERY_BYTES = 10, 15


@guard.act
def second_begin(*, account_id: int, by: Actor) -> str:
    """Make a secret for the own account and return it; nothing holds, and no line is written, until it is confirmed.

    Begun again before it is confirmed, the earlier secret is forgotten.

    Raises:
        AccountNotFound: it is not the actor's own.
        SecondIsOn: switch it off first.
    """
    own(account_id, by)
    if SecondFactor.objects.filter(account_id=account_id, confirmed_at__isnull=False).exists():
        raise SecondIsOn(account=account_id)
    secret = pyotp.random_base32()
    sealed = vault.seal(vault.key_ready(subject=_subject(account_id)), _place(account_id), secret)
    made = {"sealed": sealed, "last_step": 0}
    SecondFactor.objects.update_or_create(account_id=account_id, defaults=made)
    return secret


@guard.act
def second_confirm(*, account_id: int, code: str, shown_at: datetime, by: Actor, at: datetime) -> list[str]:
    """Switch the second factor on and return the recovery codes, which are shown only now.

    Raises:
        AccountNotFound, SecondIsOff (never begun), SecondIsOn, WrongCode.
    """
    own(account_id, by)
    factor = _locked(account_id)
    if factor.confirmed_at is not None:
        raise SecondIsOn(account=account_id)
    _use_code(factor, code, shown_at)
    factor.confirmed_at = at
    factor.save(update_fields=["confirmed_at"])
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(account_id=account_id).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(account_id=account_id, code_hash=_hash(one)) for one in codes)
    told("account.second_on", {"account": account_id}, by, at)
    return codes


@guard.act
def second_check(*, account_id: int, code: str, shown_at: datetime, by: Actor, at: datetime) -> None:
    """Take a code of the app or a recovery code; each counts once.

    Using up a recovery code writes a line, a code of the app writes none.

    Raises:
        AccountNotFound, SecondIsOff, WrongCode.
    """
    own(account_id, by)
    factor = _locked(account_id)
    if factor.confirmed_at is None:
        raise SecondIsOff(account=account_id)
    used, _ = RecoveryCode.objects.filter(account_id=account_id, code_hash=_hash(code)).delete()
    if not used:
        _use_code(factor, code, shown_at)
        return
    left = RecoveryCode.objects.filter(account_id=account_id).count()
    told("account.recovery_used", {"account": account_id, "left": left}, by, at)


@guard.act
def second_off(*, account_id: int, code: str, shown_at: datetime, by: Actor, at: datetime) -> None:
    """Switch the second factor off with one of its codes; its secret and recovery codes are forgotten.

    Raises:
        AccountNotFound, SecondIsOff, WrongCode.
    """
    second_check(account_id=account_id, code=code, shown_at=shown_at, by=by, at=at)
    SecondFactor.objects.filter(account_id=account_id).delete()
    RecoveryCode.objects.filter(account_id=account_id).delete()
    told("account.second_off", {"account": account_id}, by, at)


def second_is_on(account_id: int) -> bool:
    """Say whether signing in to an account asks for a code. One query."""
    return SecondFactor.objects.filter(account_id=account_id, confirmed_at__isnull=False).exists()


def recovery_left(account_id: int) -> int:
    """Return how many recovery codes are unused. One query."""
    return RecoveryCode.objects.filter(account_id=account_id).count()


def own(account_id: int, by: Actor) -> None:
    """Return only if the account is the actor's own; nobody sets up somebody else's keys."""
    account = Account.objects.filter(id=account_id).first()
    if account is None or not is_own(account, by):
        raise AccountNotFound(account=account_id)


def _locked(account_id: int) -> SecondFactor:
    factor = SecondFactor.objects.select_for_update().filter(account_id=account_id).first()
    if factor is None:
        raise SecondIsOff(account=account_id)
    return factor


def _use_code(factor: SecondFactor, code: str, shown_at: datetime) -> None:
    subject = _subject(factor.account_id)
    key = vault.keys_get(subjects=[subject])[subject]
    secret = vault.unseal(key, _place(factor.account_id), factor.sealed)
    step = rules.totp_step(secret, code, shown_at, after=factor.last_step)
    if step is None:
        raise WrongCode()
    factor.last_step = step
    factor.save(update_fields=["last_step"])


def _subject(account_id: int) -> str:
    return f"account:{account_id}"


def _place(account_id: int) -> Place:
    return Place("people_secondfactor", str(account_id), "secret")


def _recovery_code() -> str:
    written = secrets.token_hex(RECOVERY_BYTES)
    return "-".join(written[at : at + 5] for at in range(0, len(written), 5))


def _hash(code: str) -> str:
    # 120 random bits stand behind each, so a plain hash cannot be searched.
    plain = "".join(code.split()).replace("-", "").lower()
    return hashlib.sha256(f"recovery:{plain}".encode()).hexdigest()
