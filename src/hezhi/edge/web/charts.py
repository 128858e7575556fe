"""Charts as plain SVG: data in, text out. No clock, no table, no browser arithmetic.

One series per chart in one dark colour, so that print and colour-blind readers lose nothing; what may
not be shown (too few cases) is a hatched place, never a zero. The page puts the same numbers beside the
chart as a table, and says unit, period and source.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 420, 230
LEFT, RIGHT, TOP, BOTTOM = 44, 10, 22, 30
VALUES_MOST = 16  # more values than this would run into each other; the table has them all
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM


@dataclass(frozen=True)
class Point:
    """One month or day. ``value`` is None where there is nothing to measure or too little to show."""

    label: str
    value: float | None
    is_hidden: bool = False


@dataclass(frozen=True)
class Words:
    """Texts of one chart in the reader's language; ``id`` is unique on the page."""

    id: str
    title: str
    unit: str
    too_few: str
    nothing: str


def ticks_for(most: float, *, is_share: bool = False, is_whole: bool = False) -> tuple[float, ...]:
    """Return round axis values from 0 to at least ``most``, three to six of them; counts have no halves.

    Example:
        >>> ticks_for(7), ticks_for(0.4, is_share=True)
        ((0.0, 2.0, 4.0, 6.0, 8.0), (0.0, 0.25, 0.5, 0.75, 1.0))
    """
    if is_share:
        return (0.0, 0.25, 0.5, 0.75, 1.0)
    most = max(most, 1.0)
    rough = most / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    step = max(step, 1.0 if is_whole else 0.5)
    count = math.ceil(round(most / step, 9))
    return tuple(round(step * n, 9) for n in range(max(count, 2) + 1))


def number_text(value: float, unit: str) -> str:
    """Return a value as pages write it: shares as whole per cents, days with one decimal, counts whole.

    Example:
        >>> number_text(0.256, "share"), number_text(3.25, "days"), number_text(4.0, "count")
        ('26%', '3.2', '4')
    """
    if unit == "share":
        return f"{value:.0%}"
    if unit == "days":
        return f"{value:.1f}"
    return f"{value:.0f}"


def chart_svg(points: Sequence[Point], *, unit: str, words: Words, band: tuple[float, float] | None = None) -> str:
    """Return one chart as SVG text: columns for counts, a line with dots for shares and days.

    Args:
        points: oldest first.
        unit: ``count``, ``share`` or ``days``.
        band: the usual range, drawn behind the points.
    """
    shown = [one.value for one in points if one.value is not None]
    if not shown:
        return _frame(words, [_text(WIDTH / 2, HEIGHT / 2, words.nothing, "chart-note", "middle")])
    ticks = ticks_for(max([*shown, *(band or ())]), is_share=unit == "share", is_whole=unit == "count")
    parts = [_band(*band, ticks[-1])] if band else []
    parts.append(_axis(ticks, unit, words.unit))
    draw = _columns if unit == "count" else _line
    parts.append(draw(points, ticks[-1], unit))
    parts.append(_labels(points, words.too_few))
    return _frame(words, parts)


def _frame(words: Words, parts: Sequence[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{escape(words.id)}-title"'
        f' xmlns="http://www.w3.org/2000/svg"><title id="{escape(words.id)}-title">{escape(words.title)}</title>'
        f"{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, says: str, kind: str, anchor: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(says)}</text>'


def _y(value: float, most: float) -> float:
    return TOP + PLOT_HEIGHT * (1 - value / most)


def _x(place: int, count: int) -> float:
    return LEFT + PLOT_WIDTH * (place + 0.5) / count


def _axis(ticks: Sequence[float], unit: str, unit_text: str) -> str:
    parts = [_text(4, 12, unit_text, "chart-note", "start")]
    for tick in ticks:
        y = _y(tick, ticks[-1])
        kind = "chart-base" if tick == 0 else "chart-grid"
        parts.append(f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(LEFT - 6, y + 4, _tick_text(tick, unit), "chart-tick", "end"))
    return "".join(parts)


def _tick_text(tick: float, unit: str) -> str:
    return f"{tick:.0%}" if unit == "share" else f"{tick:g}"


def _band(low: float, high: float, most: float) -> str:
    y, under = _y(high, most), _y(low, most)
    return f'<rect class="chart-band" x="{LEFT}" y="{y:.1f}" width="{PLOT_WIDTH}" height="{under - y:.1f}"/>'


def _columns(points: Sequence[Point], most: float, unit: str) -> str:
    width = min(34.0, PLOT_WIDTH / len(points) * 0.62)
    parts = []
    for place, one in enumerate(points):
        if one.value is None:
            continue
        x, y = _x(place, len(points)), _y(one.value, most)
        height = TOP + PLOT_HEIGHT - y
        parts.append(
            f'<rect class="chart-column" x="{x - width / 2:.1f}" y="{y:.1f}"'
            f' width="{width:.1f}" height="{height:.1f}"/>'
        )
        if len(points) <= VALUES_MOST:
            parts.append(_text(x, y - 5, number_text(one.value, unit), "chart-value", "middle"))
    return "".join(parts)


def _line(points: Sequence[Point], most: float, unit: str) -> str:
    parts, run = [], []
    for place, one in enumerate([*points, Point("", None)]):
        if one.value is not None:
            run.append((_x(place, len(points)), _y(one.value, most), one.value))
            continue
        if len(run) > 1:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in run)
            parts.append(f'<polyline class="chart-line" points="{path}"/>')
        for x, y, value in run:
            parts.append(f'<circle class="chart-dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
            # Above the dot, unless the dot touches the top.
            parts.append(_text(x, y - 9 if y > TOP + 14 else y + 18, number_text(value, unit), "chart-value", "middle"))
        run = []
    return "".join(parts)


def _labels(points: Sequence[Point], too_few: str) -> str:
    parts = []
    every = max(1, math.ceil(len(points) / 8))  # more labels than this would run into each other
    for place, one in enumerate(points):
        x = _x(place, len(points))
        if place == len(points) - 1 or (place % every == 0 and place + every <= len(points)):
            parts.append(_text(x, HEIGHT - 10, one.label, "chart-tick", "middle"))
        if one.is_hidden:
            parts.append(_text(x, TOP + PLOT_HEIGHT - 8, too_few, "chart-note", "middle"))
    return "".join(parts)
