"""The files of the folder ``city`` as typed shapes; unknown keys are errors, as in packs."""

from __future__ import annotations

from datetime import date, time
from typing import Any, Literal

from pydantic import Field

from hezhi.packkit.shape import Shape, Text

Spread = tuple[float, float, float]
"""Least, typical and most; hours unless said otherwise."""

Spec = Any
"""How a value is made: a literal, a text with {names}, or one of the ways `hezhi.edge.demo.making` knows."""

When = dict[str, Any]
"""Facts that must hold: ``{matter: [a, b], task.field: value, round: 0}``; a list means "any of"."""

Span = tuple[time, time]


class Doing(Shape):
    """One way a task is done; the first whose ``when`` holds and whose ``share`` is drawn counts."""

    share: float = 1
    when: When = {}
    after_hours: Spread = (1, 4, 14)
    result: dict[str, Spec] = {}
    papers: dict[str, str] = {}  # name of the paper → stored sample


class CityFile(Shape):
    """``city.yml``."""

    seed: str
    first_day: date
    days: int = Field(gt=0)
    office_hours: tuple[Span, ...]
    duty_hours: tuple[Span, ...]
    citizen_hours: tuple[Span, ...]
    sweeps: tuple[time, ...]
    seal: time
    kernel_tasks: dict[str, tuple[Doing, ...]]  # tasks every pack has, done alike in all
    demo_password: str = Field(min_length=8)


class Township(Shape):
    code: str
    name: str
    villages: tuple[str, ...]


class District(Shape):
    code: str
    name: Text
    weight: float = 1  # how much happens here
    townships: tuple[Township, ...]


class Regions(Shape):
    """``regions.yml``."""

    code: str
    name: Text
    grids: int = Field(ge=0)
    districts: tuple[District, ...]


class Places(Shape):
    """``places.yml``: sort of spot → names, for the whole city and by township."""

    common: dict[str, tuple[str, ...]]
    townships: dict[str, dict[str, tuple[str, ...]]]


class Names(Shape):
    family: tuple[str, ...]
    given: tuple[str, ...]


class Kind(Shape):
    """One line of ``kinds.yml``."""

    id: str
    label: Text
    levels: tuple[str, ...]
    coordinates: bool = False


class Post(Shape):
    """``per: village`` sets up one such post for every village below the agency's region."""

    role: str
    title: str
    people: int = Field(default=1, gt=0)
    per: Literal["agency", "village"] = "agency"


class AgencyPlan(Shape):
    """How agencies of one kind look. ``name`` by the end of the region's name, "" for all others."""

    name: dict[str, str] = {"": "{region}{label}"}
    posts: dict[str, tuple[Post, ...]] = {}  # level, or "" for every level → posts


class Duty(Shape):
    """Who is on duty: the holders of ``role`` at agencies of ``kind`` take turns, ``days`` each."""

    kind: str
    role: str
    days: int = Field(gt=0)


class Account(Shape):
    """A demo account. The person: the ``number``-th holder (from 0) of ``role`` at that agency."""

    username: str
    kind: str
    region: str
    role: str
    number: int = 0
    says: Text


class Agencies(Shape):
    """``agencies.yml``."""

    default: AgencyPlan
    kinds: dict[str, AgencyPlan] = {}
    duty: tuple[Duty, ...] = ()
    accounts: tuple[Account, ...] = ()


class Responsibility(Shape):
    """One line of ``responsibilities.yml``: goes before the pack's own line."""

    pack: str
    matter: str
    region: str
    lead: str = ""
    co: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    basis: str


class Source(Shape):
    """One line of ``sources.yml``: who may send records of which pack."""

    id: str
    name: Text
    pack: str
    record: str


class Echo(Shape):
    """A second report of the same thing, by another stream, with the fields in ``same`` kept."""

    share: float
    stream: str
    same: tuple[str, ...]
    after_hours: Spread
    fields: dict[str, Spec] = {}


