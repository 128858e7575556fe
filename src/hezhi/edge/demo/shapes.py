"""The files of the folder ``city`` as typed shapes; unknown keys are errors, as in packs.

What robots do stands in `hezhi.edge.demo.behaviours`.
"""

from __future__ import annotations

from datetime import date, time
from typing import Any, Literal

from pydantic import Field

from hezhi.edge.demo.behaviours import Doing, Spec, Spread
from hezhi.packkit.shape import Shape, Text

Span = tuple[time, time]


class Sample(Shape):
    """What of all that a detector did not find is drawn when the days are over, for whoever signs in to judge."""

    pack: str
    detector: str
    days: int = Field(gt=0)  # the last ones
    seed: int
    size: int


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
    plate_prefix: str
    sample: Sample | None = None


class Wish(Shape):
    """``rights.yml``: somebody uses a right in the own report, the newest that came by this form before ``at``."""

    at: str = Field(pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d$")
    pack: str
    stream: str
    right: str
    asks: str = ""
    field: str = ""
    value: str = ""


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
    province: str  # its name, used where the real province is not loaded
    grids: int = Field(ge=0)
    grid_name: str  # {village} and {number}
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
        hands_in: when a file or push is handed in, with everything since the last one; empty: each row by itself.
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

    ``behave`` replaces keys of the pack's behaviour for whatever has the subject of one of its rows.
    """

    id: str
    says: Text
    pack: str
    rows: tuple[EpisodeRow, ...] = ()
    behave: dict[str, Any] = {}
