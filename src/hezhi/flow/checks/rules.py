"""How subjects are keyed, what of a form the log keeps, and which features can be kept. Pure."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from hezhi.flow.checks.contracts import KEYED, ChangeRow, FactRow, FeatureIn, FeaturePlain
from hezhi.kit.canonical import canonical
from hezhi.packkit.api import identifier_read
from hezhi.packkit.contracts import Decided
from hezhi.packkit.shape import Check, Decision, Field

NAME_MOST, SUBJECT_MOST, SOURCE_MOST, TEXT_MOST = 48, 64, 160, 200


Sign = Callable[[str, str], str]
"""What stands for a value of a kind: the vault's ``pseudonymiser`` of one purpose."""


def identifier_plain(written: object) -> str:
    """Return an identifier without what people write in one way or another: width, case, spaces and dashes.

    Example:
        >>> identifier_plain("浙Ａ 12-345") == identifier_plain("浙a12345")
        True
    """
    text = unicodedata.normalize("NFKC", str(written)).casefold()
    return "".join(sign for sign in text if not sign.isspace() and sign not in "-‐‑–—_·")


def subject_of(sign: Sign, kind: str, identifier: object) -> str:
    """Return the subject of features: what stands for its kind and identifier."""
    return sign(f"subject:{kind}", identifier_plain(identifier))


def is_pseudonym(field: Field) -> bool:
    """Say whether the lake holds a field as a pseudonym."""
    return field.type == "identifier" and field.sensitivity != "open"


def as_in_lake(field: Field, given: object, identify: Sign) -> str | None:
    """Return what a form says as the lake holds it in a field; None where it is no such number at all.

    Example:
        >>> plate = Field(type="identifier", scheme="plate", label={"zh": "号牌", "en": "Plate"})
        >>> as_in_lake(plate, "浙z·a0007", str), as_in_lake(plate, "none", str)
        ('浙ZA0007', None)
    """
    if field.type != "identifier":
        return str(given)
    read = identifier_read(str(field.scheme), str(given)).value
    if not read:
        return None
    return identify(str(field.scheme), read) if is_pseudonym(field) else read


def value_plain(value: Any) -> FeaturePlain:
    """Return a value as JSON keeps it: days and moments as text."""
    plain: FeaturePlain = value.isoformat() if isinstance(value, date) else value
    return plain


def given_kept(check: Check, given: Mapping[str, Any], sign: Sign) -> dict[str, FeaturePlain]:
    """Return the form as the log keeps it: what is not open as a keyed hash."""
    return {
        name: value_plain(value)
        if check.form[name].sensitivity == "open"
        else KEYED + sign(f"given:{name}", identifier_plain(value))
        for name, value in given.items()
    }


def request_hash(sign: Sign, check_id: str, given: Mapping[str, Any]) -> str:
    """Return by what the same question is known again; keyed, so that nobody confirms a guessed number by it."""
    plain = {name: value_plain(value) for name, value in given.items()}
    return sign(f"request:{check_id}", canonical(plain))


def facts_told(check: Check, table: Decision, decided: Decided, sources: Mapping[str, str]) -> tuple[FactRow, ...]:
    """Return the facts of a decision with their sources; ``sources`` are those of features, by their name."""
    rows = []
    for fact in decided.facts:
        fed_by = check.days_until.get(fact.input, fact.input)
        source = sources.get(fed_by, "") if fed_by in check.features else "form"
        rows.append(FactRow(fact.input, fact.label, fact.value, fact.unit, fact.problem, fact.from_at, source))
    return tuple(rows)


def changes_told(decided: Decided) -> tuple[ChangeRow, ...]:
    """Return what would change a decision."""
    return tuple(ChangeRow(one.input, one.label, one.to, one.colour) for one in decided.would_change)


def features_findings(rows: Iterable[FeatureIn], at: datetime) -> Iterator[str]:
    """Yield what is wrong with values that are to be kept, with their place."""
    for place, row in enumerate(rows):
        lengths = ((row.name, NAME_MOST), (row.subject, SUBJECT_MOST), (row.source, SOURCE_MOST))
        if not all(0 < len(text) <= most for text, most in lengths):
            most = f"{NAME_MOST}, {SUBJECT_MOST} and {SOURCE_MOST} characters"
            yield f"{place}: name, subject and source are given, of at most {most}"
        if not _can_keep(row.value):
            yield f"{place}: {row.name} is no number, text of at most {TEXT_MOST}, yes or no, or day"
        if row.from_at > at:
            yield f"{place}: {row.name} is from {row.from_at.isoformat()}, which is later than now"
        if row.keep_until_at <= row.from_at:
            yield f"{place}: {row.name} would be deleted before it is from"


def _can_keep(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= TEXT_MOST and "\x00" not in value
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, (bool, date)) or (isinstance(value, int) and abs(value) < 2**63)


def newest(rows: Iterable[FeatureIn]) -> list[FeatureIn]:
    """Return one row per subject and name: the newest, of equally old ones the last; in the order of their keys."""
    found: dict[tuple[str, str, str], FeatureIn] = {}
    for row in rows:
        key = (row.pack_id, row.subject, row.name)
        if key not in found or row.from_at >= found[key].from_at:
            found[key] = row
    return [found[key] for key in sorted(found)]
