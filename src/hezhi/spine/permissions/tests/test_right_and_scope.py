"""A right reaches exactly as far as its scope, and the refusal says no more than it may."""

from __future__ import annotations

import pytest

from hezhi.spine.permissions import api
from hezhi.spine.permissions.contracts import Actor, Fields, Grant, Right, RowPlace, Scope, ScopeKind, ScopeSet
from hezhi.spine.permissions.errors import NotAllowed, NotFound
from hezhi.spine.permissions.rules import READ_RIGHTS, path_covers, paths_shortest, scope_set

CITY = "330000.339900"


def actor(*grants: tuple[Right, ScopeKind, str]) -> Actor:
    return Actor("person:1", "甲", grants=frozenset(Grant(r, Scope(k, v)) for r, k, v in grants))


@pytest.mark.parametrize(
    ("scope", "path", "expected"),
    [
        pytest.param(CITY, CITY, True, id="the region itself"),
        pytest.param(CITY, f"{CITY}.339901", True, id="a region below"),
        pytest.param(CITY, f"{CITY}1", False, id="a longer code that begins alike"),
        pytest.param(f"{CITY}.339901", CITY, False, id="the region above"),
        pytest.param("", CITY, False, id="an empty scope covers nothing"),
        pytest.param("", "", False, id="an unknown place lies nowhere"),
        pytest.param(CITY, "", False, id="an unknown place is not covered"),
    ],
)
def test_a_region_scope_ends_at_whole_codes(scope: str, path: str, expected: bool) -> None:
    assert path_covers(scope, path) is expected


def test_paths_below_a_kept_path_are_dropped() -> None:
    assert paths_shortest(["1.2", "1.2.3", "1.20", "1", "1-0", ""]) == {"1", "1-0"}


def test_scopes_gather_every_grant_of_the_right_and_no_other() -> None:
    found = scope_set(
        actor(
            (Right.CASE_READ, ScopeKind.REGION, CITY),
            (Right.CASE_READ, ScopeKind.AGENCY, "7"),
            (Right.CASE_READ, ScopeKind.CASE, "12"),
            (Right.CASE_HANDLE, ScopeKind.AGENCY, "8"),
        ).grants,
        Right.CASE_READ,
    )

    assert found == ScopeSet(False, frozenset({CITY}), frozenset({7}), frozenset({12}))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ScopeKind.REGION, ""),
        (ScopeKind.AGENCY, ""),
        (ScopeKind.AGENCY, "seven"),
        (ScopeKind.AGENCY, "７"),
        (ScopeKind.AGENCY, "-7"),
        (ScopeKind.AGENCY, "99999999999"),
        (ScopeKind.CASE, "1.5"),
        (ScopeKind.CASE, "9" * 30),
        ("galaxy", "7"),
    ],
)
def test_a_scope_that_cannot_be_understood_shows_nothing(kind: ScopeKind, value: str) -> None:
    who = actor((Right.CASE_READ, kind, value))

    assert api.scopes(who, Right.CASE_READ).is_empty
    assert not api.may(who, Right.CASE_READ, RowPlace())
    assert not api.may(who, Right.CASE_READ, RowPlace(CITY, frozenset({7}), 7))


def test_everywhere_covers_even_a_row_without_a_place() -> None:
    assert api.may(Actor.system("test"), Right.CASE_READ, RowPlace())
    assert api.may_everywhere(Actor.system("test"), Right.REGION_EDIT)


def test_a_citizen_may_do_nothing_by_right() -> None:
    for right in Right:
        assert not api.may(Actor.citizen("R-1"), right, RowPlace(CITY, frozenset({1}), 1))


def test_require_hides_a_row_the_actor_may_not_read() -> None:
    who = actor((Right.CASE_READ, ScopeKind.AGENCY, "7"), (Right.CASE_HANDLE, ScopeKind.AGENCY, "9"))

    with pytest.raises(NotFound):
        api.require(who, Right.CASE_HANDLE, RowPlace(agency_ids=frozenset({8})))


def test_require_refuses_openly_what_the_actor_may_read_but_not_do() -> None:
    who = actor((Right.CASE_READ, ScopeKind.REGION, CITY))

    with pytest.raises(NotAllowed) as refusal:
        api.require(who, Right.CASE_COORDINATE, RowPlace(f"{CITY}.339901"))
    assert refusal.value.facts == {"right": "case.coordinate"}


def test_require_lets_pass_what_is_within_scope() -> None:
    who = actor((Right.CASE_HANDLE, ScopeKind.AGENCY, "7"))

    api.require(who, Right.CASE_HANDLE, RowPlace(agency_ids=frozenset({3, 7})))


def test_the_caller_may_name_another_read_right() -> None:
    who = actor((Right.RECORD_READ, ScopeKind.REGION, CITY))

    with pytest.raises(NotAllowed):
        api.require(who, Right.CASE_READ, RowPlace(CITY), read_right=Right.RECORD_READ)
    with pytest.raises(NotFound):
        api.require(who, Right.CASE_READ, RowPlace(CITY))


def test_a_function_of_the_house_is_no_secret() -> None:
    who = actor((Right.CALENDAR_EDIT, ScopeKind.REGION, CITY))

    with pytest.raises(NotAllowed):
        api.require(who, Right.LEDGER_VERIFY, RowPlace())
    with pytest.raises(NotAllowed):
        api.require_everywhere(who, Right.CALENDAR_EDIT)


def test_every_read_right_shows_itself() -> None:
    assert {READ_RIGHTS[right] for right in READ_RIGHTS.values()} == set(READ_RIGHTS.values())


def test_an_actor_without_scope_asks_for_no_rows() -> None:
    assert api.scope_q(actor(), Right.CASE_READ, Fields("a", "b", "c")) == api.NO_ROWS
