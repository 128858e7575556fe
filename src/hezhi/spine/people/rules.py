"""What a post lets its holder do. Plain Python, no table, no clock."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import pyotp

from hezhi.spine.people.contracts import Reach, Role
from hezhi.spine.permissions.contracts import Grant, Right, Scope, ScopeKind

KIND = re.compile(r"[a-z][a-z0-9_]{1,47}")  # the word packs use; see packkit's AgencyKind
CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,47}")
USERNAME = re.compile(r"[a-z][a-z0-9_.-]{1,31}")
PHONE = re.compile(r"\+?[0-9][0-9 -]{4,18}")
NUMBER = re.compile(r"0\d{9,11}|1\d{10}|\d{17}[\dX]")  # plain: a line with its area, a mobile, an identity number

_OWN = Reach.AGENCY
_HERE = Reach.REGION
_ALL = Reach.EVERYWHERE

RIGHTS: Mapping[Role, tuple[tuple[Right, Reach], ...]] = {
    Role.DUTY_OFFICER: (
        (Right.RECORD_READ, _HERE),
        (Right.RECORD_REPORT, _HERE),
        (Right.RECORD_CORRECT, _HERE),
        (Right.RECORD_MERGE, _HERE),
        (Right.ALERT_TRIAGE, _HERE),
        (Right.CASE_READ, _HERE),
        (Right.CHECK_RUN, _HERE),
        (Right.PACK_READ, _ALL),
    ),
    Role.HANDLER: (
        # What a handler finds on the spot has no agency yet, so reporting reaches over the region too.
        (Right.RECORD_REPORT, _OWN),
        (Right.RECORD_REPORT, _HERE),
        (Right.CASE_READ, _OWN),
        (Right.CASE_HANDLE, _OWN),
        (Right.FIELD_OPEN, _OWN),
        (Right.CHECK_RUN, _HERE),
        (Right.PACK_READ, _ALL),
    ),
    Role.COORDINATOR: (
        (Right.RECORD_READ, _HERE),
        (Right.RECORD_REPORT, _HERE),
        (Right.RECORD_CORRECT, _HERE),
        (Right.RECORD_MERGE, _HERE),
        (Right.RECORD_ERASE, _HERE),
        (Right.ALERT_TRIAGE, _HERE),
        (Right.CASE_READ, _HERE),
        (Right.CASE_COORDINATE, _HERE),
        # Confidential cases show no region, only the agencies that take part.
        (Right.RECORD_ERASE, _OWN),
        (Right.CASE_READ, _OWN),
        (Right.CASE_COORDINATE, _OWN),
        (Right.FIELD_OPEN, _HERE),
        (Right.INDICATOR_READ, _HERE),
        (Right.CHECK_RUN, _HERE),
        (Right.PACK_READ, _ALL),
    ),
    Role.SUPERVISOR: (
        (Right.RECORD_READ, _HERE),
        (Right.CASE_READ, _HERE),
        (Right.CASE_SUPERVISE, _HERE),
        (Right.CASE_VERIFY, _HERE),
        (Right.CASE_READ, _OWN),
        (Right.CASE_SUPERVISE, _OWN),
        (Right.CASE_VERIFY, _OWN),
        (Right.INDICATOR_READ, _HERE),
        (Right.PACK_READ, _ALL),
    ),
    Role.GRID_WORKER: (
        (Right.RECORD_REPORT, _HERE),
        (Right.RECORD_READ, _HERE),
        (Right.CASE_READ, _OWN),
        (Right.CASE_HANDLE, _OWN),
        (Right.CHECK_RUN, _HERE),
        (Right.PACK_READ, _ALL),
    ),
    Role.ANALYST: (
        (Right.INDICATOR_READ, _HERE),
        (Right.PACK_READ, _ALL),
    ),
    Role.OPERATOR: (
        (Right.ACCOUNT_MANAGE, _ALL),
        (Right.SOURCE_MANAGE, _ALL),
        (Right.CALENDAR_EDIT, _ALL),
        (Right.REGION_EDIT, _ALL),
        (Right.LEDGER_VERIFY, _ALL),
        (Right.HOUSE_RUN, _ALL),
        (Right.PACK_READ, _ALL),
    ),
}


HEAD: tuple[tuple[Right, Reach], ...] = ((Right.STAFF_MANAGE, _OWN),)
"""What the head of an agency has besides the rights of the post's role."""


@dataclass(frozen=True)
class Held:
    """A post somebody holds now. ``region_paths``: where its rows may have been filed; empty if unknown."""

    role: Role
    agency_id: int
    region_paths: frozenset[str]
    is_head: bool = False


STANDS_IN: Mapping[Role, frozenset[Role]] = {
    Role.DUTY_OFFICER: frozenset({Role.DUTY_OFFICER, Role.COORDINATOR}),
    Role.HANDLER: frozenset({Role.HANDLER}),
    Role.COORDINATOR: frozenset({Role.COORDINATOR, Role.DUTY_OFFICER}),
    Role.SUPERVISOR: frozenset({Role.SUPERVISOR, Role.COORDINATOR}),
    Role.GRID_WORKER: frozenset({Role.GRID_WORKER, Role.HANDLER}),
    Role.ANALYST: frozenset({Role.ANALYST}),
    Role.OPERATOR: frozenset({Role.OPERATOR}),
}
"""Whose holders may be deputy in a post of a role. Nobody who handles cases stands in for who verifies them."""


def grants_of(posts: Iterable[Held], *, is_kept_out: bool = False) -> frozenset[Grant]:
    """Return what all posts together let their holder do: the union, nothing less and nothing more.

    Whoever is kept out of any case does not check the whole ledger, which holds that case's lines too.
    """
    return frozenset(
        Grant(right, scope)
        for post in posts
        for right, reach in (*RIGHTS[post.role], *(HEAD if post.is_head else ()))
        if not (is_kept_out and right is Right.LEDGER_VERIFY)
        for scope in _scopes(post, reach)
    )


def _scopes(post: Held, reach: Reach) -> list[Scope]:
    if reach is Reach.EVERYWHERE:
        return [Scope(ScopeKind.EVERYWHERE)]
    if reach is Reach.AGENCY:
        return [Scope(ScopeKind.AGENCY, str(post.agency_id))]
    return [Scope(ScopeKind.REGION, path) for path in sorted(post.region_paths)]


def number_plain(text: str) -> str:
    """Return a telephone or identity number without what people put between its signs, and without +86.

    Example:
        >>> number_plain("+86 139-0000 0101"), number_plain("33010619900101002x")
        ('13900000101', '33010619900101002X')
    """
    plain = "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())
    return plain[-11:] if re.fullmatch(r"(00)?86(1\d{10})", plain) else plain


TOTP_SECONDS = 30


def totp_step(secret: str, code: str, shown_at: datetime, *, after: int) -> int | None:
    """Return the time step a code belongs to, None for a wrong one and for one not later than step ``after``.

    The step before and the step after the present one count too, for clocks that are half a minute off.
    """
    typed = "".join(code.split())
    if not re.fullmatch(r"[0-9]{6}", typed):
        return None
    app, present = pyotp.TOTP(secret, interval=TOTP_SECONDS), int(shown_at.timestamp()) // TOTP_SECONDS
    steps = [step for step in (present - 1, present, present + 1) if step > after]
    return next((step for step in steps if hmac.compare_digest(app.generate_otp(step), typed)), None)
