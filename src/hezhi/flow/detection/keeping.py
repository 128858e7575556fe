"""Keeps episodes: what is found again about a subject that was not quiet goes on with the episode that stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from hezhi.flow.detection import queries
from hezhi.flow.detection.contracts import HitFound
from hezhi.flow.detection.models import Hit, Run
from hezhi.flow.detection.rules import is_in_shadow, matter_of, path_in_common, records_of, subject_kept
from hezhi.flow.intake import api as intake
from hezhi.kit import bus
from hezhi.packkit import api as packkit
from hezhi.packkit.api import DuckEngine, Episode, Member, Table
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.scan import Scan
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.contracts import RegionRow

HOUSE = Actor.system("detection")
TITLE_LIMIT = 300  # characters


def episodes_keep(
    pack: Pack, scan: Scan, run: Run, tables: Mapping[str, Table], found: Sequence[Episode], at: datetime
) -> tuple[int, int]:
    """Write down episodes and tell of the new ones; return how many are new and how many grew.

    The same episodes again change nothing, so a run may be repeated at any time.
    """
    standing = _standing(pack, scan, found)
    quiet = packkit.length_of(scan.quiet)
    fresh, grown = [], 0
    for episode in found:
        known = _met(standing[subject_kept(episode.subject)], episode, quiet)
        if known is None:
            fresh.append(episode)
        else:
            grown += _grow(scan, known, episode, quiet, at)
    engine = DuckEngine(threads=1)
    try:
        rows = packkit.members_of(engine, scan, records_of(pack, scan), tables, fresh)
    finally:
        engine.close()
    ids = intake.record_ids_of(numbers={member.key for members in rows for member in members})
    for episode, members in zip(fresh, rows, strict=True):
        _tell(pack, _new(pack, scan, run, episode, members, ids, at), at)
    return len(fresh), grown


def _standing(pack: Pack, scan: Scan, found: Sequence[Episode]) -> dict[str, list[Hit]]:
    subjects = {subject_kept(one.subject) for one in found}
    rows = Hit.objects.select_for_update().filter(pack_id=pack.id, detector=scan.id, subject__in=subjects)
    standing: dict[str, list[Hit]] = defaultdict(list)
    for hit in rows.order_by("first_at", "id"):
        standing[hit.subject].append(hit)
    return standing


def _met(standing: Sequence[Hit], episode: Episode, quiet: timedelta) -> Hit | None:
    """Return the episode that stands and was not quiet long enough before or after this one."""
    for hit in standing:
        if hit.first_at <= episode.last.at + quiet and hit.last_at >= episode.first.at - quiet:
            return hit
    return None


def _grow(scan: Scan, hit: Hit, episode: Episode, quiet: timedelta, at: datetime) -> bool:
    first, last = min(hit.first_at, episode.first.at), max(hit.last_at, episode.last.at)
    is_newest = episode.last.at >= hit.last_at
    evidence = dict(episode.last.evidence) if is_newest else hit.evidence
    if (first, last, evidence) == (hit.first_at, hit.last_at, hit.evidence):
        return False
    hit.first_at, hit.last_at, hit.evidence, hit.quiet_until = first, last, evidence, last + quiet
    hit.reasons = [{"zh": one.zh, "en": one.en} for one in packkit.explanation(scan, evidence)]
    hit.save(update_fields=["first_at", "last_at", "evidence", "quiet_until", "reasons"])
    body = {"first_at": first, "last_at": last, "evidence": evidence}
    ledger.line_append(chain=f"hit:{hit.id}", act="hit.grow", by=HOUSE, at=at, body=body, pack=hit.pack)
    return True


def _new(
    pack: Pack, scan: Scan, run: Run, episode: Episode, members: Sequence[Member], ids: Mapping[str, int], at: datetime
) -> Hit:
    evidence = dict(episode.last.evidence)
    reasons = packkit.explanation(scan, evidence)
    path = path_in_common([one.path for one in _regions({member.region for member in members}).values()])
    hit = Hit.objects.create(
        pack=pack.stamp, pack_id=pack.id, content_hash=pack.content_hash, detector=scan.id,
        subject=subject_kept(episode.subject), title=reasons[0].zh[:TITLE_LIMIT], matter=matter_of(pack, scan),
        region_code=path.rpartition(".")[2], region_path=path, grade=scan.grade,
        reasons=[{"zh": one.zh, "en": one.en} for one in reasons],
        record_ids=sorted({ids[member.key] for member in members if member.key in ids}), count=len(members),
        first_at=episode.first.at, last_at=episode.last.at,
        quiet_until=episode.last.at + packkit.length_of(scan.quiet), is_shadow=is_in_shadow(pack, scan),
        found_at=at, run=run, evidence=evidence,
    )  # fmt: skip
    body = {
        "detector": hit.detector, "grade": hit.grade, "records": hit.record_ids, "count": hit.count,
        "first_at": hit.first_at, "last_at": hit.last_at, "shadow": hit.is_shadow, "region": hit.region_code,
        "content": hit.content_hash, "run": run.id, "snapshot": run.snapshot, "evidence": evidence,
    }  # fmt: skip
    ledger.line_append(chain=f"hit:{hit.id}", act="hit.find", by=HOUSE, at=at, body=body, pack=hit.pack)
    return hit


def _regions(codes: set[str]) -> dict[str, RegionRow]:
    return regions.regions_get(sorted(code for code in codes if code))


def _tell(pack: Pack, hit: Hit, at: datetime) -> None:
    row = queries.hit_row(hit, None)
    bus.publish(
        HitFound(
            hit_id=row.id, pack=row.pack, pack_id=row.pack_id, detector=row.detector, subject=row.subject,
            title=row.title, matter=row.matter, region_code=row.region_code, region_path=row.region_path,
            grade=row.grade, reasons=row.reasons, record_ids=row.record_ids, count=row.count, is_shadow=row.is_shadow,
            at=at,
        )
    )  # fmt: skip
