"""Agencies, posts and the people on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hezhi.spine.permissions.contracts import Actor


class Role(StrEnum):
    """What a post is for; ``people.rules.RIGHTS`` says which rights it carries and over what scope."""

    DUTY_OFFICER = "duty_officer"  # triages alerts of a region
    HANDLER = "handler"  # handles the own agency's cases
    COORDINATOR = "coordinator"  # dispatches, rules disputed owners
    SUPERVISOR = "supervisor"  # urges, supervises, verifies, reads indicators
    GRID_WORKER = "grid_worker"  # reports and checks in the own grid or village
    ANALYST = "analyst"  # packs and indicators
    OPERATOR = "operator"  # accounts, sources, calendar


class Relation(StrEnum):
    """Who a number belongs to that an officer declares."""

    SPOUSE = "spouse"
    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    HOUSEHOLD = "household"  # whoever else lives under the same roof
    OTHER = "other"


@dataclass(frozen=True)
class KinRow:
    """A relative whom an officer has declared. Neither name nor number is kept."""

    id: int
    relation: Relation
    declared_at: datetime


@dataclass(frozen=True)
class AgencyRow:
    """``kind`` is the word by which packs ask for an agency; one agency per kind and region."""

    id: int
    code: str
    name: str
    kind: str
    region_code: str
    region_path: str


@dataclass(frozen=True)
class PersonRow:
    """A person on one post. ``id`` is the person's, so several posts give several rows of one id."""

    id: int
    name: str
    agency_id: int
    agency_name: str
    role: Role
    post_id: int


class Reach(StrEnum):
    """How far a right of a post reaches."""

    AGENCY = "agency"  # rows in which the post's agency takes part
    REGION = "region"  # rows in the post's region, with what was filed in its predecessors
    EVERYWHERE = "everywhere"


@dataclass(frozen=True)
class PostRow:
    """``region_code`` is where the post's rights reach: its own, or its agency's where it has none."""

    id: int
    agency_id: int
    role: Role
    title: str
    region_code: str
    is_head: bool = False


@dataclass(frozen=True)
class DutyRow:
    """``to_at`` is the moment at which the duty is over."""

    id: int
    agency_id: int
    role: Role
    person_id: int
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True)
class AccountRow:
    """``person_id`` is None for an account that nobody acts through."""

    id: int
    username: str
    person_id: int | None
    is_active: bool


@dataclass(frozen=True)
class SessionRow:
    """``browser`` is what the browser calls itself, not what anybody checked."""

    id: int
    session_key: str
    browser: str
    begun_at: datetime
    used_at: datetime


@dataclass(frozen=True)
class PasskeyRow:
    """``used_at`` is None until it signed somebody in."""

    id: int
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Site:
    """Where passkeys belong: the host's name, and its origin with scheme and port."""

    host: str
    origin: str


@dataclass(frozen=True)
class LinkRow:
    """``subject`` is the provider's stable name for somebody, rarely one that people know."""

    id: int
    issuer: str
    subject: str
    linked_at: datetime


@dataclass(frozen=True)
class RecusalRow:
    """A person who has nothing to do with a case, for an interest in it."""

    person_id: int
    name: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True)
class DeputyRow:
    """``person`` is stood in for by ``deputy``, in one post, up to, not including, ``to_at``."""

    id: int
    person_id: int
    person_name: str
    post_id: int
    agency_id: int
    agency_name: str
    role: Role
    deputy_id: int
    deputy_name: str
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True)
class HandOverItemRow:
    """One thing that went on; ``to_person_id`` None: to the agency's desk. ``number`` is the case's."""

    about: str
    number: str
    to_person_id: int | None
    to_person_name: str

    @property
    def kind(self) -> str:
        """What was handed over: ``case``, ``task`` or ``force``."""
        return self.about.partition(":")[0]


@dataclass(frozen=True)
class HandOverRow:
    """What an officer who left an agency held, and where each thing went."""

    id: int
    person_id: int
    person_name: str
    agency_id: int
    agency_name: str
    successor_id: int | None
    successor_name: str
    reason: str
    ordered_by: str
    at: datetime
    closed_account_ids: tuple[int, ...]
    items: tuple[HandOverItemRow, ...]


@dataclass(frozen=True)
class OfficerLeft:
    """An officer left an agency; ``successor_id`` None: what was held goes to the agency's desk."""

    hand_over_id: int
    person_id: int
    agency_id: int
    successor_id: int | None
    reason: str
    by: Actor
    at: datetime


@dataclass(frozen=True)
class AccountTouched:
    """Somebody who manages accounts changed how an account signs in; its owner is told.

    ``act`` is the ledger's: ``account.second_reset``, ``account.password_reset``, ``account.unlink``, ``glass.end``.
    """

    account_id: int
    person_id: int | None
    act: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class GlassBroken:
    """Somebody was given rights in an emergency, up to ``to_at``."""

    id: int
    person: str
    agency: str
    role: Role
    reason: str
    at: datetime
    to_at: datetime


@dataclass(frozen=True)
class Contact:
    """How a person is reached; empty texts where a way is not known.

    ``wants_mail``, ``wants_sms``: the person asked for every notice this way too.
    """

    email: str
    phone: str
    wants_mail: bool = False
    wants_sms: bool = False


@dataclass(frozen=True)
class AgencySeed:
    """One agency to load; ``parent_code`` is the code of another agency, or empty."""

    code: str
    name: str
    kind: str
    region_code: str
    parent_code: str = ""


@dataclass(frozen=True)
class OfficerSeed:
    """One person on one post, with an account; several rows with one ``username`` are one person.

    ``region_code`` empty: the agency's region. ``password`` empty: nobody can sign in yet.
    """

    username: str
    name: str
    agency_code: str
    role: Role
    title: str = ""
    region_code: str = ""
    is_head: bool = False
    password: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class PeopleCount:
    """How many of each a load added; all 0 when everything was there already."""

    agencies: int
    posts: int
    people: int
    holdings: int
