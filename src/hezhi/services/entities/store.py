"""Rows of this room: records with their keys, links, and clusters brought up to date. Only this room uses it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import connection
from django.db.models import Q

from hezhi.services.entities.contracts import LinkVerdict
from hezhi.services.entities.features import Features, Value, keys_of, pack, unpack
from hezhi.services.entities.models import Change, Entry, Judgement, Key, Link, Member, Model, Signs
from hezhi.services.entities.rules import Bounds, Node, Pair, clusters_of, joins, moves_between
from hezhi.services.entities.scoring import Weights, pair_score, steps_kept, weights_read
from hezhi.services.entities.specs import SPECS, Spec

LOCK = 7501
KEY_AT_MOST = 200
"""Records that may share a key; a key of more brings nobody together, and whoever asks is told that it was left out."""
CHUNK = 1000

_NEAR = """
    SELECT asked.key, found.entry_id FROM unnest(%s::bigint[]) AS asked(key)
    CROSS JOIN LATERAL (SELECT k.entry_id FROM entities_key k WHERE k.key = asked.key LIMIT %s) AS found
"""


@dataclass(frozen=True)
class Near:
    """``shared``: the keys each known record has in common with the one asked about; ``dropped``: too common ones."""

    shared: dict[int, list[int]]
    dropped: list[int]


def spec_lock(spec: Spec) -> None:
    """Let changes of one spec's clusters happen one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, spec.id])


def model_newest(spec_id: str) -> int | None:
    """Return the id of the weights in use."""
    return Model.objects.filter(spec=spec_id).order_by("-version").values_list("id", flat=True).first()


@lru_cache(maxsize=8)
def weights_of(model_id: int) -> Weights:
    """Return the weights of a stored model; models never change."""
    model = Model.objects.get(id=model_id)
    return weights_read(SPECS[model.spec], model.settings, model.frequencies)


def near(keys: Sequence[int]) -> Near:
    """Return every record that shares one of the keys, except by keys that too many share. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, [list(keys), KEY_AT_MOST + 1])
        rows = cursor.fetchall()
    by_key: dict[int, list[int]] = defaultdict(list)
    for key, entry in rows:
        by_key[key].append(entry)
    shared: dict[int, list[int]] = defaultdict(list)
    for key, entries in by_key.items():
        for entry in entries if len(entries) <= KEY_AT_MOST else ():
            shared[entry].append(key)
    return Near(dict(shared), sorted(key for key, entries in by_key.items() if len(entries) > KEY_AT_MOST))


def features_read(spec: Spec, entries: Collection[int]) -> dict[int, dict[str, Value]]:
    """Return the signed features of records."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT entry_id, features FROM entities_signs WHERE entry_id = ANY(%s)", [list(entries)])
        return {entry: unpack(spec.columns, bytes(packed)) for entry, packed in cursor.fetchall()}


def entry_write(spec: Spec, ref: str, region_path: str, features: Features, at: datetime) -> Entry:
    """Write one record with its signs, its keys, and a cluster of its own."""
    [entry] = entries_write(spec, [(ref, region_path, features)], at)
    return entry


def entries_write(spec: Spec, rows: Sequence[tuple[str, str, Features]], at: datetime) -> list[Entry]:
    """Write records, each alone in its cluster."""
    entries = Entry.objects.bulk_create(
        [Entry(spec=spec.id, ref=ref, region_path=path, came_at=at) for ref, path, _ in rows], batch_size=CHUNK
    )
    told = list(zip(entries, (features for *_, features in rows), strict=True))
    Signs.objects.bulk_create(
        [
            Signs(entry=entry, features=pack(spec.columns, features), alone=features.get(spec.alone))
            for entry, features in told
        ],
        batch_size=CHUNK,
    )
    keys = [Key(key=key, entry=entry) for entry, features in told for key in keys_of(spec.keys, features)]
    Key.objects.bulk_create(keys, batch_size=CHUNK)
    Member.objects.bulk_create([Member(entry=one, cluster=one.id, since_at=at) for one in entries], batch_size=CHUNK)
    return entries


def links_write(
    model_id: int, pairs: Mapping[Pair, Sequence[int]], known: Mapping[int, Features], bounds: Bounds, at: datetime
) -> list[Link]:
    """Score pairs and write the links of those that speak for one subject strongly enough to be shown."""
    weights = weights_of(model_id)
    links = []
    for (low, high), keys in sorted(pairs.items()):
        scored = pair_score(weights, known[low], known[high])
        if scored.weight >= bounds.review:
            links.append(
                Link(
                    low_id=low, high_id=high, weight=scored.weight, prior=scored.prior, model_id=model_id,
                    steps=steps_kept(scored), keys=sorted(keys), found_at=at,
                )
            )  # fmt: skip
    return Link.objects.bulk_create(links, batch_size=CHUNK)


