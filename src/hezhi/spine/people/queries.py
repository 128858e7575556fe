"""Reads: who acts, which agency is nearest, who is on a post. The number of queries stands with each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from hezhi.kit.moments import day_of
from hezhi.spine.people import rules
from hezhi.spine.people.contracts import AccountRow, AgencyRow, Contact, DutyRow, PersonRow, PostRow, Role
from hezhi.spine.people.errors import AccountClosed, AccountNotFound, AgencyNotFound, PersonNotFound
from hezhi.spine.people.models import Account, Agency, Duty, Glass, Holding, Person, Post, Recusal
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.reads.api import FixedRead, any_of
from hezhi.spine.regions import api as regions


def agency_row(agency: Agency) -> AgencyRow:
    return AgencyRow(agency.id, agency.code, agency.name, agency.kind, agency.region_code, agency.region_path)


def post_row(post: Post) -> PostRow:
    return PostRow(
        post.id,
        post.agency_id,
        Role(post.role),
        post.title,
        post.region_code or post.agency.region_code,
        post.is_head,
    )


def duty_row(duty: Duty) -> DutyRow:
    return DutyRow(duty.id, duty.agency_id, Role(duty.role), duty.person_id, duty.from_at, duty.to_at)


def account_row(account: Account) -> AccountRow:
    return AccountRow(account.id, account.username, account.person_id, account.is_active)


def existing_q(on: Any, prefix: str = "") -> Q:
    """Return the condition that an agency exists on the day ``on``; ``prefix`` leads to the agency."""
    return (Q(**{f"{prefix}valid_from__isnull": True}) | Q(**{f"{prefix}valid_from__lte": on})) & (
        Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gte": on})
    )


def agency_get(agency_id: int) -> AgencyRow:
    """Return an agency, whether or not it still exists. One query.

    Raises:
        AgencyNotFound: there is none with this id.
    """
    agency = Agency.objects.filter(id=agency_id).first()
    if agency is None:
        raise AgencyNotFound(agency=agency_id)
    return agency_row(agency)


def agencies_get(agency_ids: Collection[int]) -> dict[int, AgencyRow]:
    """Return ``id -> agency``, for pages that show many; unknown ids are missing. One query."""
    return {one.id: agency_row(one) for one in Agency.objects.filter(id__in=set(agency_ids))}


def agency_by_code(code: str) -> AgencyRow:
    """Return the agency with this code. One query.

    Raises:
        AgencyNotFound: there is none.
    """
    agency = Agency.objects.filter(code=code).first()
    if agency is None:
        raise AgencyNotFound(agency=code)
    return agency_row(agency)


def agencies_of_kind(kind: str, *, on: date) -> list[AgencyRow]:
    """Return all agencies of a kind that exist on the day, ordered by region path. One query."""
    return [agency_row(one) for one in Agency.objects.filter(existing_q(on), kind=kind).order_by("region_path", "id")]


def agencies_list(*, on: date) -> list[AgencyRow]:
    """Return all agencies that exist on the day, ordered by region path and kind. One query."""
    return [agency_row(one) for one in Agency.objects.filter(existing_q(on)).order_by("region_path", "kind", "id")]


def agencies_find(*, kinds: Collection[str], region_code: str, on: date) -> dict[str, AgencyRow]:
    """Return ``kind -> agency`` as ``agency_find`` would for each kind; kinds without one are missing.

    Two queries, however many kinds.
    """
    if not region_code or not kinds:
        return {}
    codes = regions.codes_in(regions.standing_path(region_code, on=on))
    found = Agency.objects.filter(existing_q(on), kind__in=set(kinds), region_code__in=codes)
    return {one.kind: agency_row(one) for one in sorted(found, key=lambda one: len(one.region_path))}


def agency_find(*, kind: str, region_code: str, on: date) -> AgencyRow | None:
    """Return the nearest agency of a kind: of the region itself, else of the region above, and so on.

    For a region that ended, the search starts at the smallest region of today that holds all its land.
    A place that is not known (empty code) has no agency. Two queries.

    Raises:
        RegionNotFound: there is no such region on that day.
    """
    return agencies_find(kinds=[kind], region_code=region_code, on=on).get(kind)


def agency_for_role(*, role: Role, region_code: str, at: datetime) -> AgencyRow | None:
    """Return the agency whose holder of a post with ``role`` is nearest to a region, or None.

    Only posts that somebody holds at that moment count. Two queries.

    Raises:
        RegionNotFound: there is no such region on that day.
    """
    if not region_code:
        return None
    on = day_of(at)
    codes = regions.codes_in(regions.standing_path(region_code, on=on))
    holdings = _holders_near.all(on=on, role=role, codes=list(codes))
    if not holdings:
        return None

    def nearness(holding: Holding) -> tuple[int, int]:
        return codes.index(holding.post.region_code or holding.post.agency.region_code), -holding.post.agency_id

    return agency_row(max(holdings, key=nearness).post.agency)


def on_q(on: Any) -> Q:
    """Return the condition that a holding holds on the day ``on``."""
    return Q(Q(to_on__isnull=True) | Q(to_on__gte=on), from_on__lte=on)


Holdings = QuerySet[Holding]


def held_on(on: Any) -> QuerySet[Holding]:
    """Holdings of the day, main post first: the one held longest."""
    return (
        Holding.objects.filter(on_q(on))
        .filter(existing_q(on, "post__agency__"))
        .select_related("person", "post__agency")
        .order_by("from_on", "id")
    )


_staff = FixedRead(lambda given: held_on(given("on")).filter(post__agency_id=given("agency_id")))
_holders = FixedRead(
    lambda given: held_on(given("on")).filter(post__agency_id=given("agency_id"), post__role=given("role"))
)
_holders_near = FixedRead(
    lambda given: held_on(given("on")).filter(
        Q(any_of("post__region_code", given("codes")))
        | Q(any_of("post__agency__region_code", given("codes")), post__region_code=""),
        post__role=given("role"),
    )
)


def _person_row(holding: Holding) -> PersonRow:
    post = holding.post
    return PersonRow(holding.person_id, holding.person.name, post.agency_id, post.agency.name, Role(post.role), post.id)


def person_get(person_id: int, *, at: datetime | None = None, agency_id: int | None = None) -> PersonRow:
    """Return a person on the main post at that moment: the one held longest. One query.

    Args:
        at: None takes the post held last, even if it has ended: for showing who somebody is. Whoever
            gives work to a person asks with a moment.
        agency_id: look only at posts of this agency, for a person may hold posts in several.

    Raises:
        PersonNotFound: no such person, or on no (such) post then.
    """
    if at is not None:
        holdings = held_on(day_of(at))
    else:
        last_first = F("to_on").desc(nulls_first=True)
        holdings = Holding.objects.select_related("person", "post__agency").order_by(last_first, "from_on", "id")
    mine = holdings.filter(person_id=person_id)
    holding = (mine if agency_id is None else mine.filter(post__agency_id=agency_id)).first()
    if holding is None:
        raise PersonNotFound(person=person_id)
    return _person_row(holding)


def person_posts(person_id: int, *, at: datetime) -> list[PersonRow]:
    """Return one row per post a person holds at that moment, main post first. One query."""
    return [_person_row(one) for one in held_on(day_of(at)).filter(person_id=person_id)]


def person_names(person_ids: Collection[int]) -> dict[int, str]:
    """Return ``id -> name``, posts or not, as timelines need it; unknown ids are missing. One query."""
    return dict(Person.objects.filter(id__in=set(person_ids)).values_list("id", "name"))


def contact_get(person_id: int) -> Contact:
    """Return how a person is reached: by the first open account that says so. One query."""
    return contacts_get([person_id])[person_id]


def contacts_get(person_ids: Collection[int]) -> dict[int, Contact]:
    """Return ``id -> contact`` as ``contact_get`` would for each, nobody missing. One query."""
    found = dict.fromkeys(person_ids, Contact("", ""))
    open_accounts = Account.objects.filter(person_id__in=set(person_ids), is_active=True).order_by("id")
    for person_id, *own in open_accounts.values_list("person_id", "email", "phone", "wants_mail", "wants_sms"):
        known, mine = found[person_id], Contact(*own)
        found[person_id] = Contact(
            known.email or mine.email,
            known.phone or mine.phone,
            known.wants_mail or mine.wants_mail,
            known.wants_sms or mine.wants_sms,
        )
    return found


def officers(*, agency_id: int, at: datetime, role: Role | None = None) -> list[PersonRow]:
    """Return who holds a post of ``role`` (None: any post) in an agency, longest on it first. One query."""
    on = day_of(at)
    held = _holders.all(on=on, agency_id=agency_id, role=role) if role else _staff.all(on=on, agency_id=agency_id)
    return [_person_row(one) for one in held]


def holders_of(*, roles: Collection[Role], at: datetime) -> list[PersonRow]:
    """Return everybody who holds a post of one of these roles anywhere, once per post. One query."""
    return [_person_row(one) for one in held_on(day_of(at)).filter(post__role__in=roles)]


def on_duty(*, agency_id: int, role: Role, at: datetime) -> PersonRow | None:
    """Return who is on duty for a role of an agency, or None. One query.

    Somebody who left the post since the roster was made is not on duty.
    """
    rostered = Duty.objects.filter(agency_id=agency_id, role=role, from_at__lte=at, to_at__gt=at).values("person_id")
    holding = held_on(day_of(at)).filter(post__agency_id=agency_id, post__role=role, person_id__in=rostered).first()
    return _person_row(holding) if holding else None


def duties_of(*, agency_id: int, from_at: datetime, to_at: datetime) -> list[DutyRow]:
    """Return the roster of an agency between two moments, oldest first. One query."""
    rows = Duty.objects.filter(agency_id=agency_id, from_at__lt=to_at, to_at__gt=from_at).order_by("from_at", "role")
    return [duty_row(one) for one in rows]


def posts_of(agency_id: int) -> list[PostRow]:
    """Return the posts of an agency, held or not. One query."""
    posts = Post.objects.filter(agency_id=agency_id).select_related("agency").order_by("role", "title", "id")
    return [post_row(one) for one in posts]


def actor_get(*, person_id: int, at: datetime, agency_id: int | None = None) -> Actor:
    """Return a person as somebody who acts, with the rights of every post held at that moment.

    A person on no post exists and may do nothing. Two queries.

    Args:
        agency_id: the agency acted for, where the person holds posts in several; by default that of
            the main post, the one held longest. The rights are those of all posts either way.

    Raises:
        PersonNotFound: no such person, or on no post of ``agency_id``.
    """
    held = _with_glass(list(_to_act.all(at=at, on=day_of(at), person_id=person_id)), person_id, at)
    if not held:
        name = Person.objects.filter(id=person_id).values_list("name", flat=True).first()
        if name is None or agency_id is not None:
            raise PersonNotFound(person=person_id)
        return Actor(f"person:{person_id}", name, person_id=person_id)
    return _actor(held, agency_id, day_of(at))


def holdings_to_act(at: Any, on: Any) -> QuerySet[Holding]:
    """Holdings of a day, each with what its person is kept out of, and whether there are emergency rights ``at``."""
    broken = Glass.objects.filter(person_id=OuterRef("person_id"), from_at__lte=at, to_at__gt=at)
    kept_out = ArraySubquery(_kept_out.filter(person_id=OuterRef("person_id")).values("about"))
    return held_on(on).annotate(has_glass=Exists(broken), barred=kept_out)


_kept_out = Recusal.objects.filter(lifted_at__isnull=True)
# Every request asks one of these two.
_to_act = FixedRead(lambda given: holdings_to_act(given("at"), given("on")).filter(person_id=given("person_id")))
_to_act_through = FixedRead(
    lambda given: holdings_to_act(given("at"), given("on")).filter(
        person_id__in=Account.objects.filter(id=given("account_id"), is_active=True).values("person_id")
    )
)


def _with_glass(held: list[Any], person_id: int, at: datetime) -> list[Holding | Glass]:
    """Return holdings with what the person was given in an emergency after them; one query more where there is any."""
    if held and not held[0].has_glass:
        return held
    broken = Glass.objects.filter(existing_q(day_of(at), "post__agency__"), from_at__lte=at, to_at__gt=at)
    kept_out = ArraySubquery(_kept_out.filter(person_id=OuterRef("person_id")).values("about"))
    given = broken.filter(person_id=person_id).annotate(barred=kept_out)
    return [*held, *given.select_related("person", "post__agency").order_by("id")]


def _actor(held: Sequence[Any], agency_id: int | None, on: date) -> Actor:
    person = held[0].person
    agencies = [one.post.agency_id for one in held]
    if agency_id is not None and agency_id not in agencies:
        raise PersonNotFound(person=person.id, agency=agency_id)
    codes = [one.post.region_code or one.post.agency.region_code for one in held]
    paths = regions.paths_covering(codes, on=on)
    posts = [
        rules.Held(
            Role(one.post.role),
            one.post.agency_id,
            permissions.paths_shortest(paths.get(code, ())),
            one.post.is_head,
        )
        for one, code in zip(held, codes, strict=True)
    ]
    return Actor(
        ref=f"person:{person.id}",
        name=person.name,
        person_id=person.id,
        agency_id=agencies[0] if agency_id is None else agency_id,
        grants=rules.grants_of(posts, is_kept_out=bool(held[0].barred)),
        emergency_until=max((one.to_at for one in held if isinstance(one, Glass)), default=None),
        barred=frozenset(held[0].barred),
    )


def actor_for_another(own: Sequence[Any], held: Sequence[Any], on: date) -> Actor:
    """Return the holder of ``own`` as somebody who acts in the post ``held`` of another, and is known to do so."""
    me, other = _actor(own, own[0].post.agency_id, on), _actor(held, held[0].post.agency_id, on)
    grants = frozenset(one for one in other.grants if one.right is not Right.STAFF_MANAGE)
    name = f"{me.name}（代{other.name}）"
    return replace(me, name=name, grants=grants, on_behalf=other.ref, barred=me.barred | other.barred)


def actor_for_account(account_id: int, at: datetime) -> Actor:
    """Return who acts through an account, with the rights of that moment. Two queries.

    An account without a person, or of a person without a post, may do nothing.

    Raises:
        AccountNotFound: there is none.
        AccountClosed: it was switched off.
    """
    held = _to_act_through.all(at=at, on=day_of(at), account_id=account_id)
    if held:
        return _actor(_with_glass(held, held[0].person_id, at), None, day_of(at))
    account = account_get(account_id)
    if not account.is_active:
        raise AccountClosed(account=account_id)
    if account.person_id is None:
        return Actor(f"account:{account_id}", account.username)
    return actor_get(person_id=account.person_id, at=at)


def account_get(account_id: int) -> AccountRow:
    """Return an account, open or closed. One query.

    Raises:
        AccountNotFound: there is none.
    """
    account = Account.objects.filter(id=account_id).first()
    if account is None:
        raise AccountNotFound(account=account_id)
    return account_row(account)


def account_find(username: str) -> AccountRow | None:
    """Return the account of this name, or None. One query."""
    account = Account.objects.filter(username=username).first()
    return account_row(account) if account else None
