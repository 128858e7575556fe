"""Small shapes that several routes share. Rows come from the rooms' contracts as they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from ninja import Path, Query, Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, StringConstraints

from hezhi.flow.cases.contracts import Paper
from hezhi.kit.paging import Page

Row = TypeVar("Row")
BIGGEST = 2**63 - 1


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)  # PostgreSQL takes no offset of sixteen hours or more
    except OverflowError:
        raise ValueError("no such moment in UTC") from None


RowId = Annotated[int, Path(ge=1, le=BIGGEST)]
Id = Annotated[int, Field(ge=1, le=BIGGEST)]
AgencyId = Annotated[int, Field(ge=1, le=2**31 - 1)]  # cases keep their agencies in an array of small integers
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Word = Annotated[str, StringConstraints(max_length=100)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Cursor = Annotated[str, Query(max_length=200, description="``next_cursor`` of the page before.")]
Size = Annotated[int, Query(ge=1, le=200, description="Rows on a page.")]


class In(Schema):
    """What a program sends: unknown keys are errors, for what is not understood is never quietly dropped."""

    model_config = ConfigDict(extra="forbid")


class Rows(Schema, Generic[Row]):
    """One page of rows; ``next_cursor`` is empty on the last one."""

    rows: list[Row]
    next_cursor: str = ""


class Done(Schema):
    """How many rows an act changed."""

    count: int


class ReasonIn(In):
    reason: Reason


class PaperIn(In):
    """``name`` as the pack asks for it (or ``other``); ``sha256`` from handing the file in."""

    name: Name
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    file_name: Name

    def paper(self) -> Paper:
        return Paper(self.name, self.sha256, self.file_name)


def page(found: Page[Any]) -> dict[str, Any]:
    """Return a page as ``Rows`` wants it."""
    return {"rows": list(found.rows), "next_cursor": found.next_cursor}
