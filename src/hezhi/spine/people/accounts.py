"""Accounts: what a person signs in with. Passwords are stored hashed and never written anywhere else."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext

from hezhi.kit import bus
from hezhi.spine.guard import api as guard
from hezhi.spine.people import rules
from hezhi.spine.people.commands import require_manager, told
from hezhi.spine.people.contracts import AccountRow, AccountTouched
from hezhi.spine.people.errors import AccountNotFound, PeopleInvalid, PersonNotFound, UsernameTaken
from hezhi.spine.people.models import Account, Person
from hezhi.spine.people.queries import account_row
from hezhi.spine.people.sessions import sessions_drop
from hezhi.spine.permissions.contracts import Actor

LISTED_WORDS = ("hezhi", "和治", "password", "passwd", "mima", "密码", "admin", "guanli", "管理", "zhejiang", "浙江")
"""What whoever guesses at this house tries first; no password may hold one."""
FIRST_HOLDS = timedelta(hours=72)  # so long does a first password sign in


@guard.act
def account_create(
    *,
    username: str,
    password: str,
    by: Actor,
    at: datetime,
    person_id: int | None = None,
    email: str = "",
    phone: str = "",
) -> AccountRow:
    """Open an account.

    Args:
        username: 2 to 32 small letters, digits, ``._-``, beginning with a letter.
        password: a first one, checked for strength and to be changed within `FIRST_HOLDS`; empty opens an account
            that nobody can sign in to yet (see `account_password_reset`).

    Raises:
        PeopleInvalid: username, password or address cannot be used; all findings at once.
        PersonNotFound, UsernameTaken, NotAllowed.
    """
    require_manager(by)
    findings = contact_findings(username, email, phone) + (
        password_findings(password, username, phone) if password else []
    )
    if findings:
        raise PeopleInvalid(findings=tuple(findings))
    if person_id is not None and not Person.objects.filter(id=person_id).exists():
        raise PersonNotFound(person=person_id)
    if Account.objects.filter(username=username).exists():
        raise UsernameTaken(username=username)
    until = at + FIRST_HOLDS if password else None
    account = Account(username=username, email=email, phone=phone, person_id=person_id, password_until=until)
    account.set_password(password or None)
    account.save()
    told("account.create", {"account": account.id, "person": person_id}, by, at)
    return account_row(account)


@guard.act
def account_password_set(*, account_id: int, password: str, by: Actor, at: datetime) -> None:
    """Give an account a new password and end its sessions; everybody may for the own account.

    Set by somebody else it is a first password, to be changed within `FIRST_HOLDS`.

    Raises:
        AccountNotFound, PeopleInvalid (too weak, or the one it has), NotAllowed.
    """
    account = _locked(account_id, by, own=True)
    is_mine = by.person_id is not None and by.person_id == account.person_id
    findings = password_findings(password, account.username, account.phone)
    findings += ["password: is the present one"] if is_mine and account.check_password(password) else []
    if findings:
        raise PeopleInvalid(findings=tuple(findings))
    _password_put(account, password, None if is_mine else at + FIRST_HOLDS)
    told("account.password_set", {"account": account_id}, by, at)


def _password_put(account: Account, password: str, until: datetime | None) -> None:
    account.set_password(password)  # sessions carry a hash of the old one and end with it
    account.password_until = until
    account.save(update_fields=["password", "password_until"])
    sessions_drop(account.id)


@guard.act
def account_password_reset(*, account_id: int, reason: str, by: Actor, at: datetime) -> str:
    """Give an account a random first password and return it, told this once; its sessions end and its owner is told.

    Raises:
        PeopleInvalid (no reason), AccountNotFound, NotAllowed.
    """
    account = _locked(account_id, by, own=False)
    reason = reason_checked(reason)
    password = secrets.token_urlsafe(12)  # 96 random bits
    _password_put(account, password, at + FIRST_HOLDS)
    told("account.password_reset", {"account": account_id, "reason": reason}, by, at)
    bus.publish(AccountTouched(account_id, account.person_id, "account.password_reset", reason, at))
    return password


def reason_checked(reason: str) -> str:
    """Return the reason that a change of somebody else's account owes.

    Raises:
        PeopleInvalid: none, or one of more than 200 characters.
    """
    if not 2 <= len(reason.strip()) <= 200:
        raise PeopleInvalid(findings=("reason: 2 to 200 characters",))
    return reason.strip()


@guard.act
def account_switch(*, account_id: int, is_active: bool, by: Actor, at: datetime) -> AccountRow:
    """Close an account, which ends its sessions, or open it again. Closing a closed one changes and writes nothing.

    Raises:
        AccountNotFound, NotAllowed.
    """
    account = _locked(account_id, by, own=False)
    if account.is_active != is_active:
        account.is_active = is_active
        account.save(update_fields=["is_active"])
        sessions_drop(account_id)
        told("account.open" if is_active else "account.close", {"account": account_id}, by, at)
    return account_row(account)


@guard.act
def account_contact_set(
    *,
    account_id: int,
    email: str,
    phone: str,
    by: Actor,
    at: datetime,
    wants_mail: bool = False,
    wants_sms: bool = False,
) -> None:
    """Change where messages for an account go, and which ways it asks for; everybody may for the own account.

    Raises:
        AccountNotFound, PeopleInvalid (an address that cannot be used, or is asked for and missing), NotAllowed.
    """
    account = _locked(account_id, by, own=True)
    findings = contact_findings(account.username, email, phone)
    findings += ["email: is needed for messages by mail"] if wants_mail and not email else []
    findings += ["phone: is needed for text messages"] if wants_sms and not phone else []
    if findings:
        raise PeopleInvalid(findings=tuple(findings))
    account.email, account.phone, account.wants_mail, account.wants_sms = email, phone, wants_mail, wants_sms
    account.save(update_fields=["email", "phone", "wants_mail", "wants_sms"])
    told("account.contact_set", {"account": account_id, "mail": wants_mail, "sms": wants_sms}, by, at)


def _locked(account_id: int, by: Actor, *, own: bool) -> Account:
    """Return an account the actor may change, locked; who may manage none learns nothing about others."""
    account = Account.objects.select_for_update().filter(id=account_id).first()
    is_own = own and account is not None and by.person_id is not None and account.person_id == by.person_id
    if not is_own:
        require_manager(by)
    if account is None:
        raise AccountNotFound(account=account_id)
    return account


def contact_findings(username: str, email: str, phone: str) -> list[str]:
    """Return what is wrong with a username and its ways of contact."""
    findings = []
    if not rules.USERNAME.fullmatch(username):
        findings.append(f"username: '{username}' is not 2 to 32 small letters, digits, . _ -, a letter first")
    if email:
        try:
            validate_email(email)
        except ValidationError:
            findings.append("email: is no mail address")
    if phone and not rules.PHONE.fullmatch(phone):
        findings.append("phone: is no telephone number")
    return findings


def password_findings(password: str, *names: str) -> list[str]:
    """Return why a password is too weak: short, common, or holding a listed word or one of ``names``.

    Names are the user name and the telephone number. No kinds of letters are asked for. The sentences are in the
    reader's language.
    """
    said = []
    if any(name and len(name) >= 4 and name.lower() in password.lower() for name in names):
        said.append("password: " + gettext("It holds your user name or telephone number."))
    if listed := [word for word in LISTED_WORDS if word in password.lower()]:
        said.append("password: " + gettext("It holds a word that is guessed first: %(word)s.") % {"word": listed[0]})
    try:
        validate_password(password)
    except ValidationError as weak:
        said += [f"password: {sentence}" for sentence in weak.messages]
    return said
