"""The page of rights: who may do and see what, made from the roles, the table of moves, routes and brakes."""

from __future__ import annotations

import importlib
import pkgutil

from hezhi.edge.api import auth
from hezhi.edge.api.machines import MOST_DAYS as MACHINE_DAYS
from hezhi.edge.web import urls, views
from hezhi.edge.web.limits import WINDOW, Brake
from hezhi.flow.cases.api import MOVES
from hezhi.spine.people.api import DEPUTY_DAYS, FIRST_HOLDS, GLASS_HOURS, HEAD, RIGHTS, STANDS_IN
from hezhi.spine.people.contracts import Reach, Role
from hezhi.spine.permissions.contracts import Right

_REACH = {Reach.AGENCY: "own agency", Reach.REGION: "region", Reach.EVERYWHERE: "everywhere"}
_HEAD = """<!-- Written by `hezhi docs write`; change the code, not this page. -->

# Who may do and see what

A post carries a role; a role carries rights, each with a reach: the cases in which the own **agency** takes part, what
lies in the post's **region**, or **everywhere**. A person has the rights of all posts held, and none besides. A
confidential case shows no region, so that only agencies taking part see it. One function (`spine.permissions`) answers
for every page, API operation and command, and PostgreSQL's row policies say the same; a refusal writes nothing. Who has
no right to know that a thing is there is told that it does not exist.

A **recusal** (回避) takes precedence over every right: whoever has an interest in a case neither sees it nor acts on it
in any post; another person lifts it. Whoever is kept out of any case does not check the whole ledger.
"""


def rights_page() -> str:
    """Return ``docs/reference/rights.md``."""
    return "\n".join([_HEAD, *_rights(), *_moves(), *_pages(), *_standing_in(), *_brakes()]) + "\n"


def _rights() -> list[str]:
    rows = ["## Rights of roles", "", f"| right | {' | '.join(Role)} | head of an agency |"]
    rows.append("| --- " * (len(Role) + 2) + "|")
    for right in Right:
        cells = [_reaches(RIGHTS[role], right) for role in Role]
        rows.append(f"| `{right}` | {' | '.join(cells)} | {_reaches(HEAD, right)} |")
    return [*rows, ""]


def _reaches(held: tuple[tuple[Right, Reach], ...], right: Right) -> str:
    return ", ".join(sorted(_REACH[reach] for one, reach in held if one is right))


def _moves() -> list[str]:
    rows = [
        "## Acts on a case",
        "",
        "`part`: the agency the actor must act for, besides the right. An interest is declared by whoever sees the",
        "case; another's is set by who supervises it.",
        "",
        "| act | right | part | in states | reason owed |",
        "| --- | --- | --- | --- | --- |",
    ]
    for act, move in MOVES.items():
        states = ", ".join(sorted(move.frm))
        right = f"`{move.right}`" if move.right else "whoever sees it, or a reporter of it"
        rows.append(f"| `{act}` | {right} | {move.part} | {states} | {'yes' if move.needs_reason else ''} |")
    return [*rows, ""]


def _pages() -> list[str]:
    rows = [
        "## Pages",
        "",
        "The right that opens a page; its rows are narrowed by the rooms. Every route is asked by everybody in",
        "`tests/house/test_routes.py`, every operation of the API and every command in",
        "`tests/house/test_permission_table.py`.",
        "",
        "| page | address, after the site's first slash | opened by |",
        "| --- | --- | --- |",
    ]
    for one in urls.urlpatterns:
        view = one.callback
        rights = _opened_by(view)
        rows.append(f"| `{one.name}` | `{one.pattern}` | {rights} |")
    return [*rows, ""]


def _opened_by(view: object) -> str:
    while view is not None:
        rights = getattr(view, "rights", None)
        if rights is not None:
            return " or ".join(f"`{right}`" for right in rights) or "every officer signed in"
        view = getattr(view, "__wrapped__", None)
    return "everybody"


def _standing_in() -> list[str]:
    rows = [
        "## Deputies",
        "",
        f"For {DEPUTY_DAYS} days at most, within one agency. A deputy acts with the rights of the one post, never as",
        "head, and every line says for whom.",
        "",
        "| post of | who may stand in |",
        "| --- | --- |",
    ]
    return [*rows, *(f"| {role} | {', '.join(sorted(STANDS_IN[role]))} |" for role in Role), ""]


def _brakes() -> list[str]:
    minutes = int(WINDOW.total_seconds() // 60)
    rows = [
        "## Brakes",
        "",
        f"Failures in {minutes} minutes after which the next try is refused, counted for all web processes together.",
        "Nobody is locked out for longer. Failures from elsewhere count against a name by the last bound alone.",
        "",
        "| what | one name from one address | one address | one name from all addresses |",
        "| --- | --- | --- | --- |",
    ]
    rows += [
        f"| {one.what} | {one.per_name} | {one.per_address} | {one.everywhere or 'no bound'} |"
        for one in sorted(_all_brakes(), key=lambda one: one.what)
    ]
    hours = int(FIRST_HOLDS.total_seconds() // 3600)
    return [
        *rows,
        "",
        f"The API takes {auth.USUAL.limit} requests a minute from one asker, {auth.STRANGERS.limit} from who has only",
        f"a report's number and code. A first password holds {hours} hours and opens nothing but its change. Rights",
        f"in an emergency end after {GLASS_HOURS} hours at most, a machine's token after {MACHINE_DAYS} days.",
    ]


def _all_brakes() -> set[Brake]:
    modules = [importlib.import_module(f"{views.__name__}.{one.name}") for one in pkgutil.iter_modules(views.__path__)]
    return {value for module in modules for value in vars(module).values() if isinstance(value, Brake)}