class Broken(Shape):
    """A row that cannot be used: ``drop`` fields or ``set`` them wrongly; some are sent again, corrected."""

    share: float
    ways: tuple[dict[Literal["drop", "set"], Any], ...]
    corrected_share: float = 0.8


class Changed(Shape):
    """A row that comes again under its old key with other content: a person has to decide."""

    share: float
    set: dict[str, Spec]
    reason: str  # why the change is refused


class Bent(Shape):
    """Days on which the file comes with columns renamed, and is handed in again an hour later."""

    days: tuple[date, ...]
    rename: dict[str, str]


class Stream(Shape):
    """Records that arrive by one door of one source.

    Attributes:
        hands_in: when a batch file is handed in; everything since the last one goes into it.
        seen_before: hours from what happened to its arrival.
        header: columns of a batch file are named by field ids or by Chinese labels.
        extra: columns the source sends though nobody asked; the pack lists them as ignored.
    """

    id: str
    source: str = ""
    door: Literal["batch", "push", "form"]
    file: Literal["csv", "xlsx", "jsonl"] = "csv"
    header: Literal["id", "zh"] = "id"
    hands_in: tuple[time, ...] = ()
    record: str = ""  # another record of the pack than the file's
    hours: Literal["office", "duty", "citizen"] = "citizen"
    by: str = ""  # form: role of the officer who reports; empty: a citizen
    per_day: dict[Literal["working", "resting"], float]
    seen_before: Spread = (0.1, 0.5, 5)
    late_share: float = 0
    late_hours: Spread = (170, 220, 400)
    resend_share: float = 0
    broken: Broken | None = None
    changed: Changed | None = None
    bent: Bent | None = None
    echo: Echo | None = None
    extra: dict[str, Spec] = {}
    fields: dict[str, Spec] = {}


class Tale(Shape):
    """One kind of thing people write about; ``truth`` is the matter they have in mind."""

    truth: str
    weight: float = 1
    fields: dict[str, Spec]


class Arrivals(Shape):
    """``arrivals/*.yml``: what arrives for one pack.

    A row's fields are made from ``fields``, over them those of a drawn tale, over them the stream's.
    """

    pack: str
    record: str
    fields: dict[str, Spec]
    tales: tuple[Tale, ...] = ()
    streams: tuple[Stream, ...]


class Dismiss(Shape):
    share: float
    verdict: str
    reason: str
    when: When = {}


class Snooze(Shape):
    share: float
    days: float
    reason: str


class TrustWord(Shape):
    """After dismissing as harmless: let the subject raise nothing for a while."""

    share: float
    days: int
    reason: str
    verdict: str = "harmless"


class Triage(Shape):
    """``mistaken_share`` of officers take the machine's word; ``otherwise`` is named when nothing else is known."""

    after_hours: Spread
    matter: Literal["stated", "read"] = "stated"
    mistaken_share: float = 0
    otherwise: str = ""
    reason: str = ""
    dismiss: tuple[Dismiss, ...] = ()
    snooze: Snooze | None = None
    trust: TrustWord | None = None


class Return(Shape):
    share: float
    reason: str
    proposes: str
    note: str
    when: When = {}
    after_hours: Spread = (0.5, 2, 7)


class Ruling(Shape):
    """Whom the coordinator makes lead: the agency of ``kind`` at the case's place."""

    kind: str
    reason: str
    when: When = {}


class Claim(Shape):
    """An outcome the lead claims once ``when`` holds and ``share`` is drawn; the first that fits counts."""

    outcome: str
    share: float = 1
    when: When = {}
    says: tuple[str, ...]


class Pause(Shape):
    """A suspension; ``stage`` is the task whose opening prompts it."""

    share: float
    stage: str
    reason: str
    note: str
    waiting_for: str
    days: Spread
    when: When = {}


class Order(Shape):
    """An urging or a supervision ``after_due`` hours (office hours) past the due date, or on a ring."""

    share: float
    kind: Literal["urge", "supervise"]
    text: str
    ring: int = 0
    after_hours: Spread = (1, 3, 8)
    answer: str
    answer_hours: Spread = (1, 4, 9)


