"""What is known of a subject at once, and what a check answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from hezhi.packkit.shape.base import Text

KEYED = "keyed:"
"""Before the hash that stands for a field of the form that is not open."""

FeaturePlain = int | float | str | bool
"""A feature's value as it is kept; a day as ``2026-03-02``."""


@dataclass(frozen=True)
class FeatureIn:
    """One value that a detector found out.

    Attributes:
        subject: the keyed hash that `subjects_key` gives, never a name or number in clear.
        value: a day may be given as such.
        from_at: the moment the value is from, which decides what is newer.
        source: who found it out, e.g. ``pack@2026.1/detector@1.2.0``.
        keep_until_at: when it is deleted.
    """

    pack_id: str
    subject: str
    name: str
    value: FeaturePlain | date
    from_at: datetime
    source: str
    keep_until_at: datetime


@dataclass(frozen=True)
class FeaturesPut:
    """``written`` values are new or newer than what was known; ``older`` ones changed nothing."""

    written: int
    older: int


@dataclass(frozen=True)
class RefreshRow:
    """What one round made of one feature: values written, and those that hold no more. ``error`` says why it failed."""

    pack_id: str
    feature: str
    written: int
    gone: int
    error: str = ""


@dataclass(frozen=True)
class FeatureRow:
    """One value as it is known now; ``written_at`` is when it was written."""

    subject: str
    name: str
    value: FeaturePlain
    from_at: datetime
    written_at: datetime
    source: str


@dataclass(frozen=True)
class FactRow:
    """One input of the table as it was looked at. ``source`` is ``form``, or who found the feature out."""

    input: str
    label: Text
    value: FeaturePlain | None
    unit: str
    problem: str
    from_at: datetime | None
    source: str


@dataclass(frozen=True)
class ChangeRow:
    """A single change of one input that would give another colour; for grey what is needed, without a colour."""

    input: str
    label: Text
    to: str
    colour: str


@dataclass(frozen=True)
class CheckAnswer:
    """What one check answered, as the caller got it and as the log keeps it.

    Attributes:
        answer: ``ok``, ``remind`` or ``refer``; a check never refuses.
        colour: red, yellow, green or grey (not enough data); ``code`` says why it is grey, for machines.
        given: the form; fields that are not open stand as ``keyed:`` and a hash.
        until_at: until when it stands, None where a person has to look first.
        region_path: where the asker may ask; empty for who may everywhere.
    """

    id: int
    pack: str
    check: str
    answer: str
    says: Text
    colour: str
    code: str
    reasons: tuple[Text, ...]
    facts: tuple[FactRow, ...]
    would_change: tuple[ChangeRow, ...]
    given: dict[str, FeaturePlain]
    until_at: datetime | None
    asker: str
    agency_id: int | None
    region_path: str
    at: datetime


@dataclass(frozen=True)
class AnswerFilter:
    """Which answers a list shows; empty fields do not narrow."""

    pack_id: str = ""
    check: str = ""
    answer: str = ""
