"""Stored values equal, to the unit, what a plain count over an export of the ledger says."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.tests.factories import MONDAY, WELL, Lamps, moment, nothing_changes
from hezhi.flow.indicators import api as indicators
from hezhi.flow.indicators.models import Value
from hezhi.flow.outcomes import api as outcomes
from hezhi.spine.ledger import api as ledger

Told = dict[tuple[str, str, str, str], tuple[int, int, float | None]]


def lived(lamps: Lamps) -> None:
    """Let cases of two months be returned, closed in time and late, opened again, rated and left open."""
    late = moment("04-02 10:00")
    lamps.closed("post")
    rate(lamps, 5, MONDAY)
    lamps.closed("post", at=moment("03-04 09:00"))
    rate(lamps, 2, moment("03-05 09:00"))
    slow = lamps.handled("lamp", at=moment("03-03 09:00"))
    lamps.close(lamps.verify(lamps.submit(slow, at=late), at=late), at=late)
    bounced = lamps.opened("post", at=moment("03-10 09:00"))
    cases.case_return(
        case_id=bounced.id, reason="not_ours", note="不归我管", proposed_kind=WELL, by=lamps.lead(bounced),
        at=moment("03-10 10:00"),
    )  # fmt: skip
    again = lamps.closed("post", at=moment("03-11 09:00"))
    cases.case_reopen(
        case_id=again.id, reason="又坏了", by=lamps.by("supervisor"), at=moment("03-12 09:00")
    )  # not closed any more
    lamps.opened("nobody", at=late)


def rate(lamps: Lamps, stars: int, at: datetime) -> None:
    assert lamps.receipt is not None
    outcomes.rating_give(number=lamps.receipt.record.number, code=lamps.receipt.code, stars=stars, comment="", at=at)


def month(text: str) -> str:
    """Return the month in China of a moment as the ledger writes it."""
    return f"{datetime.fromisoformat(text) + timedelta(hours=8):%Y-%m}"


def counted(folder: Path) -> Told:
    """Count the lamp pack's four indicators from the export alone: no room, no rule of the house."""
    chains: dict[str, list[dict]] = defaultdict(list)
    for text in (folder / "lines.jsonl").read_text().splitlines():
        line = json.loads(text)
        if line["chain"].startswith("case:"):
            chains[line["chain"]].append(json.loads(line["payload"]))
    told: dict[tuple[str, str, str, str], list] = defaultdict(list)
    for lines in chains.values():
        opened = lines[0]
        open_body = opened["body"]
        lead, closing, stars, was_returned = open_body["lead"], None, [], False
        for one in lines:
            body = one["body"]
            if one["act"] in ("case.rule", "case.transfer"):
                lead = body["agency"]
            elif one["act"] == "case.return":
                was_returned, lead = True, body["owner"] if body["to"] == "dispatched" else None
            elif one["act"] == "case.close":
                closing = one
            elif one["act"] == "case.reopen":
                closing = None
            elif one["act"] == "record.rate":
                stars.append(body["stars"])
        groups = [("", ""), ("agency", str(lead or ""))]
        for by, group in groups:
            told["returned", month(opened["at"]), by, group].append(was_returned)
        if closing is None:
            continue
        closed_in = month(closing["at"])
        for by, group in (*groups, ("region", open_body["region"]), ("matter", open_body["matter"])):
            told["on_time", closed_in, by, group].append(closing["body"]["is_on_time"])
        spent = datetime.fromisoformat(closing["at"]) - datetime.fromisoformat(opened["at"])
        told["days", closed_in, "", ""].append(spent.total_seconds() / 86400)
        told["content", closed_in, "", ""] += [sum(stars) / len(stars) >= 4] if stars else []
    return {key: _value(key[0], found) for key, found in told.items()}


def _value(indicator: str, found: list) -> tuple[int, int, float | None]:
    if indicator == "days":
        return len(found), len(found), round(median(found), 4)
    if indicator == "returned":
        return sum(found), len(found), float(sum(found))
    return sum(found), len(found), sum(found) / len(found) if found else None


def stored() -> Told:
    return {
        (one.indicator, one.period, one.by, one.group): (one.numerator, one.denominator, one.value)
        for one in Value.objects.all()
    }


def test_stored_values_equal_a_plain_count_over_the_export(lamps: Lamps, tmp_path: Path) -> None:
    lived(lamps)

    count = indicators.indicators_recompute(at=moment("04-03 09:00"))

    ledger.ledger_export(folder=tmp_path)
    expected = counted(tmp_path)
    assert stored() == expected
    assert count == len(expected) == Value.objects.count()
    assert expected["on_time", "2026-03", "", ""] == (2, 2, 1.0)
    assert expected["on_time", "2026-04", "", ""] == (0, 1, 0.0)
    assert expected["returned", "2026-03", "", ""] == (1, 5, 1.0)
    assert expected["content", "2026-03", "", ""] == (1, 2, 0.5)


def test_recomputing_replaces_every_value_and_twice_gives_the_same(lamps: Lamps) -> None:
    lived(lamps)
    Value.objects.create(
        pack_id="gone", indicator="gone", period="2020-01", by="", group="", numerator=1, denominator=1, value=1,
        computed_at=MONDAY,
    )  # fmt: skip
    indicators.indicators_recompute(at=moment("04-03 09:00"))
    once = stored()

    indicators.indicators_recompute(at=moment("04-03 09:05"))

    assert stored() == once
    assert ("gone", "2020-01", "", "") not in once
    assert set(Value.objects.values_list("computed_at", flat=True)) == {moment("04-03 09:05")}


def test_computing_writes_nothing(lamps: Lamps) -> None:
    lived(lamps)

    with nothing_changes():
        values = indicators.indicators_compute()

    indicators.indicators_recompute(at=moment("04-03 09:00"))
    assert stored() == {
        (one.indicator, one.period, one.by, one.group): (one.numerator, one.denominator, one.value) for one in values
    }
