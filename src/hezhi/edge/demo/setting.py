"""Sets the stage for a replay: the city with its people looked up, its hours, its packs and all its deliveries."""

from __future__ import annotations

from dataclasses import dataclass

from hezhi.edge.demo.arrivals import Delivery, Planner
from hezhi.edge.demo.cast import Cast
from hezhi.edge.demo.city import City
from hezhi.edge.demo.errors import CityInvalid, CityMissing
from hezhi.edge.demo.feeding import Feeder, Forms, Receipts
from hezhi.edge.demo.hours import Hours
from hezhi.edge.demo.samples import samples_put
from hezhi.edge.demo.tokens import tokens_known
from hezhi.edge.demo.wishes import plans
from hezhi.edge.demo.world import Plan, World
from hezhi.kit.moments import city_moment
from hezhi.packkit import api as packkit
from hezhi.spine.calendar import api as calendar
from hezhi.spine.people import api as people


@dataclass
class Stage:
    city: City
    world: World
    feeder: Feeder
    deliveries: list[Delivery]
    wishes: list[tuple[str, Plan]]


def hours_of(city: City) -> dict[str, Hours]:
    """Return the city's opening hours by name, on the working calendar in force."""
    works = calendar.calendar_get()
    return {
        "office": Hours(city.file.office_hours, lambda on: calendar.is_working(works, on)),
        "duty": Hours(city.file.duty_hours, lambda on: True),
        "citizen": Hours(city.file.citizen_hours, lambda on: True),
    }


def stage_set(city: City) -> Stage:
    """Return everything a replay needs.

    Raises:
        CityMissing: the city was not loaded.
        CityInvalid: arrivals or behaviour name a pack that is not installed.
    """
    if not people.agencies_list(on=city.first_day):
        raise CityMissing()
    shelf = packkit.shelf()
    wanted = {one.pack for one in city.arrivals} | set(city.behaviours)
    if missing := sorted(wanted - set(shelf.ids())):
        raise CityInvalid(f"these packs are not installed or broken: {', '.join(missing)}")
    packs = {one: shelf.get(one) for one in sorted(wanted)}
    samples = samples_put(at=city_moment(city.first_day, 0))
    hours = hours_of(city)
    shapes = {(pack.id, record.id): record for pack in packs.values() for record in pack.records}
    planner = Planner(city, shapes, hours, samples)
    cast = Cast(city.dice, city.first_day)
    forms = Forms(city, cast, packs)
    receipts = Receipts((row for row in planner.rows if city.stream(row.pack, row.stream).door == "form"), forms)
    world = World(
        city=city.with_subjects(planner.subjects()), cast=cast, hours=hours, packs=packs, samples=samples,
        truths=planner.truths(), echoes=planner.echoes(), receipts=receipts,
    )  # fmt: skip
    wishes = list(plans(city.wishes, planner.rows, forms))
    return Stage(world.city, world, Feeder(forms, tokens_known(city)), planner.deliveries(), wishes)