def commons_left_out(keys: Iterable[int]) -> set[int]:
    """Look which keys have just become too common, let links that only they found count no more; return who they join.

    So the same links count whatever the order in which records came.
    """
    counts = _counts(keys)
    full = [key for key, count in counts.items() if count == KEY_AT_MOST + 1]
    touched: set[int] = set()
    for link in Link.objects.filter(keys__overlap=full, is_found=True) if full else ():
        if all(count > KEY_AT_MOST for count in _counts(link.keys).values()):
            Link.objects.filter(id=link.id).update(is_found=False)
            touched |= {link.low_id, link.high_id}
    return touched


def _counts(keys: Iterable[int]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT asked.key, (SELECT count(*) FROM (SELECT FROM entities_key k WHERE k.key = asked.key LIMIT %s) few)"
            " FROM unnest(%s::bigint[]) AS asked(key)",
            [KEY_AT_MOST + 2, sorted(set(keys))],
        )
        return dict(cursor.fetchall())


def verdicts_of(links: Collection[int]) -> dict[int, Judgement]:
    """Return the newest judgement of each link that has one."""
    newest = Judgement.objects.filter(link__in=links).order_by("link_id", "-id").distinct("link_id")
    return {one.link_id: one for one in newest}


def clusters_settle(spec: Spec, touched: Collection[int], cause: str, bounds: Bounds, at: datetime) -> Change | None:
    """Bring the clusters of everything that hangs together with the touched records up to date; None: nothing moved.

    Only what joins connects them; links that wait for a person do not.
    """
    nodes, links, verdicts = _surroundings(touched, bounds)
    found = clusters_of(nodes, {pair: link.weight for pair, link in links.items()}, verdicts, bounds)
    for pair, link in links.items():
        guard = found.held.get(pair, "")
        if link.guard != guard:
            Link.objects.filter(id=link.id).update(guard=guard)
    members = Member.objects.filter(entry__in=found.of, until_at=None)
    before = dict(members.values_list("entry_id", "cluster"))
    moves = moves_between(before, found.of)
    if not moves:
        return None
    moved = [entry for entry, *_ in moves]
    Member.objects.filter(entry__in=moved, until_at=None).update(until_at=at)
    Member.objects.bulk_create(
        [Member(entry_id=entry, cluster=new, since_at=at) for entry, _, new in moves], batch_size=CHUNK
    )
    return Change.objects.create(spec=spec.id, cause=cause, moves=moves, at=at)


def _surroundings(
    touched: Collection[int], bounds: Bounds
) -> tuple[list[Node], dict[Pair, Link], dict[Pair, LinkVerdict]]:
    """Return everything that joining links connect to some records, and everything now in a cluster with them."""
    inside, edge = set(), set(touched)
    links: dict[Pair, Link] = {}
    verdicts: dict[Pair, LinkVerdict] = {}
    while edge:
        inside |= edge
        homes = Member.objects.filter(entry__in=edge, until_at=None).values("cluster")
        beside = set(Member.objects.filter(cluster__in=homes, until_at=None).values_list("entry_id", flat=True))
        met = list(Link.objects.filter(Q(low__in=edge) | Q(high__in=edge)).defer("steps"))
        said = verdicts_of([link.id for link in met])
        for link in met:
            pair = (link.low_id, link.high_id)
            verdict = LinkVerdict(said[link.id].verdict) if link.id in said else None
            if verdict is not None:
                verdicts[pair] = verdict
            if link.is_found or verdict is not None:
                links[pair] = link
                if joins(link.weight, verdict, bounds):
                    beside |= set(pair)
        edge = beside - inside
    inner = {pair: link for pair, link in links.items() if set(pair) <= inside}
    rows = Entry.objects.filter(id__in=inside).values_list("id", "ref", "signs__alone")
    return [Node(*row) for row in rows], inner, {pair: one for pair, one in verdicts.items() if set(pair) <= inside}


def members_of(clusters: Collection[int]) -> set[int]:
    """Return the records that are in some clusters now."""
    return set(Member.objects.filter(cluster__in=clusters, until_at=None).values_list("entry_id", flat=True))


def homes_before(change: Change) -> dict[int, int]:
    """Return the cluster of everything a change touched, as it was right before."""
    before = {entry: old for entry, old, _ in change.moves}
    stayed = Member.objects.filter(cluster__in={new for *_, new in change.moves}, since_at__lte=change.at)
    stayed = stayed.filter(Q(until_at=None) | Q(until_at__gt=change.at)).exclude(entry__in=before)
    return {**dict(stayed.values_list("entry_id", "cluster")), **before}
