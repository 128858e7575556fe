"""What becomes of one row: accepted, refused or held, and why. Pure: no table, no clock.

Loudness, from loud to quiet: a wrong layout holds the batch (see ``reading``); a row whose values break
the contract is refused; a row that is sound in itself but cannot be placed is held for a person; an
unknown column is remarked on; only what is listed as ignored is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hezhi.flow.intake.cleaning import TEXT_LIMIT, holds_damage, plain, writable
from hezhi.flow.intake.contracts import RecordFinding, RecordState
from hezhi.kit.canonical import canonical, sha256
from hezhi.kit.masks import holds_mask, holds_stars
from hezhi.kit.names import nearest_name
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack, Record

NAME_LIMIT = 200  # characters of a key or subject
CLOCK_SKEW = timedelta(minutes=15)  # how far ahead the clock of a source may run
EARLIEST, LATEST = 1900, 2200  # years that a report can speak of
PURPOSE_FROM, PURPOSE_TO = 4, 300  # characters
MOST_MINUTES = 60  # a call and the note about it; whoever sits at it again tomorrow says again what for


@dataclass(frozen=True)
class Checked:
    """One row, looked at by itself; ``settle`` adds what only the house knows.

    ``values`` and ``secrets`` are as JSON can hold them, moments as ISO text in UTC; ``given`` is as it came.
    ``content`` is equal for rows that say the same, however a file writes it.
    """

    values: dict[str, Any]
    secrets: dict[str, Any]
    given: Mapping[str, Any]
    content: str
    findings: tuple[RecordFinding, ...]
    source_key: str
    subject: str
    region_text: str
    matter: str
    text: str
    happened_at: datetime | None

    @property
    def is_sound(self) -> bool:
        return not any(finding.stops for finding in self.findings)


def row_check(pack: Pack, shape: Record, given: Mapping[str, Any], ignored: Collection[str] = ()) -> Checked:
    """Check one row against its record's shape.

    Args:
        given: field or unknown column → value as it came; None and blank text count as not given.
        ignored: columns to pass over besides those the shape ignores.
    """
    passed_over = {*shape.ignored, *ignored}
    named = {str(name): value for name, value in given.items() if str(name) not in passed_over}
    usable, findings = _usable(pack, shape, named)
    result = packkit.values_check(shape.fields, usable, matters=[matter.id for matter in pack.matters])
    findings += [
        RecordFinding(one.field, one.rule, one.cause.zh, one.cause.en, one.nearest, stops=one.rule != "unknown")
        for one in result.problems
        if one.field not in {finding.field for finding in findings}
    ]
    typed = dict(result.values)
    findings += _moments_in_reach(typed)
    values = {name: _kept(value) for name, value in typed.items() if shape.fields[name].sensitivity != "secret"}
    secrets = {name: _kept(value) for name, value in typed.items() if shape.fields[name].sensitivity == "secret"}
    content = sha256(canonical({name: _kept(typed.get(name, str(writable(raw)))) for name, raw in usable.items()}))
    findings += _names(shape, typed, {finding.field for finding in findings})
    key = str(typed.get(shape.key, "")).strip()
    happened_at = typed.get(shape.happened)
    return Checked(
        values=values,
        secrets=secrets,
        given=named,
        content=content,
        findings=tuple(findings),
        source_key=key if 0 < len(key) <= NAME_LIMIT else f"#{content[:32]}",
        subject=subject_text(shape, values),
        region_text=str(values.get(shape.place, "")),
        matter=_matter(pack, shape, values),
        text=str(values.get(shape.text, "")) if shape.text else "",
        happened_at=happened_at.astimezone(UTC) if isinstance(happened_at, datetime) else None,
    )


def _usable(pack: Pack, shape: Record, named: Mapping[str, Any]) -> tuple[dict[str, Any], list[RecordFinding]]:
    """Return values worth checking; what no check can look at is told at once."""
    usable: dict[str, Any] = {}
    findings: list[RecordFinding] = []
    for name, raw in named.items():
        declared = shape.fields.get(name)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            continue
        if isinstance(raw, str) and len(raw) > TEXT_LIMIT:
            findings.append(_finding(name, "range", f"超过 {TEXT_LIMIT} 字", f"is longer than {TEXT_LIMIT} characters"))
        elif holds_damage(raw):
            findings.append(_finding(name, "type", "含有控制字符或残缺字符", "holds control or broken characters"))
        elif holds_mask(raw) or (declared is not None and declared.sensitivity == "secret" and holds_stars(raw)):
            findings.append(_finding(name, "masked", "是遮盖符号，不能写回", "is a mask, which is never written back"))
        else:
            usable[name] = raw if declared is None else plain(pack, declared, raw)
    return usable, findings


def _finding(name: str, rule: str, zh: str, en: str, nearest: str = "") -> RecordFinding:
    return RecordFinding(name, rule, f"“{name}”{zh}", f"'{name}' {en}", nearest)


def _moments_in_reach(typed: dict[str, Any]) -> list[RecordFinding]:
    """Take out moments and days of years that no report speaks of (a slip of the keyboard, a broken clock)."""
    odd = [name for name, value in typed.items() if hasattr(value, "year") and not EARLIEST <= value.year <= LATEST]
    for name in odd:
        del typed[name]
    return [_finding(name, "range", "年份不合情理", "lies in a year that no report speaks of") for name in odd]


def _kept(value: Any) -> Any:
    """Return a typed value as it is stored: a moment in UTC, so that equal moments are equal text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return value.isoformat() if hasattr(value, "isoformat") else value


