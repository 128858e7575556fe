"""Who acts, with which rights, where: the words every room uses to ask "may they?"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Right(StrEnum):
    """What a post may let its holder do. A right means nothing without a scope."""

    RECORD_READ = "record.read"
    RECORD_REPORT = "record.report"
    RECORD_CORRECT = "record.correct"
    RECORD_MERGE = "record.merge"
    RECORD_ERASE = "record.erase"  # for good, on a basis in law
    ALERT_TRIAGE = "alert.triage"
    CASE_READ = "case.read"
    CASE_HANDLE = "case.handle"  # accept, return, submit, suspend, co-handlers
    CASE_COORDINATE = "case.coordinate"  # rule, transfer, extend, task force
    CASE_SUPERVISE = "case.supervise"  # urge, supervise, raise a ring
    CASE_VERIFY = "case.verify"  # verify, send back, close, reopen
    FIELD_OPEN = "field.open"  # open a masked field for a stated purpose
    CHECK_RUN = "check.run"  # ask a point check at a counter or gate
    INDICATOR_READ = "indicator.read"
    PACK_READ = "pack.read"
    CALENDAR_EDIT = "calendar.edit"
    SOURCE_MANAGE = "source.manage"
    ACCOUNT_MANAGE = "account.manage"
    LEDGER_VERIFY = "ledger.verify"
    STAFF_MANAGE = "staff.manage"  # the own agency's people: deputies, hand-over when somebody leaves
    HOUSE_RUN = "house.run"  # jobs, queues, failures, messages that were given up
    REGION_EDIT = "region.edit"  # create, split, merge, rename and move regions


class ScopeKind(StrEnum):
    """What a scope is bounded by."""

    EVERYWHERE = "everywhere"
    REGION = "region"  # value: a region path; covers the whole subtree
    AGENCY = "agency"  # value: an agency id as text
    CASE = "case"  # value: a case id as text


@dataclass(frozen=True, order=True)
class Scope:
    """Where a right holds."""

    kind: ScopeKind
    value: str = ""


@dataclass(frozen=True, order=True)
class Grant:
    """One right in one scope; a post gives several."""

    right: Right
    scope: Scope


class ActorKind(StrEnum):
    """What sort of actor somebody is."""

    PERSON = "person"  # an officer on a post
    CITIZEN = "citizen"  # a reporter with the number and code of the own report
    SERVICE = "service"  # a source that pushes records
    SYSTEM = "system"  # the house itself: sweeps, jobs


@dataclass(frozen=True)
class Actor:
    """Who acts. Rights come only through ``grants``; an empty tuple may do nothing.

    Attributes:
        ref: stable reference written to the ledger, e.g. ``person:17`` or ``system:escalation``.
        name: what pages show.
        agency_id: the agency acted for, None for citizens and the system.
        emergency_until: when rights given in an emergency end, None for who has none.
        on_behalf: reference of the person whose post is acted in by deputy, empty for who acts in the own posts.
        barred: what the person is kept out of in any post, for an interest in it: ``case:12``, ``record:7``.
    """

    ref: str
    name: str
    kind: ActorKind = ActorKind.PERSON
    person_id: int | None = None
    agency_id: int | None = None
    grants: frozenset[Grant] = frozenset()
    emergency_until: datetime | None = None
    on_behalf: str = ""
    barred: frozenset[str] = frozenset()

    @classmethod
    def system(cls, what: str) -> Actor:
        """The house acting by itself, e.g. ``Actor.system("escalation")``; may do everything."""
        everything = frozenset(Grant(right, Scope(ScopeKind.EVERYWHERE)) for right in Right)
        return cls(ref=f"system:{what}", name=what, kind=ActorKind.SYSTEM, grants=everything)

    @classmethod
    def citizen(cls, number: str) -> Actor:
        """A reporter, known only by the number of the own report."""
        return cls(ref=f"citizen:{number}", name="citizen", kind=ActorKind.CITIZEN)


@dataclass(frozen=True)
class RowPlace:
    """Where a row stands, as far as rights are concerned.

    Attributes:
        region_path: path of the row's region, e.g. ``330000.339900.339901``; empty when unknown.
        agency_ids: every agency that takes part.
        case_id: the case the row belongs to, None when it belongs to none.
        ref: what the row itself is called where it can be barred, e.g. ``record:7``; a case is known by ``case_id``.
    """

    region_path: str = ""
    agency_ids: frozenset[int] = frozenset()
    case_id: int | None = None
    ref: str = ""


@dataclass(frozen=True)
class ScopeSet:
    """All scopes one actor has for one right; answers for a row and for a list alike."""

    everywhere: bool = False
    region_paths: frozenset[str] = frozenset()
    agency_ids: frozenset[int] = frozenset()
    case_ids: frozenset[int] = frozenset()

    @property
    def is_empty(self) -> bool:
        return not (self.everywhere or self.region_paths or self.agency_ids or self.case_ids)


@dataclass(frozen=True)
class Fields:
    """Names of a table's columns that carry a row's place (see ``permissions.api.scope_q``).

    ``agencies`` is an integer-array column; an empty name means that the table has none. ``kind`` is how a row is
    called before its id where it can be barred (see ``RowPlace.ref``).
    """

    region: str = ""
    agencies: str = ""
    case: str = ""
    kind: str = ""
