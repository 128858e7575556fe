"""People of the city use every right in their own data, each in a report of their own that had come in before."""

from __future__ import annotations

from hezhi.edge.demo.city import city_read
from hezhi.edge.demo.tests.test_city import planner_of
from hezhi.edge.demo.wishes import plans
from hezhi.flow.rights.contracts import RightKind
from hezhi.packkit import api as packkit
from hezhi.project.options import ROOT


class FormsOf:
    """Forms that only know their city."""

    def __init__(self, city) -> None:
        self.city = city


def test_every_right_is_used_and_no_report_is_asked_about_twice() -> None:
    city = city_read(ROOT / "city")
    found = list(plans(city.wishes, planner_of(city).rows, FormsOf(city)))  # type: ignore[arg-type]

    assert [key for key, _ in found] == [f"wish-{number}" for number in range(len(city.wishes))]
    rows = [plan.do.args[1] for _, plan in found]
    assert len({row.key for row in rows}) == len(rows)
    assert all(row.at < plan.at and row.values["contact_phone"] for row, (_, plan) in zip(rows, found, strict=True))
    assert {wish.right for wish in city.wishes} == set(RightKind)
    assert all(packkit.moment_of(wish.at) == plan.at for wish, (_, plan) in zip(city.wishes, found, strict=True))
