"""``pack.yml``: who owns the pack, what for, on which legal basis, who may see what."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hezhi.packkit.shape.base import AgencyKind, Id, Shape, Text


class Basis(Shape):
    """One article the pack stands on."""

    cite: str = Field(min_length=2)
    says: Text
    is_verified: bool
    checked_on: date


class Owners(Shape):
    agency: AgencyKind
    people: tuple[str, ...] = Field(min_length=1, description="handles of the people who answer for the pack")


class Needed(Shape):
    """Data minimum: why one sensitive or personal field is needed, and who may open it."""

    field: str = Field(description="record.field")
    why: Text
    opened_by: tuple[str, ...] = Field(default=(), description="roles that may open it for a purpose")
    rests_on: Literal["duty", "consent"] = Field(
        default="duty", description="consent: given freely, and blanked when the person takes it back"
    )


class Safeguards(Shape):
    """How the pack keeps the house's safeguards; a pack that leaves one out is not loaded."""

    adverse_effects: tuple[Id, ...] = Field(default=(), description="task ids whose result burdens someone")
    contest: Text = Field(description="how the subject contests, in words the subject reads")
    keeps_from_complained_of: bool = Field(
        default=True, description="reporter and content stay hidden from the unit complained of"
    )


class Identity(Shape):
    id: Id
    title: Text
    summary: Text
    format: Literal[1] = Field(description="version of the pack format")
    version: Annotated[str, StringConstraints(pattern=r"^20\d\d\.\d{1,3}$")]
    status: Literal["draft", "shadow", "active", "retired"]
    quality: Literal["none", "bronze", "silver", "gold"] = Field(
        description="what we claim; the check computes the real tier"
    )
    owners: Owners
    purpose: Text
    lawful_basis: tuple[Basis, ...] = Field(min_length=1)
    sensitivity: Literal["open", "internal", "personal", "special"]
    retention_days: int = Field(gt=0)
    data_minimum: tuple[Needed, ...] = ()
    safeguards: Safeguards
    serves: Literal["rights_of_people"] | None = Field(
        default=None, description="a service of the kernel whose matters this pack declares; one pack for each"
    )
    review_by: date
