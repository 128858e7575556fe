"""Who asks on the command line: whoever has this machine, or an officer by name, with that officer's rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hezhi.spine.people.contracts import AccountRow
    from hezhi.spine.permissions.contracts import Actor

By = Annotated[
    str,
    typer.Option("--by", help="User name of the officer who does it, with that officer's rights; else: this machine."),
]
Why = Annotated[str, typer.Option("--reason", help="Why; it stands in the ledger, and the owner reads it.")]


def asker(by: str) -> Actor:
    """Return the actor of a command.

    Raises:
        AccountNotFound, AccountClosed.
    """
    from hezhi.edge.now import now
    from hezhi.spine.people import api as people
    from hezhi.spine.permissions.contracts import Actor

    return people.actor_for_account(account(by).id, now()) if by else Actor.system("operator")


def account(username: str) -> AccountRow:
    """Return the account of a name.

    Raises:
        AccountNotFound: there is none.
    """
    from hezhi.spine.people import api as people
    from hezhi.spine.people.errors import AccountNotFound

    found = people.account_find(username)
    if found is None:
        raise AccountNotFound(username=username)
    return found


def person_id(username: str) -> int:
    """Return the person behind an account.

    Raises:
        AccountNotFound, PersonNotFound: nobody stands behind it.
    """
    from hezhi.spine.people.errors import PersonNotFound

    found = account(username).person_id
    if found is None:
        raise PersonNotFound(username=username)
    return found
