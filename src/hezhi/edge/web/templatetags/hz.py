"""What templates need to show moments, lights, words and pack texts. No reads, no rights."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django import template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from hezhi.edge.now import now
from hezhi.edge.web import labels, money
from hezhi.edge.web.lights import light_of
from hezhi.edge.web.refusals import paper_title, said
from hezhi.kit.moments import CITY_ZONE
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Text
from hezhi.packkit.shape.scan import Number

register = template.Library()
GLYPHS = {"red": "▲", "yellow": "◆", "green": "●", "grey": "○"}


@register.filter
def say(text: Any) -> str:
    """A pack's text, or a (zh, en) pair, in the reader's language."""
    if isinstance(text, Text):
        return said(text)
    if isinstance(text, (tuple, list)) and len(text) == 2:
        return said(Text(zh=text[0] or "-", en=text[1] or "-"))
    if hasattr(text, "zh") and hasattr(text, "en"):
        return said(Text(zh=text.zh or "-", en=text.en or "-"))
    return "" if text is None else str(text)


@register.filter
def word(value: Any, kind: str) -> str:
    """The reader's word for a stable one: ``{{ case.state|word:"CASE_STATES" }}``."""
    return labels.label(getattr(labels, kind), value)


@register.filter
def version(stamp: str) -> str:
    """The version in a ``pack@version``, to stand beside the pack's title."""
    return stamp.rpartition("@")[2]


@register.filter
def when(at: datetime | None) -> str:
    """A moment in city time: 2026-03-02 09:00."""
    return at.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M") if at else ""


@register.filter
def due_day(at: datetime | None) -> str:
    """A due moment; midnight reads as the day it ends."""
    if at is None:
        return ""
    local = at.astimezone(CITY_ZONE)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return (local - timedelta(seconds=1)).strftime("%Y-%m-%d")
    return local.strftime("%Y-%m-%d %H:%M")


@register.filter
def day(on: Any) -> str:
    return date_format(on, "Y-m-d") if on else ""


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """``{{ names|get:row.code }}``; empty where there is nothing."""
    return mapping.get(key, "") if mapping else ""


@register.filter
def share_of(part: int, whole: int) -> str:
    """How much of a whole, e.g. ``12%``; nothing where there is no whole."""
    return f"{part / whole:.0%}" if whole else ""


@register.filter
def percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


@register.filter
def kilobytes(size: int) -> str:
    if size >= 1_000_000_000:
        return f"{size / 1_000_000_000:.1f} GB"
    return f"{max(1, round(size / 1000))} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


@register.simple_tag
def grade(colour: str) -> SafeString:
    """A grade as a chip: shape, colour and word."""
    return chip(colour, labels.label(labels.GRADES, colour))


@register.simple_tag
def chip(colour: str, words: str) -> SafeString:
    glyph = GLYPHS.get(colour, "○")
    return format_html('<span class="chip chip-{}"><span aria-hidden="true">{}</span> {}</span>', colour, glyph, words)


@register.simple_tag
def state(value: str, kind: str = "CASE_STATES") -> SafeString:
    """A state as a quiet chip without a traffic-light colour."""
    return format_html('<span class="chip chip-state">{}</span>', labels.label(getattr(labels, kind), value))


@register.simple_tag
def due(due_at: datetime | None, is_waiting: bool = False, done: bool = False) -> SafeString | str:
    """A due date with its traffic light in words."""
    if due_at is None:
        return ""
    if done:
        return format_html("<span>{}</span>", due_day(due_at))
    light = light_of(due_at, now(), is_waiting=bool(is_waiting))
    if is_waiting:
        says = gettext("waits")
    elif light.colour == "red":
        says = _late(light.days, light.hours)
    elif light.days == 0:
        says = gettext("due today")
    else:
        says = ngettext("%(count)s day left", "%(count)s days left", light.days) % {"count": light.days}
    return format_html('{} <span class="due-day">{}</span>', chip(light.colour, says), due_day(due_at))


