"""Reads of links and clusters, as frozen rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Q, QuerySet

from hezhi.kit.paging import Page, number_read
from hezhi.services.entities.contracts import ChangeRow, EntryRow, Guard, LinkRow, LinkVerdict, ModelRow
from hezhi.services.entities.errors import BadPage, EntryNotFound, LinkNotFound
from hezhi.services.entities.models import Change, Entry, Judgement, Link, Member, Model
from hezhi.services.entities.rules import Bounds
from hezhi.services.entities.scoring import scored_read, sentences
from hezhi.services.entities.specs import SPECS
from hezhi.services.entities.store import verdicts_of
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Fields, Right

PAGE_SIZE = 50
RIGHT = Right.RECORD_MERGE  # who may say that two records are one matter may say it of subjects


def visible(by: Actor) -> QuerySet[Link]:
    """Return the links both of whose records the actor may join and is not kept out of."""
    low, high = (permissions.scope_q(by, RIGHT, Fields(region=f"{side}__region_path")) for side in ("low", "high"))
    barred = Q(low__ref__in=sorted(by.barred)) | Q(high__ref__in=sorted(by.barred))
    return Link.objects.filter(low & high).exclude(barred).select_related("low")


def links_page(*, by: Actor, is_waiting: bool = True, cursor: str = "", size: int = PAGE_SIZE) -> Page[LinkRow]:
    """Return links the actor may judge, newest first.

    Args:
        is_waiting: only those that wait for a person: too weak to join, or kept apart by a guard, and not yet judged.

    Raises:
        BadPage: the cursor is damaged.
    """
    rows = visible(by)
    if is_waiting:
        judged = Judgement.objects.exclude(verdict=LinkVerdict.UNSURE).values("link")
        rows = rows.filter(Q(weight__lt=Bounds().join) | ~Q(guard="")).filter(is_found=True).exclude(id__in=judged)
    if cursor:
        before = number_read(cursor)
        if before is None:
            raise BadPage()
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: size + 1])
    following = str(found[size - 1].id) if len(found) > size else ""
    return Page(tuple(link_rows(found[:size])), following)


def link_get(*, link_id: int, by: Actor) -> LinkRow:
    """Return one link the actor may judge.

    Raises:
        LinkNotFound: there is none, or the actor may not see it.
    """
    link = visible(by).filter(id=link_id).first()
    if link is None:
        raise LinkNotFound(link=link_id)
    return link_rows([link])[0]


def link_rows(links: Sequence[Link]) -> list[LinkRow]:
    """Return links as rows; three queries, however many."""
    said = verdicts_of([link.id for link in links])
    homes = homes_of({one for link in links for one in (link.low_id, link.high_id)})
    return [_link_row(link, said.get(link.id), homes) for link in links]


def _link_row(link: Link, said: Judgement | None, homes: dict[int, int]) -> LinkRow:
    spec = SPECS[link.low.spec]
    scored = scored_read(spec, link.weight, link.prior, link.steps)
    return LinkRow(
        id=link.id,
        spec=spec.id,
        one=link.low_id,
        other=link.high_id,
        weight=round(scored.weight, 3),
        probability=scored.probability,
        reasons=tuple(sentences(scored)),
        model=link.model_id,
        guard=Guard(link.guard) if link.guard else None,
        is_joined=homes.get(link.low_id) == homes.get(link.high_id),
        verdict=LinkVerdict(said.verdict) if said else None,
        judged_by=said.judged_by if said else "",
        judged_at=said.judged_at if said else None,
    )


def homes_of(entries: Collection[int]) -> dict[int, int]:
    """Return the cluster of each record now."""
    return dict(Member.objects.filter(entry__in=entries, until_at=None).values_list("entry_id", "cluster"))


def entry_of(*, spec_id: str, ref: str) -> EntryRow:
    """Return what this room knows of a record; for the house's own use.

    Raises:
        EntryNotFound: nothing.
    """
    entry = Entry.objects.filter(spec=spec_id, ref=ref).first()
    if entry is None:
        raise EntryNotFound(ref=ref)
    return EntryRow(entry.id, entry.spec, entry.ref, homes_of([entry.id])[entry.id])


def cluster_refs(*, cluster: int) -> list[str]:
    """Return what the records of a cluster are called, in the order in which they came; for the house's own use."""
    inside = Member.objects.filter(cluster=cluster, until_at=None).order_by("entry_id")
    return list(inside.values_list("entry__ref", flat=True))


def changes_of(*, spec_id: str) -> list[ChangeRow]:
    """Return every change of a spec's clusters, oldest first; for the house's own use."""
    return [change_row(one) for one in Change.objects.filter(spec=spec_id).order_by("id")]


def change_row(change: Change) -> ChangeRow:
    return ChangeRow(change.id, change.cause, tuple((a, b, c) for a, b, c in change.moves), change.at)


def model_row(model: Model) -> ModelRow:
    return ModelRow(model.id, model.spec, model.version, model.content_hash, model.report, model.made_at)
