"""Hands messages in through the door of intake, and accounts for every one of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hezhi.edge.real.messages import Delivery, Message, deliveries
from hezhi.edge.real.plan import Part, Plan
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Counts, RecordFilter, RecordRow, RecordState
from hezhi.packkit.shape import Pack, Record
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("real")
PAGE = 500


@dataclass(frozen=True)
class Taken:
    """What became of one file. ``reasons``: (state, field, rule) of what was refused or held → rows.

    ``records``: the accepted ones by key.
    """

    part: Part
    handed_in: int
    counts: Counts
    reasons: Counter[tuple[str, str, str]]
    records: dict[str, RecordRow]

    @property
    def unaccounted(self) -> int:
        """Return rows of the file of which nobody can say what became; 0 means that none was lost."""
        return abs(self.handed_in - self.counts.rows) + abs(self.counts.unaccounted)


def part_take(
    plan: Plan, part: Part, messages: Sequence[Message], pack: Pack, region: str, *, on_taken: Callable[[int], None]
) -> Taken:
    """Hand in one file, delivery by delivery, and count."""
    shape = pack.record(plan.kind)
    totals: Counter[str] = Counter()
    first = min((one.at for one in messages if one.at), default=None)
    if first is not None:
        intake.source_create(code=part.source, name=part.source, pack_id=plan.pack, kind=plan.kind, by=HOUSE, at=first)
    for number, delivery in enumerate(deliveries(messages), start=1):
        content = _content(plan, delivery, shape, region)
        report = intake.batch_take(
            source=part.source, content=content, name=f"{part.source}-{number}.jsonl", format="jsonl",
            by=HOUSE, at=delivery.at,
        )  # fmt: skip
        totals.update(
            {name: getattr(report.counts, name) for name in ("rows", "accepted", "refused", "held", "repeated")}
        )
        on_taken(len(delivery.messages))
    found = _records(part.source)
    reasons = Counter(
        (one.state.value, finding.field, finding.rule)
        for one in found
        for finding in one.findings
        if one.state is not RecordState.ACCEPTED and finding.stops
    )
    accepted = {one.source_key: one for one in found if one.state is RecordState.ACCEPTED and one.revises_id is None}
    return Taken(part, len(messages), Counts(**totals), reasons, accepted)


def _content(plan: Plan, delivery: Delivery, shape: Record, region: str) -> bytes:
    lines = [
        {
            shape.key: one.key,
            shape.place: region,
            shape.happened: one.at_text,  # read by intake itself
            plan.title: one.title,
            **({shape.text: one.body} if shape.text else {}),
            **plan.given,
        }
        for one in delivery.messages
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def _records(source: str) -> list[RecordRow]:
    found: list[RecordRow] = []
    cursor = ""
    while True:
        page = intake.record_page(by=HOUSE, wanted=RecordFilter(source=source), cursor=cursor, size=PAGE)
        found += page.rows
        cursor = page.next_cursor
        if not cursor:
            return found