def _late(days: int, hours: int) -> str:
    if hours == 0:
        return gettext("just late")
    if days == 0 or hours < 24:
        return ngettext("%(count)s hour late", "%(count)s hours late", hours) % {"count": hours}
    return ngettext("%(count)s day late", "%(count)s days late", days) % {"count": days}


@register.simple_tag
def new_key() -> str:
    """A fresh idempotency key: the same form sent twice carries the same one, and changes nothing twice."""
    return uuid4().hex


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> str:
    """The present query string with changes; an empty value drops a name, and a change drops the cursor."""
    values = {name: context["request"].GET.getlist(name) for name in context["request"].GET}
    values.pop("cursor", None)
    for name, value in changes.items():
        if value in ("", None):
            values.pop(name, None)
        else:
            values[name] = [value]
    return "?" + urlencode(values, doseq=True)


@register.filter
def task_says(task: Any) -> Text:
    """What a task asks for, as its pack says it."""
    from hezhi.flow.tasks import api as tasks

    return tasks.task_says(task)


@register.filter
def about_url(about: str) -> str:
    """The page of what a notice is about; empty where there is none."""
    kind, _sep, number = about.partition(":")
    pages = {"case": "web:case", "alert": "web:alert", "device": "web:device"}
    return reverse(pages[kind], args=[number]) if kind in pages and number.isdecimal() else ""


@register.filter
def clock_title(kind: str) -> str:
    """What a clock is for; limits of tasks carry the task's id after a colon."""
    return labels.label(labels.CLOCKS, kind.partition(":")[0] if kind not in labels.CLOCKS else kind)


@register.filter
def waits(clock: Any) -> bool:
    return not clock.is_running and clock.stopped_at is None


@register.filter
def counted(steps: Any) -> int:
    """The sum a due date's steps add up to."""
    return sum(step.counted for step in steps)


@register.filter
def span(seconds: int) -> str:
    """A stretch of elapsed time in days and hours."""
    days, hours = divmod(round(seconds / 3600), 24)
    parts = []
    if days:
        parts.append(ngettext("%(count)s day", "%(count)s days", days) % {"count": days})
    if hours or not days:
        parts.append(ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours})
    return " ".join(parts)


@register.filter
def plain_value(value: Any) -> str:
    """A value as people read it: yes and no, moments in city time."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, str) and len(value) >= 20 and value[10:11] == "T":
        try:
            return when(datetime.fromisoformat(value))
        except ValueError:
            return value
    return str(value)


@register.filter
def return_reason(row: Any, pack: Any) -> str:
    return next((said(one.label) for one in pack.playbook.return_reasons if one.id == row.reason), row.reason)


@register.filter
def outcome_label(outcome: str, pack: Any) -> str:
    return next((said(one.label) for one in pack.playbook.outcomes if one.id == outcome), outcome)


@register.filter
def paper(name: str, pack: Any) -> str:
    return paper_title(pack, name)


@register.filter
def detector_title(row: Any) -> str:
    """How the detector of a sample, a comparison or a table of groups is called."""
    shelf = packkit.shelf()
    return said(shelf.get(row.pack_id).detector_title(row.detector)) if row.pack_id in shelf.ids() else row.detector


@register.filter
def measured(value: Any, unit: str | None) -> str:
    """A value with its unit; cents are told as yuan."""
    if unit == packkit.CENTS and isinstance(value, int):
        return money.money_said(value)
    return f"{plain_value(value)} {unit}" if unit else plain_value(value)


@register.filter
def number_words(number: Number) -> str:
    """A number of a detector with its unit; cents are told as yuan."""
    if number.unit == packkit.CENTS:
        return money.money_said(number.value)
    return f"{number.value:,} {labels.label(labels.NUMBER_UNITS, number.unit)}"


@register.filter
def needed_label(needed: Any, pack: Any) -> str:
    """The label of a ``record.field`` that a pack says it needs."""
    record_id, _sep, name = needed.field.partition(".")
    for record in pack.records:
        if record.id == record_id and name in record.fields:
            return said(record.fields[name].label)
    return str(needed.field)


@register.filter
def opening_label(row: Any) -> str:
    """The labels of the fields that were opened."""
    return said(Text(zh=row.label_zh, en=row.label_en))
