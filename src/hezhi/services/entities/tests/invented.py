"""Invented people whose records were written down by several hands; no name here is anybody's."""

from __future__ import annotations

import random
from collections.abc import Iterator

FAMILIES = "单仇解区曾朴查盖缪乐"
GIVEN = "禾穗苗芽枝叶根茎花果"
STREETS = ["稻香路", "麦田街", "谷仓巷", "豆棚里", "瓜架弄"]
Person = dict[str, object]


def people(count: int, seed: int) -> Iterator[tuple[int, Person]]:
    """Yield ``(true person, record)``; a third of the people come twice, some of them three times, with slips."""
    dice = random.Random(seed)
    for number in range(count):
        person: Person = {
            "name": dice.choice(FAMILIES) + dice.choice(GIVEN) + dice.choice(GIVEN),
            "born": f"{dice.randint(1940, 2008)}-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}",
            "phone": f"1540{dice.randrange(10**7):07d}",
            "address": f"{dice.choice(STREETS)}{dice.randint(1, 99)}号{dice.randint(1, 30)}室",
            "number": f"N{number}" if dice.random() < 0.5 else None,
        }
        yield number, person
        for _ in range(dice.choice((0, 0, 0, 1, 1, 2))):
            yield number, slipped(person, dice)


def slipped(person: Person, dice: random.Random) -> Person:
    """Return the same person as another hand writes it down."""
    again = dict(person)
    name, born = str(person["name"]), str(person["born"])
    if dice.random() < 0.2:
        again["name"] = name[:2] + dice.choice(GIVEN)
    if dice.random() < 0.2:
        again["born"] = f"{born[:4]}-{born[8:]}-{born[5:7]}"
    if dice.random() < 0.3:
        again["phone"] = None
    if dice.random() < 0.5:
        again["number"] = None
    return again
