"""``matters.yml``: the responsibility catalogue: matter → lead, co-handlers, supporters, basis, limit."""

from __future__ import annotations

from typing import Literal

from hezhi.packkit.shape.base import AgencyKind, Id, Limit, Shape, Source, Text


class Matter(Shape):
    """One kind of matter.

    ``lead`` may be empty for matters nobody owns by rule: those go to the coordinator at once.
    ``limit`` overrides the playbook's main limit. ``confidential``: content and author never reach
    the unit complained of.
    """

    id: Id
    label: Text
    group: Text | None = None
    lead: AgencyKind | Literal[""] = ""
    co: tuple[AgencyKind, ...] = ()
    support: tuple[AgencyKind, ...] = ()
    basis: Source
    limit: Limit | None = None
    confidential: bool = False
