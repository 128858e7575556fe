"""Hot issues: clusters of messages about one thing, found in one sweep through time."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hezhi.services.text.contracts import HotIssue, Message
from hezhi.services.text.tokens import persons_named, telling_words

DENSE_DAYS = 7
SEEDS = 12  # strongest words of a message by which candidate clusters are looked up
KEYWORDS = 6

Vector = dict[str, float]
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass
class _Cluster:
    number: int
    members: list[Message] = field(default_factory=list)
    total: Vector = field(default_factory=dict)
    places: Counter[str] = field(default_factory=Counter)
    last_at: datetime | None = None

    def take(self, message: Message, vector: Vector) -> None:
        self.members.append(message)
        for word, weight in vector.items():
            self.total[word] = self.total.get(word, 0.0) + weight
        if message.place:
            self.places[message.place] += 1
        self.last_at = message.at


def hot_issues(
    messages: Iterable[Message],
    *,
    window_days: int = 60,
    alike_share: float = 0.22,
    other_place_share: float = 0.40,
    at_least: int = 3,
) -> tuple[HotIssue, ...]:
    """Group messages that concern one thing, the hottest group first.

    Messages are taken in order of time. Each joins the group it is most like, if the likeness (cosine of
    tf-idf word vectors, message against the sum of the group) reaches ``alike_share``; otherwise it opens
    a group of its own. A group that stayed silent for ``window_days`` takes no more messages. Where both
    the place of the message and the places of the group are known and differ, the likeness must reach
    ``other_place_share``. Every text gives the same groups in whatever order the messages are handed in.

    The heat of a group is a sum anyone can recompute::

        reporters in its densest seven days + half of the other reporters + a tenth of all backers

    A reporter counts once per group however often they write.

    Args:
        window_days: above 0.
        alike_share, other_place_share: 0–1.
        at_least: smallest number of different reporters that makes a group worth a warning, above 0.

    Returns:
        Groups by falling heat, then by their first message; a message is in at most one.
    """
    ordered = sorted(messages, key=lambda message: (message.at, message.id))
    words = [telling_words(message.text) for message in ordered]
    spread = Counter(word for one in words for word in set(one))
    clusters = _grouped(ordered, _vectors(words, spread), timedelta(days=window_days), alike_share, other_place_share)
    issues = (_issue(cluster) for cluster in clusters)
    found = [issue for issue in issues if issue.reporter_count >= at_least]
    return tuple(sorted(found, key=lambda issue: (-issue.heat, issue.first_at, issue.members[0])))


def _vectors(texts: Sequence[Sequence[str]], spread: Counter[str]) -> list[Vector]:
    """Return one unit vector per text. Words that a fifth of many texts use say nothing and are left out."""
    common = max(20, len(texts) // 5)
    rarity = {word: math.log(1 + len(texts) / count) for word, count in spread.items() if count <= common}
    counted = ([(word, n) for word, n in Counter(text).items() if word in rarity] for text in texts)
    return [_unit({word: (1 + math.log(n)) * rarity[word] for word, n in counts}) for counts in counted]


def _unit(vector: Vector) -> Vector:
    length = math.sqrt(math.fsum(weight * weight for weight in vector.values()))
    return {word: weight / length for word, weight in vector.items()} if length else {}


def _grouped(
    messages: Sequence[Message], vectors: Sequence[Vector], window: timedelta, alike: float, elsewhere: float
) -> list[_Cluster]:
    clusters: list[_Cluster] = []
    index: dict[str, set[int]] = defaultdict(set)  # strong word -> numbers of groups that may still grow
    for message, vector in zip(messages, vectors, strict=True):
        seeds = sorted(vector, key=lambda word: (-vector[word], word))[:SEEDS]
        near = _nearest(message, vector, seeds, clusters, index, window, alike, elsewhere)
        if near is None:
            near = _Cluster(number=len(clusters))
            clusters.append(near)
        near.take(message, vector)
        for word in seeds:
            index[word].add(near.number)
    return clusters


def _nearest(
    message: Message,
    vector: Vector,
    seeds: Sequence[str],
    clusters: Sequence[_Cluster],
    index: dict[str, set[int]],
    window: timedelta,
    alike: float,
    elsewhere: float,
) -> _Cluster | None:
    best: tuple[float, int] | None = None
    for number in sorted({number for word in seeds for number in index[word]}):
        cluster = clusters[number]
        assert cluster.last_at is not None
        if message.at - cluster.last_at > window:
            for word in seeds:  # too old to grow: forget it, so that the lookup stays short
                index[word].discard(number)
            continue
        is_elsewhere = bool(message.place and cluster.places and message.place not in cluster.places)
        likeness = _cosine(vector, cluster.total)
        if likeness >= (elsewhere if is_elsewhere else alike) and (best is None or likeness > best[0]):
            best = (likeness, number)
    return None if best is None else clusters[best[1]]


def _cosine(unit: Vector, total: Vector) -> float:
    length = math.sqrt(math.fsum(weight * weight for weight in total.values()))
    return math.fsum(weight * total[word] for word, weight in unit.items() if word in total) / length if length else 0.0


def _issue(cluster: _Cluster) -> HotIssue:
    members = cluster.members
    first_at, last_at = members[0].at, members[-1].at
    reporters = {_reporter(message) for message in members}
    dense_count = max(_reporters_from(members, start) for start in range(len(members)))
    support_count = sum(message.support_count for message in members)
    return HotIssue(
        members=tuple(message.id for message in members),
        keywords=_keywords(cluster),
        places=tuple(sorted(cluster.places, key=lambda place: (-cluster.places[place], place))),
        first_at=first_at,
        last_at=last_at,
        span_days=max(1, math.ceil((last_at - first_at) / timedelta(days=1))),
        reporter_count=len(reporters),
        support_count=support_count,
        heat=dense_count + (len(reporters) - dense_count) / 2 + support_count / 10,
    )


def _reporter(message: Message) -> str:
    return message.reporter or f"#{message.id}"


def _reporters_from(members: Sequence[Message], start: int) -> int:
    """Return how many reporters wrote within the seven days that begin with member ``start``."""
    end = members[start].at + timedelta(days=DENSE_DAYS)
    return len({_reporter(message) for message in members[start:] if message.at < end})


def _is_in(word: str, names: frozenset[str]) -> bool:
    return any(word in name for name in names)


def _keywords(cluster: _Cluster) -> tuple[str, ...]:
    """Return the heaviest words that at least half of the members use, names of persons left out."""
    spread = Counter(word for message in cluster.members for word in set(telling_words(message.text)))
    persons = persons_named(message.text for message in cluster.members)
    shared = [
        word
        for word in cluster.total
        if 2 * spread[word] >= len(cluster.members) and _HAN.search(word) and not _is_in(word, persons)
    ]
    return tuple(sorted(shared, key=lambda word: (-cluster.total[word], word))[:KEYWORDS])
