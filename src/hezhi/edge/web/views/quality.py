"""How the sources do: what is wrong with one now, how much each brings, and how much of it is doubtful."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hezhi.edge.now import now
from hezhi.edge.web.actor import by, officer
from hezhi.edge.web.charts import Point, Words, chart_svg
from hezhi.flow.supply import api as supply
from hezhi.flow.supply.contracts import SourceHealth
from hezhi.packkit import api as packkit
from hezhi.packkit.errors import PackUnknown
from hezhi.packkit.shape import Expectation
from hezhi.packkit.shape.base import Text
from hezhi.spine.permissions.contracts import Right


@dataclass(frozen=True)
class Shown:
    """One source with its chart; ``pack`` and ``kind`` are None where the pack was taken out."""

    health: SourceHealth
    chart: SafeString
    pack: Text | None
    kind: Text | None
    expected: tuple[Expectation, ...]

    @property
    def usual(self) -> tuple[int, int] | None:
        """The whole numbers within the usual range, least and most."""
        low, high = self.health.band.low, self.health.band.high
        return None if low is None or high is None else (math.ceil(low), math.floor(high))


@require_GET
@officer(Right.SOURCE_MANAGE, Right.CASE_SUPERVISE)
def quality(request: HttpRequest) -> HttpResponse:
    """Every source over the last 30 days, those in trouble first."""
    rows = [_shown(one) for one in supply.supply_of(by=by(request), at=now())]
    open_ = [(row, one) for row in rows for one in row.health.episodes if one.ended_at is None]
    return render(request, "web/quality.html", {"rows": rows, "open": open_})


def _shown(health: SourceHealth) -> Shown:
    source = health.source
    try:
        pack = packkit.shelf().get(source.pack_id)
    except PackUnknown:
        return Shown(health, _chart(health), None, None, ())
    kinds = {one.id: one.says for one in pack.records}
    expected = tuple(one for one in pack.expectations if one.record == source.kind)
    return Shown(health, _chart(health), pack.identity.title, kinds.get(source.kind), expected)


def _chart(health: SourceHealth) -> SafeString:
    points = [Point(f"{one.on:%m-%d}", None if one.accepted is None else float(one.accepted)) for one in health.days]
    title = _("%(source)s: rows accepted per day") % {"source": health.source.name}
    words = Words(f"chart-{health.source.id}", title, _("rows a day"), "", _("Nothing has come yet"))
    low, high = health.band.low, health.band.high
    band = None if low is None or high is None else (low, high)
    # Every text in it was escaped where it was drawn.
    return mark_safe(chart_svg(points, unit="count", words=words, band=band))  # noqa: S308
