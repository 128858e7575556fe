"""How facts become the words on a paper: pure, without fonts, files or tables.

Texts of papers are Chinese, because the papers are official ones; a template in another language brings
its own function of this kind.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from hezhi.kit.moments import CITY_ZONE
from hezhi.services.documents.contracts import Assignment, Contact, DispatchOrder, DueStep, Limit

MISSING = "〓"  # the mark Chinese typesetting uses for a character that is not in the case
MISSING_NOTE = f"“{MISSING}”表示原文中无法印刷的字符。"
UNVERIFIED = "依据待核"

_PARTS = {"lead": "主办", "co": "协办", "support": "配合"}
_PART_ORDER = ("lead", "co", "support")
_UNITS = {"calendar_day": "日", "working_day": "个工作日", "hour": "小时"}
_SAYS = {
    "started": "起算",
    "ran": "计入期限",
    "waited": "暂停计算",
    "extended": "延长",
    "rolled": "顺延",
    "due": "到期",
    "late": "逾期",
    "stopped": "停止",
}
_MOMENTS = {"started", "due", "stopped", "extended"}


def printable(text: str, covers: Callable[[str], bool]) -> str:
    """Return ``text`` with only characters that the font can print.

    Line ends are kept, other controls and invisible direction marks are dropped (they could make a
    reader see another text than the one that was sent), and what the font lacks becomes ``MISSING``.

    Args:
        covers: tells whether the font has a glyph for one character.

    Example:
        >>> printable("好\\u202e\\x07😀\\r\\n!", lambda one: ord(one) < 0xffff)
        '好〓\\n!'
    """
    kept = []
    for one in unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")):
        if one == "\n":
            kept.append(one)
        elif one == "\t":
            kept.append("    ")
        elif unicodedata.category(one) in {"Cc", "Cf", "Cs"} or "\ufe00" <= one <= "\ufe0f":
            continue
        else:
            kept.append(one if covers(one) else MISSING)
    return "".join(kept)


def printable_all(value: Any, covers: Callable[[str], bool]) -> Any:
    """Return ``value`` (any JSON) with every text in it made printable."""
    if isinstance(value, str):
        return printable(value, covers)
    if isinstance(value, dict):
        return {key: printable_all(one, covers) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable_all(one, covers) for one in value]
    return value


def holds_missing(value: Any) -> bool:
    """Tell whether any text in ``value`` (any JSON) holds the mark for a character that could not be printed."""
    if isinstance(value, str):
        return MISSING in value
    if isinstance(value, dict):
        return any(holds_missing(one) for one in value.values())
    return isinstance(value, (list, tuple)) and any(holds_missing(one) for one in value)


def day_printed(on: date) -> str:
    """Return a day as papers write it.

    Example:
        >>> day_printed(date(2026, 3, 2))
        '2026年3月2日'
    """
    return f"{on.year}年{on.month}月{on.day}日"


def moment_printed(at: datetime) -> str:
    """Return a moment in the city's time; midnight belongs to the day that ends there.

    Example:
        >>> from datetime import UTC
        >>> moment_printed(datetime(2026, 3, 2, 16, 0, tzinfo=UTC))
        '2026年3月2日 24:00'
    """
    local = at.astimezone(CITY_ZONE)
    if _is_midnight(at):
        return f"{day_printed(local.date() - timedelta(days=1))} 24:00"
    return f"{day_printed(local.date())} {local:%H:%M}"


def _is_midnight(at: datetime) -> bool:
    local = at.astimezone(CITY_ZONE)
    return local.hour == local.minute == local.second == 0


def span_printed(from_at: datetime, to_at: datetime) -> str:
    """Return a stretch of time; whole days are written as days.

    Example:
        >>> from hezhi.kit.moments import day_starts_at
        >>> span_printed(day_starts_at(date(2026, 3, 3)), day_starts_at(date(2026, 3, 17)))
        '2026年3月3日至3月16日'
    """
    if not (_is_midnight(from_at) and _is_midnight(to_at)):
        return f"{moment_printed(from_at)} 至 {moment_printed(to_at)}"
    first, last = from_at.astimezone(CITY_ZONE).date(), to_at.astimezone(CITY_ZONE).date() - timedelta(days=1)
    if first == last:
        return day_printed(first)
    return f"{day_printed(first)}至{f'{last.month}月{last.day}日' if first.year == last.year else day_printed(last)}"


def limit_printed(limit: Limit) -> str:
    """Return a limit in words.

    Example:
        >>> limit_printed(Limit(budget=5, unit="working_day"))
        '5个工作日'
    """
    return _units(limit.budget, limit.unit)


def _units(count: int, unit: str) -> str:
    return f"{count}{_UNITS.get(unit, '')}"


def dispatch_order_printed(order: DispatchOrder) -> dict[str, Any]:
    """Return everything the template ``dispatch_order`` prints, in its order, as plain JSON."""
    lead_unit = next((one.limit.unit for one in order.assignments if one.part == "lead" and one.limit), "")
    return {
        "heading": "事项交办单",
        "number": order.number,
        "issuer": order.issuer,
        "issued_on": day_printed(order.issued_on),
        "facts": _facts_printed(order),
        "assignments": [
            _assignment_printed(one) for one in sorted(order.assignments, key=lambda one: _PART_ORDER.index(one.part))
        ],
        "steps": [_step_printed(one, lead_unit) for one in order.due_steps],
        "counted": _units(sum(one.counted for one in order.due_steps), lead_unit) if order.due_steps else "",
        "due_basis": order.due_basis,
        "due_basis_mark": UNVERIFIED if order.due_basis and not order.due_basis_is_verified else "",
        "due_note": "截止日期涉及尚未公布放假安排的年度，公布后将重新计算。" if order.due_is_provisional else "",
        "reasons": list(order.reasons),
        "requirements": list(order.requirements),
        "contact": _contact_printed(order.contact),
        "footnotes": [f"本单依据规则包 {order.pack} 生成。"] if order.pack else [],
    }


def _rows(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"label": label, "value": value} for label, value in pairs if value]


def _facts_printed(order: DispatchOrder) -> list[dict[str, str]]:
    return _rows(
        ("事项", order.title),
        ("类别", order.matter),
        ("属地", order.region),
        ("地点", order.place),
        ("发生时间", moment_printed(order.happened_at) if order.happened_at else ""),
        ("受理时间", moment_printed(order.received_at) if order.received_at else ""),
        ("来件编号", "、".join(order.record_numbers)),
        *((one.label, one.value) for one in order.details),
        ("反映内容", order.content),
    )


def _contact_printed(contact: Contact) -> list[dict[str, str]]:
    return _rows(("窗口", contact.window), ("联系人", contact.person), ("电话", contact.phone))


def _assignment_printed(one: Assignment) -> dict[str, Any]:
    return {
        "is_lead": one.part == "lead",
        "part": _PARTS[one.part],
        "agency": one.agency,
        "limit": limit_printed(one.limit) if one.limit else "—",
        "due": moment_printed(one.due_at).replace(" ", "\n") if one.due_at else "—",
        "basis": one.basis or "—",
        "basis_mark": UNVERIFIED if one.basis and not one.basis_is_verified else "",
    }


def _step_printed(one: DueStep, unit: str) -> dict[str, str]:
    is_moment = one.says in _MOMENTS or one.to_at == one.from_at
    span = moment_printed(one.from_at) if is_moment else span_printed(one.from_at, one.to_at)
    counted = f"+{_units(one.added, unit)}" if one.added else _units(one.counted, unit) if one.counted else "—"
    return {"span": span.replace(" 至 ", " 至\n"), "says": _SAYS[one.says], "counted": counted, "note": one.note or ""}