def _names(shape: Record, typed: Mapping[str, Any], told: Collection[str]) -> list[RecordFinding]:
    """A record needs key, subject, place and moment whether or not the pack says "required"."""
    found = []
    for name in dict.fromkeys((shape.key, shape.subject, shape.place, shape.happened)):
        value = typed.get(name)
        if name in told:
            continue
        if value is None or not str(value).strip():
            found.append(_finding(name, "missing", "没有填写", "is missing"))
        elif len(str(value)) > NAME_LIMIT:
            found.append(_finding(name, "range", f"超过 {NAME_LIMIT} 字", f"is longer than {NAME_LIMIT} characters"))
    return found


def subject_text(shape: Record, values: Mapping[str, Any]) -> str:
    """Return what alerts group by: the subject's words and, so that two Main Streets stay two, the place.

    Example:
        >>> from types import SimpleNamespace as Shape
        >>> subject_text(Shape(subject="spot", place="region"), {"spot": " 东街 3号", "region": "339901001001"})
        '东街3号@339901001001'
    """
    words = "".join(str(values.get(shape.subject, "")).split())
    return f"{words[:NAME_LIMIT]}@{str(values.get(shape.place, ''))[:20]}"


def _matter(pack: Pack, shape: Record, values: Mapping[str, Any]) -> str:
    given = str(values.get(shape.matter, "")) if shape.matter else ""
    return given or (pack.matters[0].id if len(pack.matters) == 1 else "")


@dataclass(frozen=True)
class Settled:
    """What becomes of a checked row.

    ``region_path`` is empty while the place is not known; ``scope_path`` says whose region rights reach
    the row all the same, so that somebody can correct it.
    """

    state: RecordState
    findings: tuple[RecordFinding, ...]
    region_code: str
    region_path: str
    scope_path: str
    is_late: bool


