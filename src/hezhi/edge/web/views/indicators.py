"""Indicators: charts drawn on the server, the same numbers as tables, and as CSV; each within the reader's reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hezhi.edge.web import labels
from hezhi.edge.web.actor import by, officer
from hezhi.edge.web.charts import Point, Words, chart_svg, number_text
from hezhi.edge.web.places import place_names
from hezhi.edge.web.refusals import refusal_of, said
from hezhi.flow.indicators import api as indicators
from hezhi.flow.indicators.contracts import IndicatorValue
from hezhi.flow.indicators.errors import LineageTooLong
from hezhi.kit.sheets import csv_text
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Indicator, Pack
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor, Right


@dataclass(frozen=True)
class Row:
    """One number of the table; ``text`` is the value as written, or that there is too little."""

    value: IndicatorValue
    group: str
    text: str


@dataclass(frozen=True)
class Shown:
    """One indicator: its chart over all cases, and its table in the chosen dimension."""

    indicator: Indicator
    chart: SafeString
    rows: list[Row]
    is_part: bool  # some of its totals count only the reader's own regions
    is_whole_only: bool  # a median, which the reader's own regions together do not have


@require_GET
@officer(Right.INDICATOR_READ)
def indicator_list(request: HttpRequest) -> HttpResponse:
    """The packs' indicators; the first pack unless one is chosen."""
    packs = packkit.shelf().packs()
    wanted = request.GET.get("pack") or (packs[0].id if packs else "")
    if not wanted:
        return render(request, "web/indicators.html", {"packs": packs})
    pack = packkit.shelf().get(wanted)
    dimension = _dimension(request)
    shown = shown_of(pack, dimension, by(request))
    computed = max((row.value.computed_at for one in shown for row in one.rows if row.value.computed_at), default=None)
    dimensions = {"", *(name for one in pack.indicators for name in one.by)}
    return render(
        request,
        "web/indicators.html",
        {
            "packs": packs, "pack": pack, "shown": shown, "dimension": dimension, "computed_at": computed,
            "dimensions": [(name, title) for name, title in labels.DIMENSIONS.items() if name in dimensions],
        },
    )  # fmt: skip


def _dimension(request: HttpRequest) -> str:
    wanted = request.GET.get("by", "")
    return wanted if wanted in labels.DIMENSIONS else ""


def shown_of(pack: Pack, dimension: str, actor: Actor) -> list[Shown]:
    """Return a pack's indicators: charts over all cases, tables by ``dimension``."""
    total = dict(_read(pack, "", actor))
    rows = dict(_read(pack, dimension, actor)) if dimension else total
    names = _group_names(pack, dimension, [value for values in rows.values() for value in values])
    by_id = {one.id: one for one in pack.indicators}
    reads_parts = any(one.is_part for values in total.values() for one in values)
    shown = []
    for id_, values in total.items():
        indicator = by_id[id_]
        is_whole_only = reads_parts and not values and indicator.measure == "median_days"
        nothing = _("A median is counted for the whole city only") if is_whole_only else _("Nothing to show yet")
        table = [_row(indicator, one, names) for one in rows.get(id_, [])]
        is_part = any(one.is_part for one in values)
        shown.append(Shown(indicator, _chart(indicator, values, nothing), table, is_part, is_whole_only))
    return shown


def _read(pack: Pack, dimension: str, actor: Actor) -> list[tuple[str, list[IndicatorValue]]]:
    found = indicators.indicators_page(by=actor, pack_id=pack.id, dimension=dimension)
    return [(indicator.id, values) for indicator, values in found]


def _group_names(pack: Pack, dimension: str, values: list[IndicatorValue]) -> dict[str, str]:
    groups = {one.group for one in values}
    if dimension == "region":
        return place_names(sorted(groups))
    if dimension == "agency":
        rows = people.agencies_get({int(one) for one in groups if one.isdecimal()})
        return {str(id_): one.name for id_, one in rows.items()}
    return {one.id: said(one.label) for one in pack.matters}


def _row(indicator: Indicator, value: IndicatorValue, names: dict[str, str]) -> Row:
    if value.is_hidden:
        text = _("too few")
    elif value.value is None:
        text = "–"
    else:
        text = number_text(value.value, indicator.unit)
    group = names.get(value.group, value.group) or _("unknown")
    return Row(value, group if value.by else "", text)


def _chart(indicator: Indicator, values: list[IndicatorValue], nothing: str) -> SafeString:
    points = [Point(one.period, one.value, one.is_hidden) for one in values]
    unit = labels.label(labels.INDICATOR_UNITS, indicator.unit)
    words = Words(f"chart-{indicator.id}", said(indicator.says), unit, _("too few"), nothing)
    # Every text in it was escaped where it was drawn.
    return mark_safe(chart_svg(points, unit=indicator.unit, words=words))  # noqa: S308


@require_GET
@officer(Right.INDICATOR_READ)
def indicator_csv(request: HttpRequest, pack_id: str) -> HttpResponse:
    """The same numbers as a file; hidden ones stay hidden."""
    pack = packkit.shelf().get(pack_id)
    dimension = _dimension(request)
    rows: list[list[Any]] = [
        ["indicator", "title", "period", "by", "group", "value", "unit", "numerator", "denominator"]
    ]
    for one in shown_of(pack, dimension, by(request)):
        for row in one.rows:
            value = row.value
            hidden, reach = value.is_hidden, "part" if value.is_part else value.by
            rows.append([
                one.indicator.id, said(one.indicator.says), value.period, reach, row.group,
                "" if value.value is None else value.value, one.indicator.unit,
                "" if hidden else value.numerator, "" if hidden else value.denominator,
            ])  # fmt: skip
    # The mark at the front lets spreadsheet programs read Chinese.
    response = HttpResponse("\ufeff" + csv_text(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{pack.id}-{dimension or "all"}.csv"'
    return response


@require_GET
@officer(Right.INDICATOR_READ)
def indicator_lineage(request: HttpRequest, pack_id: str) -> HttpResponse:
    """What one number rests on, back to the delivered files, as far as the reader may know."""
    pack, asked = packkit.shelf().get(pack_id), request.GET
    dimension, wanted = _dimension(request), asked.get("indicator", "")
    try:
        found = indicators.indicator_lineage(
            by=by(request), pack_id=pack.id, indicator=wanted, period=asked.get("period", ""), dimension=dimension,
            group=asked.get("group", ""),
        )  # fmt: skip
    except LineageTooLong as error:
        return render(request, "web/lineage.html", {"pack": pack, "refusal": refusal_of(error)}, status=422)
    [indicator] = [one for one in pack.indicators if one.id == wanted]
    row = _row(indicator, found.value, _group_names(pack, dimension, [found.value]))
    shown = {"pack": pack, "indicator": indicator, "row": row, "lineage": found}
    return render(request, "web/lineage.html", shown)
