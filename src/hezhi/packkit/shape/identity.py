"""``pack.yml``: who owns the pack, what for, on which legal basis, who may see what."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from hezhi.packkit.shape.base import AgencyKind, Id, Shape, Text


class Basis(Shape):
    """One article the pack stands on."""

    cite: str = Field(min_length=2)
    says: Text
    is_verified: bool
    checked_on: date


SHORTEST = Basis(
    cite="个人信息保护法 19",
    says=Text(
        zh="个人信息的保存期限应当为实现处理目的所必要的最短时间",
        en="Personal information is kept for the shortest time that its purpose needs",
    ),
    is_verified=True,
    checked_on=date(2026, 11, 30),
)
"""What a pack's ``retention_days`` stands on."""


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


class Keeping(Shape):
    """How long records of one kind are kept, counted from the last act that concerns them; then they are erased."""

    record: Id | None = Field(default=None, description="kind of record; left out: every kind without a rule")
    days: int = Field(gt=0, description="after so many days they are erased")
    at_least_days: int = Field(default=0, ge=0, description="before so many days nobody erases them, on request either")
    basis: Basis

    @model_validator(mode="after")
    def _is_possible(self) -> Keeping:
        if self.at_least_days > self.days:
            raise ValueError(f"kept {self.at_least_days} days at least, but erased after {self.days}")
        return self


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
    retention_days: int = Field(gt=0, description="for records that no rule of `retention` names")
    retention: tuple[Keeping, ...] = Field(default=(), description="rules of keeping that stand on a law of their own")
    data_minimum: tuple[Needed, ...] = ()
    safeguards: Safeguards
    serves: Literal["rights_of_people"] | None = Field(
        default=None, description="a service of the kernel whose matters this pack declares; one pack for each"
    )
    review_by: date

    def keeping(self, kind: str) -> Keeping:
        """Return the rule by which records of a kind are kept: its own, the pack's general one, or the house's."""
        for wanted in (kind, None):
            for one in self.retention:
                if one.record == wanted:
                    return one
        return Keeping(days=self.retention_days, basis=SHORTEST)
