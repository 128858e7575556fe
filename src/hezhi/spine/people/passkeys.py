"""Passkeys (WebAuthn): a key that never leaves the person's device, opened there by finger, face or PIN.

The device proves who sits before it as well as having the key, so a passkey alone signs in.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from hezhi.spine.guard import api as guard
from hezhi.spine.people.commands import told
from hezhi.spine.people.contracts import AccountRow, PasskeyRow, Site
from hezhi.spine.people.errors import PasskeyNotFound, PasskeyRefused, PeopleInvalid
from hezhi.spine.people.models import Account, Passkey
from hezhi.spine.people.queries import account_row
from hezhi.spine.people.second import own
from hezhi.spine.permissions.contracts import Actor

MOST = 20  # of one account


def passkey_ask(*, account_id: int, site: Site, by: Actor) -> tuple[str, bytes]:
    """Return what a browser needs to make a passkey (JSON), and the challenge to keep until it answers.

    Raises:
        AccountNotFound: it is not the actor's own.
    """
    own(account_id, by)
    known = Passkey.objects.filter(account_id=account_id).values_list("credential_id", flat=True)
    username = Account.objects.values_list("username", flat=True).get(id=account_id)
    options = generate_registration_options(
        rp_id=site.host,
        rp_name="Hezhi",
        user_id=f"account:{account_id}".encode(),
        user_name=username,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(one)) for one in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return options_to_json(options), options.challenge


@guard.act
def passkey_add(
    *, account_id: int, answer: str, challenge: bytes, site: Site, name: str, by: Actor, at: datetime
) -> None:
    """Keep the passkey that a browser made in answer to ``challenge``.

    Raises:
        AccountNotFound, PasskeyRefused (the answer does not fit), PeopleInvalid (its name, or too many).
    """
    own(account_id, by)
    findings = [] if 1 <= len(name.strip()) <= 60 else ["name: 1 to 60 characters"]
    findings += [] if Passkey.objects.filter(account_id=account_id).count() < MOST else [f"{MOST} passkeys at most"]
    if findings:
        raise PeopleInvalid(findings=tuple(findings))
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except WebAuthnException as wrong:
        raise PasskeyRefused(why=str(wrong)) from None
    if Passkey.objects.filter(credential_id=made.credential_id).exists():
        raise PasskeyRefused(why="known already")
    passkey = Passkey.objects.create(
        account_id=account_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name.strip(),
        added_at=at,
    )
    told("account.passkey_add", {"account": account_id, "passkey": passkey.id}, by, at)


@guard.act
def passkey_remove(*, account_id: int, passkey_id: int, by: Actor, at: datetime) -> None:
    """Forget a passkey of the own account; it signs nobody in any more.

    Raises:
        AccountNotFound, PasskeyNotFound.
    """
    own(account_id, by)
    removed, _ = Passkey.objects.filter(account_id=account_id, id=passkey_id).delete()
    if not removed:
        raise PasskeyNotFound(passkey=passkey_id)
    told("account.passkey_remove", {"account": account_id, "passkey": passkey_id}, by, at)


def passkey_list(*, account_id: int, by: Actor) -> list[PasskeyRow]:
    """Return the passkeys of the own account, oldest first.

    Raises:
        AccountNotFound.
    """
    own(account_id, by)
    fields = ("id", "name", "added_at", "used_at")
    return [
        PasskeyRow(*row) for row in Passkey.objects.filter(account_id=account_id).order_by("id").values_list(*fields)
    ]


def passkey_challenge(*, site: Site) -> tuple[str, bytes]:
    """Return what a browser needs to sign in with any passkey of this site (JSON), and the challenge to keep."""
    options = generate_authentication_options(rp_id=site.host, user_verification=UserVerificationRequirement.REQUIRED)
    return options_to_json(options), options.challenge


@guard.act
def passkey_check(*, answer: str, challenge: bytes, site: Site, at: datetime) -> AccountRow:
    """Return the open account whose passkey gave ``answer``.

    A count that does not grow tells of a copied key, and is refused.

    Raises:
        PasskeyRefused: it is unknown, does not fit the challenge or the site, or its account was closed.
    """
    passkey = Passkey.objects.select_for_update().filter(credential_id=_credential_id(answer)).first()
    if passkey is None:
        raise PasskeyRefused(why="unknown")
    account = Account.objects.get(id=passkey.account_id)
    if not account.is_active:
        raise PasskeyRefused(why="closed")
    try:
        proved = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except WebAuthnException as wrong:
        raise PasskeyRefused(why=str(wrong)) from None
    passkey.sign_count, passkey.used_at = proved.new_sign_count, at
    passkey.save(update_fields=["sign_count", "used_at"])
    return account_row(account)


def _credential_id(answer: str) -> bytes:
    try:
        found: Any = json.loads(answer)
        return base64url_to_bytes(found["rawId"])
    except (ValueError, TypeError, KeyError, AttributeError):
        raise PasskeyRefused(why="unreadable") from None
