"""What a paper is made of, and what other rooms see of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class DocumentState(StrEnum):
    """``queued`` waits for its job; ``failed`` is final: the data or the template must change first.

    ``erased``: facts and PDF are gone; what is left is that it was ordered.
    """

    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"
    ERASED = "erased"


@dataclass(frozen=True)
class DocumentRow:
    """One ordered paper.

    Attributes:
        about: what it belongs to, e.g. ``case:12``.
        data_sha256: salted hash of the facts it was made from; no facts can be tried on it.
        file_sha256: the PDF in ``files``, empty until it is made.
        error: why it failed, empty otherwise.
    """

    id: int
    about: str
    template: str
    title: str
    data_sha256: str
    state: DocumentState
    file_sha256: str
    error: str
    ordered_by: str
    ordered_at: datetime
    made_at: datetime | None


class Facts(BaseModel):
    """Frozen, and unknown keys are errors: a paper prints everything it is given or is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Limit(Facts):
    """A time limit as a paper prints it: a budget and its unit."""

    budget: int = Field(gt=0)
    unit: Literal["calendar_day", "working_day", "hour"]


class Assignment(Facts):
    """One agency's share of the work. ``basis_is_verified`` is printed: readers must know."""

    part: Literal["lead", "co", "support"]
    agency: str = Field(min_length=1)
    limit: Limit | None = None
    due_at: AwareDatetime | None = None
    basis: str = ""
    basis_is_verified: bool = False


class DueStep(Facts):
    """One dated line of how the lead's due date came about (words of ``clocks.contracts.Step``).

    ``added`` is in units of the limit and only set where it was extended.
    """

    from_at: AwareDatetime
    to_at: AwareDatetime
    says: Literal["started", "ran", "waited", "extended", "rolled", "due", "late", "stopped"]
    counted: int = 0
    added: int = 0
    note: str = ""


class Detail(Facts):
    """One thing that a report says, under the name its scenario gives it."""

    label: str = Field(min_length=1)
    value: str


class Contact(Facts):
    """Whom the receiver of a paper may ask."""

    window: str = Field(min_length=1)
    person: str = ""
    phone: str = ""


class DispatchOrder(Facts):
    """Facts of a dispatch order (交办单).

    Attributes:
        number: number of the order as printed.
        issuer: the agency that dispatches.
        record_numbers: numbers the reporters know.
        details, content: what was reported; leave them empty where it must not reach the agencies named here.
        due_steps: explanation of the lead's main limit; empty where no limit runs yet.
        due_basis: the law or rule that sets the lead's main limit.
        due_is_provisional: the due date touches a year whose calendar is not confirmed.
        reasons: why these agencies, in the words of the catalogue or the ruling.
        requirements: what has to be handed in, and in which form.
    """

    number: str = Field(min_length=1)
    issuer: str = Field(min_length=1)
    issued_on: date
    pack: str = ""
    title: str = Field(min_length=1)
    matter: str = ""
    region: str = ""
    place: str = ""
    happened_at: AwareDatetime | None = None
    received_at: AwareDatetime | None = None
    record_numbers: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()
    content: str = ""
    assignments: tuple[Assignment, ...] = Field(min_length=1)
    due_steps: tuple[DueStep, ...] = ()
    due_basis: str = ""
    due_basis_is_verified: bool = False
    due_is_provisional: bool = False
    reasons: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    contact: Contact
