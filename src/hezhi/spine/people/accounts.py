"""Accounts: what a person signs in with. Passwords are stored hashed and never written anywhere else."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from hezhi.spine.guard import api as guard
from hezhi.spine.people import rules
from hezhi.spine.people.commands import require_manager, told
from hezhi.spine.people.contracts import AccountRow
from hezhi.spine.people.errors import AccountNotFound, PeopleInvalid, PersonNotFound, UsernameTaken
from hezhi.spine.people.models import Account, Person
from hezhi.spine.people.queries import account_row
from hezhi.spine.people.sessions import sessions_drop
from hezhi.spine.permissions.contracts import Actor


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
        password: checked for strength; empty opens an account that nobody can sign in to yet.

    Raises:
        PeopleInvalid: username, password or address cannot be used; all findings at once.
        PersonNotFound, UsernameTaken, NotAllowed.
    """
    require_manager(by)
    findings = contact_findings(username, email, phone) + (password_findings(password) if password else [])
    if findings:
        raise PeopleInvalid(findings=tuple(findings))
    if person_id is not None and not Person.objects.filter(id=person_id).exists():
        raise PersonNotFound(person=person_id)
    if Account.objects.filter(username=username).exists():
        raise UsernameTaken(username=username)
    account = Account(username=username, email=email, phone=phone, person_id=person_id)
    account.set_password(password or None)
    account.save()
    told("account.create", {"account": account.id, "person": person_id}, by, at)
    return account_row(account)


@guard.act
def account_password_set(*, account_id: int, password: str, by: Actor, at: datetime) -> None:
    """Give an account a new password and end its sessions; everybody may for the own account.

    Raises:
        AccountNotFound, PeopleInvalid (too weak), NotAllowed.
    """
    account = _locked(account_id, by, own=True)
    findings = password_findings(password)
    if findings:
        raise PeopleInvalid(findings=tuple(findings))
    account.set_password(password)  # sessions carry a hash of the old one and end with it
    account.save(update_fields=["password"])
    sessions_drop(account_id)
    told("account.password_set", {"account": account_id}, by, at)


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


def password_findings(password: str) -> list[str]:
    """Return why a password is too weak; the sentences come from Django, in the reader's language."""
    try:
        validate_password(password)
    except ValidationError as weak:
        return [f"password: {sentence}" for sentence in weak.messages]
    return []
