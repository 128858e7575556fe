"""Reckons the packs' online features anew from the lake, and forgets what was known of whoever is erased.

A value is never counted on: each round reckons it whole from the rows that hold, so a correction, a withdrawal and
an erasure reach it in the same way as a new row.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection

from hezhi.flow.checks import features, keying, queries, rules
from hezhi.flow.checks.contracts import FeatureIn, RefreshRow
from hezhi.flow.checks.models import Feature, Refresh
from hezhi.kit.canonical import canonical, sha256
from hezhi.kit.errors import HezhiError
from hezhi.packkit import api as packkit
from hezhi.packkit.api import DuckEngine, ExpressionBad, Table
from hezhi.packkit.shape import OnlineFeature, Pack
from hezhi.services.lake import api as lake
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("checks")
LOCK = 7403  # first number of this room's advisory locks


def features_refresh(*, at: datetime) -> list[RefreshRow]:
    """Reckon every feature of the packs as of now, and write only what is other than it was.

    What says the newest row is reckoned again only when its rows changed; what is reckoned over a time, each round.
    Twice or late is harmless; a feature that cannot be reckoned says so in its row, and the others go on.
    """
    engine = DuckEngine(threads=1)
    try:
        return [_told(pack, online, engine, at) for pack in packkit.shelf().packs() for online in pack.features]
    finally:
        engine.close()


def _told(pack: Pack, online: OnlineFeature, engine: DuckEngine, at: datetime) -> RefreshRow:
    try:
        written, gone = _refresh(pack, online, engine, at)
    except (HezhiError, ExpressionBad, OSError) as error:
        return RefreshRow(pack.id, online.id, 0, 0, str(error)[:500])
    return RefreshRow(pack.id, online.id, written, gone)


@guard.act
def _refresh(pack: Pack, online: OnlineFeature, engine: DuckEngine, at: datetime) -> tuple[int, int]:
    with connection.cursor() as cursor:  # one round after the other, whoever came first
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, f"{pack.id}/{online.id}"])
    within = packkit.length_of(online.within)
    tables = _tables(pack, online, since=packkit.micros(at - within))
    stand = _stand(pack, online, tables.values())
    known = Refresh.objects.filter(pack_id=pack.id, feature=online.id).first()
    if known is not None and known.stand == stand and online.value.agg == "last":
        return 0, 0
    rows = _rows(pack, online, engine, tables, at, within)
    before = queries.features_under(pack.id, online.id)
    now = {row.subject: row for row in rows}
    gone = [subject for subject in before if subject not in now]
    # A newest row that was taken back leaves an older one, which would not overwrite what is newer.
    turned = [subject for subject, (_, from_at) in before.items() if subject in now and now[subject].from_at < from_at]
    features.features_forget(pack_id=pack.id, subjects=[*gone, *turned], by=HOUSE, name=online.id)
    fresh = [row for row in rows if before.get(row.subject) != (row.value, row.from_at)]
    features.features_put(rows=fresh, by=HOUSE, at=at)
    Refresh.objects.update_or_create(pack_id=pack.id, feature=online.id, defaults={"stand": stand, "at": at})
    return len(fresh), len(gone)


def _rows(
    pack: Pack, online: OnlineFeature, engine: DuckEngine, tables: dict[str, Table], at: datetime, within: timedelta
) -> list[FeatureIn]:
    sign, records = keying.signs(pack.id).own, {online.rows.reads: pack.record(online.rows.reads)}
    found = packkit.online_run(engine, online, records, tables, packkit.micros(at))
    return rules.newest(
        FeatureIn(
            pack.id, rules.subject_of(sign, online.kind, one.subject), online.id, one.value, one.from_at,
            f"{pack.stamp}/{online.id}", one.from_at + within + timedelta(microseconds=1),
        )
        for one in found
    )  # fmt: skip


def _tables(pack: Pack, online: OnlineFeature, *, since: int | None = None) -> dict[str, Table]:
    reads = online.rows.reads
    return lake.tables_at(pack_id=pack.id, records={reads: pack.record(reads)}, since=since)


def _stand(pack: Pack, online: OnlineFeature, tables: Iterable[Table]) -> str:
    files = [[one.paths, one.gone] for one in tables]
    return sha256(canonical([pack.stamp, online.model_dump(mode="json", exclude={"tests"}), files]))


def record_forget(*, pack_id: str, number: str) -> int:
    """Forget what is known of whoever an erased record was about; return how many values.

    Asked before the lake forgets the record, for only the lake knows under which subjects it was counted. What other
    records say of the subject is known again after the next round.
    """
    if not Feature.objects.filter(pack_id=pack_id).exists():
        return 0
    pack, count = packkit.shelf().get(pack_id), 0
    sign, engine = keying.signs(pack_id).own, DuckEngine(threads=1)
    try:
        for online in pack.features:
            records = {online.rows.reads: pack.record(online.rows.reads)}
            found = packkit.online_subjects(engine, online, records, _tables(pack, online), [number])
            subjects = [rules.subject_of(sign, online.kind, one) for one in found]
            count += features.features_forget(pack_id=pack_id, subjects=subjects, by=HOUSE)
    finally:
        engine.close()
    return count
