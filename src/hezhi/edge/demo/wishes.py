"""People of the city who use the rights in their own data, with number and code, as ``rights.yml`` says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from hezhi.edge.demo.arrivals import Row
from hezhi.edge.demo.feeding import Forms
from hezhi.edge.demo.shapes import Wish
from hezhi.edge.demo.world import Plan
from hezhi.flow.rights import api as rights
from hezhi.flow.rights.contracts import RightKind
from hezhi.packkit import api as packkit


def plans(wishes: Sequence[Wish], rows: Sequence[Row], forms: Forms) -> Iterator[tuple[str, Plan]]:
    """Yield every wish whose report came in before it; no report is asked about twice."""
    taken: set[str] = set()
    for number, wish in enumerate(wishes):
        forms.city.stream(wish.pack, wish.stream)  # there is none: told, not passed over
        at = packkit.moment_of(wish.at)
        mine = [
            one for one in rows
            if (one.pack, one.stream) == (wish.pack, wish.stream) and one.at < at and one.values.get("contact_phone")
            and one.key not in taken and not set(one.tags) & {"broken", "resent"}
        ]  # fmt: skip
        if mine:
            row = max(mine, key=lambda one: one.at)
            taken.add(row.key)
            key = f"wish-{number}"
            yield key, Plan(at, f"0 {key}", partial(_ask, wish, row, forms, key))


def _ask(wish: Wish, row: Row, forms: Forms, key: str, plan: Plan) -> None:
    receipt = forms.send(row)  # the same form again tells number and code again
    asked = rights.Asked(RightKind(wish.right), wish.asks, wish.field, wish.value)
    rights.request_file(number=receipt.record.number, code=receipt.code, asked=asked, at=plan.at, key=key)
