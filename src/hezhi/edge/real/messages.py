"""Messages as the files hold them, and the deliveries in which they come in. Pure but for reading files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hezhi.edge.real.plan import Part
from hezhi.kit.moments import CITY_ZONE, day_of

DELIVERY_MOST = 500


@dataclass(frozen=True)
class Message:
    """One row. ``at`` and ``answered_at`` are None where the file has no readable moment."""

    key: str
    title: str
    body: str
    at_text: str
    at: datetime | None
    reporter: str
    support_count: int
    answered_at: datetime | None

    @property
    def is_answered(self) -> bool:
        """Say whether it has a reply that came no earlier than itself."""
        return self.at is not None and self.answered_at is not None and self.answered_at >= self.at


@dataclass(frozen=True)
class Delivery:
    """Messages that come in together at one moment."""

    at: datetime
    messages: tuple[Message, ...]


def messages_read(folder: Path, part: Part) -> list[Message]:
    """Return every row of a file, in its order."""
    with (folder / part.file).open(encoding="utf-8-sig") as file:
        return [_message(json.loads(line), part) for line in file if line.strip()]


def _message(row: Mapping[str, Any], part: Part) -> Message:
    names = part.columns
    support = row.get(names.support)
    return Message(
        key=f"{part.prefix}-{row.get(names.key)}",
        title=str(row.get(names.title) or ""),
        body=str(row.get(names.body) or ""),
        at_text=str(row.get(names.at) or ""),
        at=moment_read(row.get(names.at)),
        reporter=str(row.get(names.reporter) or ""),
        support_count=support if isinstance(support, int) and support > 0 else 0,
        answered_at=moment_read(row.get(names.answered)),
    )


def moment_read(text: object) -> datetime | None:
    """Return a moment in UTC of local time as text, None where it cannot be read.

    Example:
        >>> moment_read("2019-05-10 14:56:53")
        datetime.datetime(2019, 5, 10, 6, 56, 53, tzinfo=datetime.timezone.utc)
    """
    try:
        return datetime.fromisoformat(str(text).strip()).replace(tzinfo=CITY_ZONE).astimezone(UTC)
    except ValueError:
        return None


def deliveries(messages: Iterable[Message]) -> Iterator[Delivery]:
    """Deal messages out in order of time: those of one day come in together, with the last of them.

    A delivery ends early when one of its messages was answered before the next one came, so that nobody
    answers what has not come in. Rows without a moment come with the last delivery.
    """
    timed = sorted((one for one in messages if one.at), key=lambda one: (one.at, one.key))
    timeless = tuple(one for one in messages if one.at is None)
    group: list[Message] = []
    found: list[Delivery] = []
    for one in timed:
        if group and not _goes_with(group, one):
            found.append(_delivery(group))
            group = []
        group.append(one)
    if group:
        found.append(_delivery(group))
    if timeless:
        at = found[-1].at if found else datetime(2020, 1, 1, tzinfo=UTC)
        found.append(Delivery(at, timeless))
    yield from found


def _goes_with(group: list[Message], one: Message) -> bool:
    assert one.at and group[0].at
    same_day = day_of(one.at) == day_of(group[0].at)
    answers = [each.answered_at for each in group if each.is_answered and each.answered_at]
    return same_day and len(group) < DELIVERY_MOST and all(one.at <= answered for answered in answers)


def _delivery(group: list[Message]) -> Delivery:
    last = group[-1].at
    assert last
    return Delivery(last, tuple(group))


def closing_at(message: Message, part: Part, came_at: datetime) -> datetime:
    """Return when the matter of a message is closed: with its real reply, else some days after it came."""
    if message.is_answered and message.answered_at and message.answered_at >= came_at:
        return message.answered_at
    return came_at + timedelta(days=part.closed_after_days)