class Verify(Shape):
    after_hours: Spread
    note: str
    papers: dict[str, str] = {}  # name of the paper → stored sample
    send_back: float = 0
    send_back_reason: str = ""


class Rate(Shape):
    share: float
    after_hours: Spread = (1, 12, 90)
    stars: dict[str, dict[int, float]]  # outcome, or "" for every other → stars → weight
    comments: dict[int, tuple[str, ...]] = {}


class Contest(Shape):
    share: float
    when: When
    text: str
    decision: Literal["upheld", "rejected"]
    reason: str
    by: Literal["citizen", "counter"] = "counter"  # the reporter, or an officer who writes it down for somebody
    after_hours: Spread = (10, 40, 160)
    decide_hours: Spread = (2, 8, 20)


class HandOver(Shape):
    """Somebody hands a case to a colleague some hours after accepting it."""

    share: float
    when: When = {}
    after_hours: Spread = (2, 6, 16)


class CoHand(Shape):
    """The lead asks another agency in."""

    share: float
    kind: str
    part: Literal["co", "support"] = "co"
    when: When = {}
    after_hours: Spread = (0.5, 2, 6)


class Force(Shape):
    """A coordinator forms a task force of one handler of each kind."""

    share: float
    name: str
    purpose: str
    kinds: tuple[str, ...]
    days: int
    when: When = {}
    dissolve_after_days: int | None = None
    dissolve_reason: str = ""


class Transfer(Shape):
    share: float
    kind: str
    reason: str
    when: When = {}
    after_hours: Spread = (1, 3, 7)


class Extend(Shape):
    share: float
    amount: int
    reason: str
    before_due_hours: float = 20
    when: When = {}


class Reopen(Shape):
    """After a re-visit or an audit: a supervisor opens the case again."""

    share: float
    reason: str
    when: When = {}
    after_hours: Spread = (2, 6, 16)


class Merge(Shape):
    """What is done with offered duplicates, and how some of it is taken back."""

    share: float
    reason: str
    after_hours: Spread = (0.2, 0.6, 3)
    split_share: float = 0
    split_reason: str = ""
    split_hours: Spread = (5, 20, 60)


class Behaviour(Shape):
    """``behaviour/*.yml``: what is done with the records of one pack."""

    pack: str
    hours: Literal["office", "duty"] = "office"
    triage: Triage | None = None
    accept_hours: Spread
    late_accept_share: float = 0
    returns: tuple[Return, ...] = ()
    rulings: tuple[Ruling, ...]
    ruling_hours: Spread = (0.3, 1, 3)
    tasks: dict[str, tuple[Doing, ...]]
    claims: tuple[Claim, ...]
    submit_hours: Spread = (0.2, 1, 5)
    pauses: tuple[Pause, ...] = ()
    extend: Extend | None = None
    orders: tuple[Order, ...] = ()
    verify: Verify
    close_hours: Spread = (0.1, 0.3, 2)
    rate: Rate | None = None
    contests: tuple[Contest, ...] = ()
    reopen: Reopen | None = None
    hand_overs: tuple[HandOver, ...] = ()
    co_hands: tuple[CoHand, ...] = ()
    forces: tuple[Force, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    merge: Merge | None = None
    slow_share: float = 0  # cases where every task takes `slow_times` as long
    slow_times: float = 6


class EpisodeRow(Shape):
    """Records of a story: ``count`` of them, from ``at``, ``apart`` hours from one another."""

    stream: str
    at: str = Field(pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d$")
    village: str
    count: int = Field(default=1, gt=0)
    apart: float = 1
    fields: dict[str, Spec] = {}


class Episode(Shape):
    """``episodes/*.yml``: a story that must happen.

    ``behave`` replaces keys of the pack's behaviour for whatever has one of ``subjects``.
    """

    id: str
    says: Text
    pack: str
    rows: tuple[EpisodeRow, ...] = ()
    subjects: tuple[str, ...] = ()
    behave: dict[str, Any] = {}
