"""Works out which agencies, posts and people the city has, before anything is written. Plain Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hezhi.edge.demo.city import City, Place
from hezhi.edge.demo.errors import CityInvalid
from hezhi.edge.demo.shapes import Account, AgencyPlan, Kind, Post


@dataclass(frozen=True)
class Seat:
    """One post and those who hold it. ``region`` is empty where the agency's own region counts."""

    role: str
    title: str
    region: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Office:
    """One agency to be. ``code`` is made of kind and region, so it is the same every time."""

    code: str
    name: str
    kind: str
    region: str
    parent: str  # code of the agency of the same kind above, empty when there is none
    seats: tuple[Seat, ...]


def offices(city: City) -> list[Office]:
    """Return every agency of the city, those above first, with named people on its posts."""
    found = list(_offices(city))
    _accounts_check(city, found)
    return found


def _offices(city: City) -> Iterator[Office]:
    taken: set[str] = set()
    for kind in city.kinds:
        plan = city.agencies.kinds.get(kind.id)
        for place in city.tree:
            if place.level not in kind.levels:
                continue
            code = f"{kind.id}-{place.code}"
            yield Office(
                code=code,
                name=_name(plan or city.agencies.default, city.agencies.default, kind, place),
                kind=kind.id,
                region=place.code,
                parent=_parent(city, kind, place),
                seats=tuple(_seats(city, plan, code, place, taken)),
            )


def _name(plan: AgencyPlan, default: AgencyPlan, kind: Kind, place: Place) -> str:
    for ending, pattern in {**default.name, **plan.name}.items():
        if ending and place.name.endswith(ending):
            return pattern.format(region=place.name, label=kind.label.zh)
    return plan.name.get("", default.name[""]).format(region=place.name, label=kind.label.zh)


def _parent(city: City, kind: Kind, place: Place) -> str:
    for code in city.above(place.code)[1:]:
        if city.by_code[code].level in kind.levels:
            return f"{kind.id}-{code}"
    return ""


def _seats(city: City, plan: AgencyPlan | None, code: str, place: Place, taken: set[str]) -> Iterator[Seat]:
    default = city.agencies.default.posts[""]
    posts = default if plan is None else plan.posts.get(place.level) or plan.posts.get("") or default
    for post in posts:
        for region in _regions(city, post, place):
            words = [(code, post.role, region, number) for number in range(post.people)]
            yield Seat(post.role, post.title, region, tuple(_person(city, one, taken) for one in words))


def _regions(city: City, post: Post, place: Place) -> list[str]:
    if post.per == "agency":
        return [""]
    return [one.code for one in city.of_level("village", below=place.code)]


def _person(city: City, words: tuple[object, ...], taken: set[str]) -> str:
    """Return a name nobody else in the city has; two people of one name would only confuse readers."""
    for attempt in range(1000):
        family = city.dice.one_of(city.names.family, "family", attempt, *words)
        name = family + city.dice.one_of(city.names.given, "given", attempt, *words)
        if name not in taken:
            taken.add(name)
            return name
    raise CityInvalid("names.yml: there are not enough names for everybody")


def holder(offices: list[Office], account: Account) -> tuple[Office, str] | None:
    """Return the office and the name of the person an account is for."""
    for office in offices:
        if office.kind == account.kind and office.region == account.region:
            names = [name for seat in office.seats if seat.role == account.role for name in seat.names]
            if account.number < len(names):
                return office, names[account.number]
    return None


def _accounts_check(city: City, found: list[Office]) -> None:
    findings = tuple(
        f"agencies.yml: account {one.username}: no {one.role} number {one.number} at {one.kind} {one.region}"
        for one in city.agencies.accounts
        if holder(found, one) is None
    )
    if findings:
        raise CityInvalid(findings=findings)


def people_count(found: list[Office]) -> Mapping[str, int]:
    """Return how many people hold posts, by role."""
    counts: dict[str, int] = {}
    for office in found:
        for seat in office.seats:
            counts[seat.role] = counts.get(seat.role, 0) + len(seat.names)
    return counts
