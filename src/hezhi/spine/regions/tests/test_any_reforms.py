"""Whatever reforms follow one another, the tree stays whole and old records stay findable."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hezhi.spine.permissions.api import path_covers
from hezhi.spine.regions import api
from hezhi.spine.regions.contracts import Level, SplitPart
from hezhi.spine.regions.models import Region, RegionLink
from hezhi.spine.regions.tests.factories import CITY, MAKER, OTHER_CITY, PROVINCE, tree_load

FIRST_DAY = date(2026, 3, 3)
Draw = st.DataObject


class Undo(Exception):
    """Ends an example, so that the next one starts with the same tree."""


@pytest.fixture
def tree(db: None) -> None:
    tree_load()


def decree(day: int) -> dict[str, object]:
    on = FIRST_DAY + timedelta(days=day)
    return {"on": on, "source": f"决定 {day}", "by": MAKER, "at": datetime.combine(on, time(4), UTC)}


def districts() -> list[str]:
    return sorted(Region.objects.filter(level=Level.DISTRICT, valid_to=None).values_list("code", flat=True))


def reform(data: Draw, day: int) -> None:
    """Do one random reform that is possible now, always with codes that were never used."""
    kind = data.draw(st.sampled_from(["split", "merge", "move", "rename", "recode"]))
    code = data.draw(st.sampled_from(districts()))
    row = api.region_get(code)
    city = row.parent_code
    new = f"{city[:4]}{20 + day:02}"
    if kind == "rename":
        api.region_rename(code=code, name=f"名{day}", **decree(day))
    elif kind == "recode":
        api.region_rename(code=code, name=f"名{day}", new_code=new, **decree(day))
    elif kind == "move":
        there = OTHER_CITY if city == CITY else CITY
        api.region_move(code=code, to_parent=there, new_code=f"{there[:4]}{20 + day:02}", **decree(day))
    elif kind == "split":
        children = [child.code for child in api.children(code)]
        goes = {child: data.draw(st.booleans()) for child in children}
        parts = [
            SplitPart(code, takes=tuple(child for child in children if not goes[child])),
            SplitPart(new, f"新{day}", takes=tuple(child for child in children if goes[child])),
        ]
        api.region_split(code=code, parts=parts, **decree(day))
    else:
        merge(data, code, city, new, day)


def merge(data: Draw, code: str, city: str, new: str, day: int) -> None:
    """Merge a district with another one: into a new one in the same city, into itself across cities."""
    partner = data.draw(st.sampled_from(districts()))
    if partner == code:
        return
    into = new if api.region_get(partner).parent_code == city else code
    coming = [one.code for root in {code, partner} - {into} for one in api.children(root)]
    codes = {one: f"{into}{500 + 20 * day + n:03}000" for n, one in enumerate(sorted(coming))}
    api.region_merge(codes=[code, partner], into=into, name=f"合{day}", child_codes=codes, **decree(day))


def check_tree() -> None:
    rows = {one.code: one for one in Region.objects.filter(valid_to=None)}
    assert len(rows) == Region.objects.filter(valid_to=None).count()
    for row in rows.values():
        parent = rows[row.parent_code].path + "." if row.parent_code else ""
        assert row.path == parent + row.code
    assert sum(row.level == Level.VILLAGE for row in rows.values()) == 4
    paths: dict[str, set[str]] = {}
    for code, path in Region.objects.values_list("code", "path"):
        paths.setdefault(code, set()).add(path)
    assert {len(found) for found in paths.values()} == {1}


class Land:
    """Where the land of each version lies today, followed link by link."""

    def __init__(self) -> None:
        self.versions = {one.id: one for one in Region.objects.all()}
        self.ahead: dict[int, list[int]] = {}
        for old, new in RegionLink.objects.values_list("old_id", "new_id"):
            self.ahead.setdefault(old, []).append(new)

    def heirs(self, version: int) -> set[str]:
        if version not in self.ahead:
            return {self.versions[version].path}
        return {path for one in self.ahead[version] for path in self.heirs(one)}

    def is_inside(self, version: Region, region: Region) -> bool:
        return all(path_covers(region.path, heir) for heir in self.heirs(version.id))


def check_covering(on: date) -> None:
    land = Land()
    today = [one for one in land.versions.values() if one.valid_to is None]
    ended = [one for one in land.versions.values() if one.valid_to is not None]
    covering = api.paths_covering([one.code for one in today], on=on)
    for old in ended:
        assert {row.path for row in api.successors(old.code, as_of=old.valid_to)} == land.heirs(old.id)
        # A path covers what was filed below it, so what lies inside brings along all it ever contained.
        around = [one for one in ended if path_covers(one.path, old.path)]
        for region in today:
            covered = any(path_covers(path, old.path) for path in covering[region.code])
            keeps_code = path_covers(region.path, old.path)
            expected = keeps_code or any(land.is_inside(one, region) for one in around)
            assert covered == expected, (region.path, old.path)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_reforms_leave_a_whole_tree(tree: None, data: Draw) -> None:
    with pytest.raises(Undo), transaction.atomic():
        steps = data.draw(st.integers(1, 5))
        for day in range(steps):
            reform(data, day)
            check_tree()
        check_covering(FIRST_DAY + timedelta(days=steps))
        assert {one.code for one in api.children("")} == {PROVINCE}
        raise Undo
