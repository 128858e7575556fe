"""Bulk loading of agencies, posts and people, e.g. from a city's own lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db.models import Q

from hezhi.kit.moments import day_of
from hezhi.spine.guard import api as guard
from hezhi.spine.people import rules
from hezhi.spine.people.accounts import contact_findings
from hezhi.spine.people.commands import name_findings, require_manager, told
from hezhi.spine.people.contracts import AgencySeed, OfficerSeed, PeopleCount, Role
from hezhi.spine.people.errors import PeopleInvalid
from hezhi.spine.people.models import Account, Agency, Holding, Person, Post
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import api as regions


@guard.act
def people_load(
    *, agencies: Sequence[AgencySeed], officers: Sequence[OfficerSeed], from_on: date, by: Actor, at: datetime
) -> PeopleCount:
    """Add what is missing of agencies, posts, people, accounts and holdings, in a handful of queries.

    Agencies are known by their code, people by their username. Loading the same lists again adds
    nothing. Accounts that are given one password share its hash: hashing is slow on purpose, and a
    list with a common password keeps no secret anyway.

    Args:
        from_on: first day of new holdings; new agencies are valid since nobody knows when.

    Raises:
        PeopleInvalid: something does not fit; every finding at once, and nothing is loaded.
        NotAllowed: the actor may not manage accounts.
    """
    require_manager(by)
    paths = _paths(agencies, officers, day_of(at))
    findings: list[str] = []
    new_agencies, agency_of = _agencies(agencies, paths, findings)
    _check_officers(officers, agency_of, paths, findings)
    if findings:
        raise PeopleInvalid(findings=tuple(findings))
    _insert_agencies(agencies, new_agencies, agency_of)
    new_posts, post_of = _posts(officers, agency_of)
    new_people, person_of = _people(officers)
    new_holdings = _holdings(officers, agency_of, post_of, person_of, from_on)
    count = PeopleCount(len(new_agencies), new_posts, new_people, new_holdings)
    if any((count.agencies, count.posts, count.people, count.holdings)):
        body = {
            "agencies": sorted(new_agencies), "posts": count.posts, "people": count.people,
            "holdings": count.holdings, "from_on": from_on,
        }  # fmt: skip
        told("people.load", body, by, at)
    return count


def _paths(agencies: Sequence[AgencySeed], officers: Sequence[OfficerSeed], on: date) -> dict[str, str]:
    codes = {one.region_code for one in agencies} | {one.region_code for one in officers if one.region_code}
    return {code: row.path for code, row in regions.regions_get(codes, on=on).items()}


def _agencies(
    seeds: Sequence[AgencySeed], paths: dict[str, str], findings: list[str]
) -> tuple[list[str], dict[str, Agency]]:
    """Return the codes of agencies to add, and ``code -> agency`` for these (unsaved) and for known ones."""
    known = {one.code: one for one in Agency.objects.all()}
    places = {(one.kind, one.region_code): one.code for one in known.values() if one.valid_to is None}
    new: dict[str, Agency] = {}
    for seed in seeds:
        findings += _agency_findings(seed, known.get(seed.code), paths)
        if seed.code in new:
            findings.append(f"{seed.code}: stands twice in the list")
        other = places.setdefault((seed.kind, seed.region_code), seed.code)
        if other != seed.code:
            findings.append(f"{seed.code}: {other} is the agency of kind {seed.kind} in {seed.region_code} already")
        if seed.code not in known:
            new[seed.code] = Agency(
                code=seed.code, name=seed.name.strip(), kind=seed.kind, region_code=seed.region_code,
                region_path=paths.get(seed.region_code, ""),
            )  # fmt: skip
    every = {**known, **new}
    findings += [
        f"{seed.code}: there is no agency {seed.parent_code}, its parent"
        for seed in seeds
        if seed.parent_code and seed.parent_code not in every
    ]
    return list(new), every


def _agency_findings(seed: AgencySeed, known: Agency | None, paths: dict[str, str]) -> list[str]:
    findings = name_findings(seed.name, 100, seed.code)
    if not rules.CODE.fullmatch(seed.code):
        findings.append(f"{seed.code}: a code has only small letters, digits, . _ -")
    if not rules.KIND.fullmatch(seed.kind):
        findings.append(f"{seed.code}: '{seed.kind}' is no word of small letters, digits and _")
    if seed.region_code not in paths:
        findings.append(f"{seed.code}: there is no region {seed.region_code}")
    if known and (known.name, known.kind, known.region_code) != (seed.name.strip(), seed.kind, seed.region_code):
        findings.append(f"{seed.code}: is known as {known.name}, {known.kind} of {known.region_code}")
    if known and known.valid_to is not None:
        findings.append(f"{seed.code}: ended on {known.valid_to}")
    return findings


def _insert_agencies(seeds: Sequence[AgencySeed], new: list[str], agency_of: dict[str, Agency]) -> None:
    Agency.objects.bulk_create([agency_of[code] for code in new])
    with_parent = [seed for seed in seeds if seed.code in set(new) and seed.parent_code]
    for seed in with_parent:
        agency_of[seed.code].parent_id = agency_of[seed.parent_code].id
    Agency.objects.bulk_update([agency_of[seed.code] for seed in with_parent], ["parent_id"])


def _check_officers(
    officers: Sequence[OfficerSeed], agency_of: dict[str, Agency], paths: dict[str, str], findings: list[str]
) -> None:
    names: dict[str, str] = dict(
        Account.objects.filter(username__in={one.username for one in officers}, person__isnull=False).values_list(
            "username", "person__name"
        )
    )
    for one in officers:
        findings += [f"{one.username}: {wrong}" for wrong in contact_findings(one.username, one.email, one.phone)]
        findings += name_findings(one.name, 60, one.username)
        known = names.setdefault(one.username, one.name.strip())
        if known != one.name.strip():
            findings.append(f"{one.username}: is the account of {known}, not of {one.name}")
        agency = agency_of.get(one.agency_code)
        if agency is None:
            findings.append(f"{one.username}: there is no agency {one.agency_code}")
        elif one.region_code and not permissions.path_covers(agency.region_path, paths.get(one.region_code, "")):
            findings.append(
                f"{one.username}: {one.region_code} does not lie in {agency.region_code}, the agency's region"
            )
        if one.role not in set(Role):
            findings.append(f"{one.username}: '{one.role}' is no role")


def _post_key(one: OfficerSeed, agency_of: dict[str, Agency]) -> tuple[int, str, str, str]:
    return agency_of[one.agency_code].id, Role(one.role).value, one.title.strip(), one.region_code


def _posts(
    officers: Sequence[OfficerSeed], agency_of: dict[str, Agency]
) -> tuple[int, dict[tuple[int, str, str, str], Post]]:
    wanted: dict[tuple[int, str, str, str], bool] = {}
    for one in officers:
        key = _post_key(one, agency_of)
        wanted[key] = wanted.get(key, False) or one.is_head
    there = Post.objects.filter(agency_id__in={key[0] for key in wanted})
    posts = {(one.agency_id, one.role, one.title, one.region_code): one for one in there}
    new = [
        Post(agency_id=agency, role=role, title=title, region_code=region, is_head=wanted[agency, role, title, region])
        for agency, role, title, region in wanted
        if (agency, role, title, region) not in posts
    ]
    for post in Post.objects.bulk_create(new):
        posts[(post.agency_id, post.role, post.title, post.region_code)] = post
    return len(new), posts


def _people(officers: Sequence[OfficerSeed]) -> tuple[int, dict[str, int]]:
    """Return how many people are new, and ``username -> person id``."""
    accounts = {one.username: one for one in Account.objects.filter(username__in={one.username for one in officers})}
    first: dict[str, OfficerSeed] = {}
    for one in officers:
        first.setdefault(one.username, one)
    lacking = [one for name, one in first.items() if name not in accounts or accounts[name].person_id is None]
    people = Person.objects.bulk_create(Person(name=one.name.strip()) for one in lacking)
    hashes = {password: make_password(password or None) for password in {one.password for one in lacking}}
    new, joined = [], []
    for one, person in zip(lacking, people, strict=True):
        account = accounts.get(one.username)
        if account is None:
            new.append(Account(
                username=one.username, email=one.email, phone=one.phone, person=person, password=hashes[one.password]
            ))  # fmt: skip
        else:
            account.person = person
            joined.append(account)
    for account in [*Account.objects.bulk_create(new), *joined]:
        accounts[account.username] = account
    Account.objects.bulk_update(joined, ["person"])
    return len(people), {name: accounts[name].person_id for name in first}


def _holdings(
    officers: Sequence[OfficerSeed],
    agency_of: dict[str, Agency],
    post_of: dict[tuple[int, str, str, str], Post],
    person_of: dict[str, int],
    from_on: date,
) -> int:
    wanted = {(person_of[one.username], post_of[_post_key(one, agency_of)].id) for one in officers}
    still = Q(to_on__isnull=True) | Q(to_on__gte=from_on)
    there = set(Holding.objects.filter(still, person_id__in=person_of.values()).values_list("person_id", "post_id"))
    new = [Holding(person_id=person, post_id=post, from_on=from_on) for person, post in sorted(wanted - there)]
    Holding.objects.bulk_create(new)
    return len(new)