def settle(
    checked: Checked,
    shape: Record,
    *,
    region: tuple[str, str] | None,
    nearest_region: str,
    scope_path: str,
    missing_files: Collection[str],
    at: datetime,
) -> Settled:
    """Decide about a checked row with what the house knows.

    Args:
        region: code and path of its place, None when the tree does not know it.
        nearest_region: a known code that holds or resembles the unknown one, empty when there is none.
        missing_files: fields that name a file nobody has stored.
        at: when it came in.
    """
    findings = list(checked.findings)
    happened_at = checked.happened_at
    code, path = region or ("", "")
    if not checked.is_sound or happened_at is None:
        return Settled(RecordState.REFUSED, tuple(findings), code, path, scope_path, is_late=False)
    if region is None:
        zh = f"区划树里没有代码 {checked.region_text}"
        en = f"The region tree does not know the code {checked.region_text}"
        findings.append(RecordFinding(shape.place, "region", zh, en, nearest_region))
    if happened_at > at + CLOCK_SKEW:
        zh, en = "发生时间晚于收到时间", "It happened later than it came in"
        findings.append(RecordFinding(shape.happened, "future", zh, en))
    zh, en = "所指的文件还没有存入", "names a file that is not stored"
    findings += [_finding(name, "file", zh, en) for name in missing_files]
    state = RecordState.HELD if len(findings) > len(checked.findings) else RecordState.ACCEPTED
    late = shape.late_after_hours is not None and at - happened_at > timedelta(hours=shape.late_after_hours)
    return Settled(state, tuple(findings), code, path, scope_path, is_late=late)


def changed_finding(number: str) -> RecordFinding:
    """Return why a row waits that says something else than the accepted record of the same key."""
    zh = f"来源改动了已受理的记录 {number}，请人工决定是否采用"
    en = f"The source changed the accepted record {number}; a person decides whether the change is taken"
    return RecordFinding("", "changed", zh, en)


def region_candidates(text: str) -> tuple[str, ...]:
    """Return the codes of the regions that would hold an unknown code, nearest first.

    Example:
        >>> region_candidates("330106001999")
        ('330106001000', '330106', '330100', '330000')
    """
    digits = text.strip()
    if not digits.isdigit():
        return ()
    stems = [digits[:length] for length in (12, 9, 6, 4, 2) if len(digits) > length or digits[length:].strip("0")]
    padded = [stem.ljust(6 if len(stem) <= 6 else 12, "0") for stem in stems]
    return tuple(code for code in dict.fromkeys(padded) if code != digits)


def is_running(opened_at: datetime, until_at: datetime, closed_at: datetime | None, at: datetime) -> bool:
    """Say whether a ticket runs: from the moment it was opened, up to its end, that moment excluded.

    Example:
        >>> nine = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
        >>> [is_running(nine, nine + timedelta(minutes=10), None, nine + timedelta(minutes=n)) for n in (-1, 0, 9, 10)]
        [False, True, True, False]
    """
    return opened_at <= at < min(until_at, closed_at or until_at)


def ticket_findings(
    *, fields: Sequence[str], masked: Collection[str], basis: str, bases: Sequence[str], purpose: str, minutes: Any
) -> list[RecordFinding]:
    """Return all that is wrong with what a ticket is asked for; ``masked`` are the fields that hold something."""
    found = []
    if not fields:
        found.append(RecordFinding("fields", "missing", "没有选择要查阅的字段", "No field was chosen"))
    for name in dict.fromkeys(one for one in fields if one not in masked):
        zh, en = f"“{name[:48]}”不是遮盖的字段，或者没有内容", f"'{name[:48]}' is not masked, or holds nothing"
        found.append(RecordFinding("fields", "unknown", zh, en, nearest_name(name, masked)))
    if basis not in bases:
        zh, en = "要从场景包写明的法律依据中选择", "Choose one of the legal bases that the pack states"
        found.append(RecordFinding("basis", "choice", zh, en, nearest_name(basis, bases)))
    if not PURPOSE_FROM <= len(purpose) <= PURPOSE_TO:
        zh = f"用 {PURPOSE_FROM} 至 {PURPOSE_TO} 个字说明用途，反映人会看到"
        en = f"Say in {PURPOSE_FROM} to {PURPOSE_TO} characters what for; the reporter reads it"
        found.append(RecordFinding("purpose", "range", zh, en))
    if type(minutes) is not int or not 1 <= minutes <= MOST_MINUTES:
        zh, en = f"时间是 1 至 {MOST_MINUTES} 的整数分钟", f"The time is a whole number of minutes, 1 to {MOST_MINUTES}"
        found.append(RecordFinding("minutes", "range", zh, en))
    return found
