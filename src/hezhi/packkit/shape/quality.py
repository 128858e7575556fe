"""``quality.yml``: what the computed scale cannot see by itself; it can exempt and bring evidence, never claim."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from hezhi.packkit.shape.base import Shape


class QualityNote(Shape):
    """One rule of the quality scale: why it does not apply here, or dated evidence that it is kept.

    Evidence counts only for rules that code cannot check, and for twelve months.
    """

    rule: str = Field(pattern=r"^[a-z][a-z0-9-]{2,47}$")
    exempt: str | None = Field(default=None, min_length=20, description="why the rule does not apply to this pack")
    evidence: str | None = Field(default=None, min_length=20, description="who saw what")
    seen_on: date | None = Field(default=None, description="day of the evidence")
