"""The door of subjects: records are taken in as keyed signs, linked with reasons, judged by people, kept in clusters.

No value of a record is kept here: signs say whether values are equal, and to nobody without the key what they are.
A link is a suggestion until a named person confirms or splits it; who it is about is opened elsewhere, by a ticket.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import combinations

from hezhi.kit.canonical import canonical, sha256
from hezhi.services.entities import store, training
from hezhi.services.entities.contracts import (
    ChangeRow,
    EntryRow,
    EntrySeed,
    Guard,
    LinkRow,
    LinkVerdict,
    Matches,
    MatchRow,
    ModelRow,
)
from hezhi.services.entities.errors import (
    ChangeNotFound,
    LinkGuarded,
    LinkNotFound,
    ModelNotFound,
    ReasonMissing,
    VerdictUnknown,
)
from hezhi.services.entities.features import Features, Sign, features_of, keys_of, signer
from hezhi.services.entities.models import Change, Entry, Judgement, Key, Link, Model, Signs, Waiting
from hezhi.services.entities.queries import (
    change_row,
    changes_of,
    cluster_refs,
    entry_of,
    homes_of,
    link_get,
    link_rows,
    links_page,
    model_row,
    visible,
)
from hezhi.services.entities.rules import Bounds
from hezhi.services.entities.scoring import pair_score, pair_weight, probability_of, sentences
from hezhi.services.entities.specs import SPECS, Spec
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.vault import api as vault

__all__ = [
    "changes_of",
    "cluster_refs",
    "entries_forget",
    "entries_load",
    "entries_note",
    "entries_waiting",
    "entry_add",
    "entry_match",
    "entry_of",
    "entry_renew",
    "link_get",
    "link_judge",
    "links_compute",
    "links_page",
    "merge_undo",
    "model_train",
    "models_ready",
]

PURPOSE = "entities"
BOUNDS = Bounds()
SEED = 20260302
REASON_AT_LEAST = 5  # characters
MATCHES_AT_MOST = 10
TRAIN_AT_LEAST = 200  # records; fewer train nothing that holds


def _sign() -> Sign:
    return signer(vault.pseudonymiser(purpose=PURPOSE))


@guard.act
def entry_add(
    *, spec_id: str, ref: str, values: Mapping[str, object], by: Actor, at: datetime, region_path: str = ""
) -> EntryRow:
    """Take in one record, link it to those it shares a key with, and bring the clusters it touches up to date.

    Without trained weights it is kept, and linked by the next ``links_compute``. The same record again changes nothing.

    Args:
        spec_id: an id of ``specs.SPECS``.
        ref: what the record is called in the house, e.g. ``record:12``.
        values: clear values by comparison; identifiers in their one writing. None of them is kept.
    """
    spec = SPECS[spec_id]
    store.spec_lock(spec)
    if Entry.objects.filter(spec=spec_id, ref=ref).exists():
        return entry_of(spec_id=spec_id, ref=ref)
    features = features_of(spec.compared, values, _sign())
    model, keys = store.model_newest(spec_id), keys_of(spec.keys, features)
    beside = store.near(keys)
    entry = store.entry_write(spec, ref, region_path, features, at)
    if model is not None:
        known = {**store.features_read(spec, list(beside.shared)), entry.id: features}
        pairs = {(other, entry.id): shared for other, shared in beside.shared.items()}
        links = store.links_write(model, pairs, known, BOUNDS, at)
        touched = {entry.id, *(link.low_id for link in links), *store.commons_left_out(keys)}
        store.clusters_settle(spec, touched, f"entry:{entry.id}", BOUNDS, at)
    return entry_of(spec_id=spec_id, ref=ref)


@guard.act
def entry_renew(
    *, spec_id: str, ref: str, values: Mapping[str, object], by: Actor, at: datetime, region_path: str = ""
) -> EntryRow:
    """Take in a record as it is now; one whose compared values are other than they were is taken in anew.

    Then its old links go with what people said of them, for they were said of other values; the ledger keeps the words.
    """
    spec = SPECS[spec_id]
    store.spec_lock(spec)
    entry = Entry.objects.filter(spec=spec_id, ref=ref).first()
    if entry is not None and store.features_read(spec, [entry.id])[entry.id] != features_of(
        spec.compared, values, _sign()
    ):
        entries_forget(refs=[ref], at=at)
    return entry_add(spec_id=spec_id, ref=ref, values=values, by=by, at=at, region_path=region_path)


def entries_note(*, refs: Sequence[str], at: datetime) -> None:
    """Let records wait to be taken in; noted twice, they wait once. Part of the act that made or changed them."""
    Waiting.objects.bulk_create(
        [Waiting(ref=ref, noted_at=at) for ref in dict.fromkeys(refs)],
        update_conflicts=True, unique_fields=["ref"], update_fields=["noted_at"],
    )  # fmt: skip


def entries_waiting(*, limit: int) -> list[str]:
    """Return records that wait and let them wait no more; whoever asks takes them in within the same transaction."""
    rows = list(Waiting.objects.select_for_update(skip_locked=True).order_by("noted_at", "ref")[:limit])
    refs = [row.ref for row in rows]
    Waiting.objects.filter(ref__in=refs).delete()
    return refs


@guard.act
def entries_load(*, spec_id: str, entries: Sequence[EntrySeed], by: Actor, at: datetime) -> int:
    """Take in many records without linking them; return how many were new. ``links_compute`` links them."""
    spec, sign = SPECS[spec_id], _sign()
    store.spec_lock(spec)
    known = set(Entry.objects.filter(spec=spec_id).values_list("ref", flat=True))
    fresh = {one.ref: one for one in entries if one.ref not in known}
    rows = [(one.ref, one.region_path, features_of(spec.compared, one.values, sign)) for one in fresh.values()]
    return len(store.entries_write(spec, rows, at))


@guard.act
def model_train(*, spec_id: str, by: Actor, at: datetime) -> ModelRow:
    """Train weights on all records of a spec, without labels, and keep them as the next version.

    Raises:
        ModelNotFound: there are too few records to train on.
    """
    spec = SPECS[spec_id]
    known = _all_features(spec)
    if len(known) < TRAIN_AT_LEAST:
        raise ModelNotFound(spec=spec_id, records=len(known), needed=TRAIN_AT_LEAST)
    trained = training.model_train(spec, training.table_of(spec, known), seed=SEED)
    model = Model.objects.create(
        spec=spec_id,
        version=Model.objects.filter(spec=spec_id).count() + 1,
        settings=trained.settings,
        frequencies=trained.frequencies,
        report=trained.report,
        content_hash=sha256(canonical([trained.settings["comparisons"], trained.frequencies])),
        made_by=by.ref,
        made_at=at,
    )
    body = {"spec": spec_id, "version": model.version, "hash": model.content_hash, "records": len(known)}
    ledger.line_append(chain=f"links:{spec_id}", act="links.train", by=by, at=at, body=body)
    return model_row(model)


def models_ready(*, by: Actor, at: datetime) -> list[ModelRow]:
    """Train weights where a spec has none and records enough, and link what waited for them; return what was trained.

    Until then records are kept and nothing is linked. Later versions are an operator's decision (``model_train``).
    """
    trained = []
    for spec_id in SPECS:
        known = Entry.objects.filter(spec=spec_id).count()
        if known >= TRAIN_AT_LEAST and store.model_newest(spec_id) is None:
            trained.append(model_train(spec_id=spec_id, by=by, at=at))
            links_compute(spec_id=spec_id, by=by, at=at)
    return trained


@guard.act
def links_compute(*, spec_id: str, by: Actor, at: datetime) -> int:
    """Score every pair that a key brings together by the newest weights, with Splink, and settle all clusters.

    Links that people judged stay, with their new score. Return how many links there are.

    Raises:
        ModelNotFound: nothing was trained yet.
    """
    spec, newest = SPECS[spec_id], store.model_newest(spec_id)
    if newest is None:
        raise ModelNotFound(spec=spec_id)
    store.spec_lock(spec)
    model = Model.objects.get(id=newest)
    known = _all_features(spec)
    pairs = _pairs(spec, known)
    trained = training.Trained(model.settings, model.frequencies, model.report)
    table = training.table_of(spec, known)
    wanted = {
        (one, other): pairs[one, other]
        for one, other, _ in training.pairs_score(spec, trained, table, at_least=BOUNDS.review)
        if (one, other) in pairs
    }
    judged = set(Judgement.objects.filter(link__low__spec=spec_id).values_list("link_id", flat=True))
    links = Link.objects.filter(low__spec=spec_id)
    links.exclude(id__in=judged).delete()
    kept = {(link.low_id, link.high_id): link for link in links}
    weights = store.weights_of(model.id)
    for (one, other), link in kept.items():
        scored = pair_score(weights, known[one], known[other])
        links.filter(id=link.id).update(
            weight=scored.weight, prior=scored.prior, model=model, steps=store.steps_kept(scored),
            keys=sorted(pairs.get((one, other), link.keys)), is_found=(one, other) in pairs,
        )  # fmt: skip
    fresh = {pair: keys for pair, keys in wanted.items() if pair not in kept}
    store.links_write(model.id, fresh, known, BOUNDS, at)
    store.clusters_settle(spec, list(known), f"model:{model.version}", BOUNDS, at)
    body = {"spec": spec_id, "version": model.version, "links": len(fresh) + len(kept), "records": len(known)}
    ledger.line_append(chain=f"links:{spec_id}", act="links.compute", by=by, at=at, body=body)
    return len(fresh) + len(kept)


def _all_features(spec: Spec) -> dict[int, Features]:
    ids = list(Entry.objects.filter(spec=spec.id).order_by("id").values_list("id", flat=True))
    known = store.features_read(spec, ids)
    return {entry: known[entry] for entry in ids}


def _pairs(spec: Spec, known: Mapping[int, Features]) -> dict[tuple[int, int], list[int]]:
    """Return every pair that shares a key that is not too common, with those keys."""
    by_key: dict[int, list[int]] = defaultdict(list)
    for entry, features in known.items():
        for key in keys_of(spec.keys, features):
            by_key[key].append(entry)
    pairs: dict[tuple[int, int], list[int]] = defaultdict(list)
    for key, entries in by_key.items():
        if len(entries) <= store.KEY_AT_MOST:
            for pair in combinations(sorted(entries), 2):
                pairs[pair].append(key)
    return pairs


@guard.house_read
def entry_match(*, spec_id: str, values: Mapping[str, object], by: Actor) -> Matches:
    """Return the known records that most likely are the same subject, best first; writes nothing.

    For rooms that check: what of it a person sees is theirs to decide.

    Raises:
        ModelNotFound: nothing was trained yet.
    """
    spec, model = SPECS[spec_id], store.model_newest(spec_id)
    if model is None:
        raise ModelNotFound(spec=spec_id)
    weights = store.weights_of(model)
    features = features_of(spec.compared, values, _sign())
    beside = store.near(keys_of(spec.keys, features))
    known = store.features_read(spec, list(beside.shared))
    scored = sorted((-pair_weight(weights, features, one), entry) for entry, one in known.items())
    best = [(entry, -minus) for minus, entry in scored[:MATCHES_AT_MOST] if -minus >= BOUNDS.review]
    homes = homes_of([entry for entry, _ in best])
    refs = dict(Entry.objects.filter(id__in=homes).values_list("id", "ref"))
    rows = [
        MatchRow(
            entry, refs[entry], homes[entry], round(weight, 3), probability_of(weight),
            tuple(sentences(pair_score(weights, features, known[entry]))),
        )
        for entry, weight in best
    ]  # fmt: skip
    return Matches(tuple(rows), len(known), len(beside.dropped))


@guard.act
def link_judge(*, link_id: int, verdict: str, reason: str, by: Actor, at: datetime, key: str = "") -> LinkRow:
    """Say that two records are the same subject, are not, or that nobody can tell; it goes before every score.

    Raises:
        LinkNotFound: there is none, or the actor may not judge it.
        VerdictUnknown, ReasonMissing.
        LinkGuarded: "same" of two with different numbers of which a subject has one.
    """
    link = visible(by).filter(id=link_id).first()
    if link is None:
        raise LinkNotFound(link=link_id)
    if verdict not in set(LinkVerdict):
        raise VerdictUnknown(verdict=str(verdict)[:20])
    told = " ".join(reason.split())
    if len(told) < REASON_AT_LEAST:
        raise ReasonMissing()
    if ledger.is_replay(chain=f"link:{link_id}", key=key, act="link.judge", by=by):
        return link_rows([link])[0]
    spec = SPECS[link.low.spec]
    store.spec_lock(spec)
    alone = set(Signs.objects.filter(entry__in=(link.low_id, link.high_id)).values_list("alone", flat=True)) - {None}
    if verdict == LinkVerdict.SAME and len(alone) > 1:
        raise LinkGuarded(link=link_id, guard=str(Guard.NUMBERS))
    _judge(link, LinkVerdict(verdict), told, by, at, key)
    store.clusters_settle(spec, [link.low_id, link.high_id], f"link:{link_id}", BOUNDS, at)
    link.refresh_from_db()
    return link_rows([link])[0]


def _judge(link: Link, verdict: LinkVerdict, reason: str, by: Actor, at: datetime, key: str = "") -> None:
    Judgement.objects.create(link=link, verdict=verdict, judged_by=by.ref, judged_at=at)
    body = {"verdict": str(verdict), "weight": round(link.weight, 3), "model": link.model_id, "reason": reason}
    ledger.line_append(chain=f"link:{link.id}", act="link.judge", by=by, at=at, body=body, key=key)


@guard.act
def merge_undo(*, change_id: int, reason: str, by: Actor, at: datetime) -> ChangeRow | None:
    """Undo a change that joined clusters: every link across the old border is judged different. None: nothing moved.

    Raises:
        ChangeNotFound: there is none, or it joined nothing that is still joined.
        LinkNotFound: the actor may not judge one of the links; nothing is undone.
        ReasonMissing.
    """
    change = Change.objects.filter(id=change_id).first()
    if change is None:
        raise ChangeNotFound(change=change_id)
    told = " ".join(reason.split())
    if len(told) < REASON_AT_LEAST:
        raise ReasonMissing()
    spec = SPECS[change.spec]
    store.spec_lock(spec)
    old = store.homes_before(change)
    homes = homes_of(old)
    across = [
        link
        for link in Link.objects.filter(low__in=homes, high__in=homes).select_related("low")
        if homes[link.low_id] == homes[link.high_id] and old[link.low_id] != old[link.high_id]
    ]
    if not across:
        raise ChangeNotFound(change=change_id)
    allowed = set(visible(by).filter(id__in=[link.id for link in across]).values_list("id", flat=True))
    for link in across:
        if link.id not in allowed:
            raise LinkNotFound(link=link.id)
        _judge(link, LinkVerdict.DIFFERENT, told, by, at)
    undone = store.clusters_settle(spec, list(homes), f"undo:{change_id}", BOUNDS, at)
    return change_row(undone) if undone else None


@guard.act
def entries_forget(*, refs: Sequence[str], at: datetime) -> int:
    """Forget records with their signs, keys and links, and settle what they held together; return how many.

    Whoever erases the records tells the ledger.
    """
    count = 0
    Waiting.objects.filter(ref__in=list(refs)).delete()
    for spec in SPECS.values():
        entries = list(Entry.objects.filter(spec=spec.id, ref__in=list(refs)).values_list("id", flat=True))
        if not entries:
            continue
        store.spec_lock(spec)
        homes = set(homes_of(entries).values())
        left = store.members_of(homes) - set(entries)
        Key.objects.filter(entry__in=entries).delete()
        count += Entry.objects.filter(id__in=entries).delete()[1].get("entities.Entry", 0)
        if left:
            store.clusters_settle(spec, left, "forgotten", BOUNDS, at)
    return count
