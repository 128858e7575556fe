"""Accounts linked to who somebody is at another provider of sign-in (OpenID Connect).

A link is made by a person signed in here or by who manages accounts; never because two addresses are alike.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from hezhi.spine.guard import api as guard
from hezhi.spine.people.commands import told
from hezhi.spine.people.contracts import AccountRow, LinkRow
from hezhi.spine.people.errors import LinkTaken, PeopleInvalid
from hezhi.spine.people.models import Link
from hezhi.spine.people.queries import account_row
from hezhi.spine.people.sessions import own_or_managed
from hezhi.spine.permissions.contracts import Actor


@guard.act
def account_link(*, account_id: int, issuer: str, subject: str, by: Actor, at: datetime) -> None:
    """Let ``subject`` of ``issuer`` sign in to an account; the same link again changes nothing.

    Raises:
        AccountNotFound, NotAllowed, PeopleInvalid (an empty or endless name), LinkTaken (linked to another account).
    """
    own_or_managed(account_id, by)
    findings = [f"{what}: 1 to 255 characters" for what, text in (("issuer", issuer), ("subject", subject))
                if not 1 <= len(text) <= 255]  # fmt: skip
    if findings:
        raise PeopleInvalid(findings=tuple(findings))
    there = Link.objects.filter(issuer=issuer, subject=subject).first()
    if there is not None and there.account_id == account_id:
        return
    try:
        with transaction.atomic():
            link = Link.objects.create(account_id=account_id, issuer=issuer, subject=subject, linked_at=at)
    except IntegrityError:
        raise LinkTaken(account=account_id) from None
    told("account.link", {"account": account_id, "link": link.id, "issuer": issuer}, by, at)


@guard.act
def account_unlink(*, account_id: int, link_id: int, by: Actor, at: datetime) -> None:
    """Take a link away; a link that is not there changes nothing.

    Raises:
        AccountNotFound, NotAllowed.
    """
    own_or_managed(account_id, by)
    removed, _ = Link.objects.filter(account_id=account_id, id=link_id).delete()
    if removed:
        told("account.unlink", {"account": account_id, "link": link_id}, by, at)


def links_of(*, account_id: int, by: Actor) -> list[LinkRow]:
    """Return the links of an account, oldest first.

    Raises:
        AccountNotFound, NotAllowed.
    """
    own_or_managed(account_id, by)
    rows = Link.objects.filter(account_id=account_id).order_by("id")
    return [LinkRow(one.id, one.issuer, one.subject, one.linked_at) for one in rows]


def account_linked(*, issuer: str, subject: str) -> AccountRow | None:
    """Return the account that is linked to ``subject`` of ``issuer``, or None. One query."""
    link = Link.objects.filter(issuer=issuer, subject=subject).select_related("account").first()
    return account_row(link.account) if link else None
