"""The door of the detection room: count a record, tell hits, take verdicts back.

One kind of detector runs here, embedded: a count of accepted records per subject in a moving window, as
``packkit.count_window`` defines it. The SQL here and that pure function give the same hits.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from hezhi.flow.detection import queries
from hezhi.flow.detection.backtest import Backtest, backtest_lines, backtest_run, share
from hezhi.flow.detection.candidates import (
    candidate_begin,
    candidate_end,
    comparison_get,
    comparisons_of,
    shadow_judge,
)
from hezhi.flow.detection.contracts import HitFilter, HitFound, HitRow, Precision, Proposal, Recall
from hezhi.flow.detection.erasing import hits_about, hits_records
from hezhi.flow.detection.errors import BadPage, HitNotFound, VerdictUnknown
from hezhi.flow.detection.feeding import lake_feed, lake_key_ready
from hezhi.flow.detection.grouping import groups_of
from hezhi.flow.detection.learning import proposal_of, recall_says
from hezhi.flow.detection.models import Hit, Label, Sight
from hezhi.flow.detection.queries import hits_basis
from hezhi.flow.detection.reviewing import recalls_of, review_again, review_answer, review_draw, review_items
from hezhi.flow.detection.rules import VERDICTS, is_in_shadow, is_run, path_in_common, reasons_of, subject_kept
from hezhi.flow.detection.scanning import detect_run, runs_newest
from hezhi.flow.detection.telling import detectors_readable
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordAccepted
from hezhi.kit import bus
from hezhi.kit.paging import Page, number_read
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Detector, Pack
from hezhi.packkit.shape.base import Text
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.errors import RegionCodeInvalid, RegionNotFound

__all__ = [
    "Backtest",
    "Recall",
    "backtest_lines",
    "backtest_run",
    "candidate_begin",
    "candidate_end",
    "comparison_get",
    "comparisons_of",
    "detect",
    "detect_run",
    "detectors_readable",
    "groups_of",
    "hit_get",
    "hit_label",
    "hit_page",
    "hits_about",
    "hits_basis",
    "hits_records",
    "lake_feed",
    "lake_key_ready",
    "precision_of",
    "proposals_of",
    "recall_says",
    "recalls_of",
    "review_again",
    "review_answer",
    "review_draw",
    "review_items",
    "runs_newest",
    "shadow_judge",
    "share",
]

HOUSE = Actor.system("detection")
TITLE_LIMIT = 300  # characters


@guard.act
def detect(event: RecordAccepted) -> list[HitRow]:
    """Count one accepted record under every detector of its pack that reads its kind; return the new hits.

    A record that came late is counted at the moment it happened. The same record again is not counted
    twice. Records of confidential matters are never counted: a hit would tell others that there is a
    complaint. Hits are told in the order of the detectors.
    """
    pack = packkit.shelf().get(event.pack_id)
    detectors = [one for one in pack.detectors if one.reads == event.kind]
    if not detectors or not is_run(pack):
        return []
    values = intake.record_values(record_id=event.record_id)
    hits = []
    for detector in detectors:
        series = _sight(pack, detector, values, event)
        if series is not None:
            hits += _judge(pack, detector, series, event, values)
    return hits


def _sight(pack: Pack, detector: Detector, values: dict[str, Any], event: RecordAccepted) -> queries.Series | None:
    """Write down under which subject the detector counts the record; None when there is nothing to judge."""
    subject = packkit.subject_of(detector, _told(values))
    if subject is None:
        return None
    reach = packkit.window_reach(detector, event.happened_at)
    series = queries.Series(
        pack.id, detector.id, subject_kept(subject), event.happened_at - reach[0], detector.at_least.value
    )
    queries.series_lock(series)
    is_withheld = event.matter in _confidential(pack)
    sight = Sight(
        pack_id=pack.id,
        detector=detector.id,
        subject=series.subject,
        happened_at=event.happened_at,
        region_path=event.region_path,
        key=event.number,
        record_id=event.record_id,
        is_withheld=is_withheld,
    )
    is_new = queries.sight_add(sight)
    return series if is_new and not is_withheld else None


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """Values as a source writes them, so that a subject reads the same here and in the pack's own tests."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}


def _confidential(pack: Pack) -> set[str]:
    return {matter.id for matter in pack.matters if matter.confidential}


def _judge(
    pack: Pack, detector: Detector, series: queries.Series, event: RecordAccepted, values: dict[str, Any]
) -> list[HitRow]:
    """Raise every hit that became due through one record: at itself, or at later ones whose window it fills."""
    _, to_at = packkit.window_reach(detector, event.happened_at)
    hits: list[HitRow] = []
    start = (event.happened_at, event.number)
    while found := queries.raising(series, start, to_at, is_after=bool(hits)):
        sights = queries.window(series, *found)
        withheld = _now_confidential(pack, sights)
        if withheld:  # the matter was named after the record was counted
            queries.withhold(withheld)
            continue
        hits.append(_hit(pack, detector, series, sights, event, values))
        start = found
    return hits


def _now_confidential(pack: Pack, sights: list[Sight]) -> list[Sight]:
    standing = intake.records_standing(record_ids=[sight.record_id for sight in sights])
    hidden = _confidential(pack)
    return [sight for sight in sights if sight.record_id in standing and standing[sight.record_id].matter in hidden]


def _hit(
    pack: Pack,
    detector: Detector,
    series: queries.Series,
    sights: list[Sight],
    event: RecordAccepted,
    values: dict[str, Any],
) -> HitRow:
    path = path_in_common([sight.region_path for sight in sights])
    last_at = sights[-1].happened_at
    reasons = reasons_of(detector, len(sights))
    hit = Hit.objects.create(
        pack=pack.stamp,
        pack_id=pack.id,
        content_hash=pack.content_hash,
        detector=detector.id,
        subject=series.subject,
        title=_title(pack, detector, values)[:TITLE_LIMIT],
        matter=_matter(sights),
        region_code=path.rpartition(".")[2],
        region_path=path,
        grade=detector.grade,
        reasons=[{"zh": one.zh, "en": one.en} for one in reasons],
        record_ids=[sight.record_id for sight in sights],
        count=len(sights),
        first_at=sights[0].happened_at,
        last_at=last_at,
        quiet_until=last_at + packkit.span_of(detector.quiet),
        is_shadow=is_in_shadow(pack, detector),
        found_at=event.at,
    )
    row = queries.hit_row(hit, None)
    body = {
        "detector": row.detector, "grade": row.grade, "records": row.record_ids, "count": row.count,
        "first_at": row.first_at, "last_at": row.last_at, "shadow": row.is_shadow, "region": row.region_code,
        "content": row.content_hash,
    }  # fmt: skip
    ledger.line_append(chain=f"hit:{hit.id}", act="hit.find", by=HOUSE, at=event.at, body=body, pack=hit.pack)
    bus.publish(_found(row, event.at))
    return row


def _matter(sights: list[Sight]) -> str:
    """Return the matter most of the records are about, as far as it is known; the first by name on a draw."""
    standing = intake.records_standing(record_ids=[sight.record_id for sight in sights])
    counted = Counter(one.matter for one in standing.values() if one.matter)
    return min(counted, key=lambda matter: (-counted[matter], matter)) if counted else ""


def _title(pack: Pack, detector: Detector, values: dict[str, Any]) -> str:
    shape = pack.record(detector.reads)
    named = {**values}
    for name in detector.per:
        if shape.fields.get(name) and shape.fields[name].type == "region":
            named[name] = _region_name(str(values.get(name, "")))
    text = Text(zh=" ".join("{" + name + "}" for name in detector.per), en="-")
    return f"{detector.says.zh}：{packkit.title_fill(pack, text, shape, named)}"


def _region_name(code: str) -> str:
    try:
        return regions.region_get(regions.code_read(code)).name
    except (RegionCodeInvalid, RegionNotFound):
        return code


def _found(row: HitRow, at: datetime) -> HitFound:
    return HitFound(
        hit_id=row.id,
        pack=row.pack,
        pack_id=row.pack_id,
        detector=row.detector,
        subject=row.subject,
        title=row.title,
        matter=row.matter,
        region_code=row.region_code,
        region_path=row.region_path,
        grade=row.grade,
        reasons=row.reasons,
        record_ids=row.record_ids,
        count=row.count,
        is_shadow=row.is_shadow,
        at=at,
    )


@guard.act
def hit_label(*, hit_id: int, verdict: str, by: Actor, at: datetime) -> None:
    """Write down what reality said of a hit; the newest verdict counts, the same again changes nothing.

    Called by rooms that decided about the alert or case and asked for the rights there.

    Raises:
        HitNotFound, VerdictUnknown.
    """
    if verdict not in VERDICTS:
        raise VerdictUnknown(verdict=str(verdict)[:20])
    hit = Hit.objects.select_for_update().filter(id=hit_id).first()
    if hit is None:
        raise HitNotFound(hit=hit_id)
    newest = queries.newest_labels([hit_id]).get(hit_id)
    if newest is not None and newest.verdict == verdict:
        return
    Label.objects.create(hit=hit, verdict=verdict, given_by=by.ref, given_at=at)
    body = {"detector": hit.detector, "verdict": verdict}
    ledger.line_append(chain=f"hit:{hit_id}", act="hit.label", by=by, at=at, body=body, pack=hit.pack)


def hit_get(*, hit_id: int, by: Actor) -> HitRow:
    """Return one hit the actor may see.

    Raises:
        HitNotFound: there is none, or the actor may not see it.
    """
    hit = queries.visible(by).filter(id=hit_id).first()
    if hit is None:
        raise HitNotFound(hit=hit_id)
    return queries.hit_row(hit, queries.newest_labels([hit_id]).get(hit_id))


def hit_page(*, by: Actor, wanted: HitFilter | None = None, cursor: str = "", size: int = 50) -> Page[HitRow]:
    """Return hits the actor may see, the newest first; those in shadow mode too.

    Raises:
        BadPage: the cursor is damaged.
    """
    asked = wanted or HitFilter()
    rows = queries.visible(by).order_by("-id")
    rows = rows.filter(
        **{name: value for name, value in (("pack_id", asked.pack_id), ("detector", asked.detector)) if value}
    )
    if asked.is_shadow is not None:
        rows = rows.filter(is_shadow=asked.is_shadow)
    if cursor:
        before = number_read(cursor)
        if before is None:
            raise BadPage()
        rows = rows.filter(id__lt=before)
    found = list(rows[: size + 1])
    labels = queries.newest_labels([hit.id for hit in found])
    following = str(found[size - 1].id) if len(found) > size else ""
    return Page(tuple(queries.hit_row(hit, labels.get(hit.id)) for hit in found[:size]), following)


def proposals_of(*, pack_id: str) -> list[Proposal]:
    """Return what verdicts propose for every detector of a pack, per version; a person decides."""
    return [proposal_of(one) for one in precision_of(pack_id=pack_id)]


def precision_of(*, pack_id: str) -> list[Precision]:
    """Return how often each detector of a pack was right, per version, ordered by version and detector."""
    hits = list(Hit.objects.filter(pack_id=pack_id).order_by("pack", "detector").values_list("id", "pack", "detector"))
    labels = queries.newest_labels([hit_id for hit_id, *_ in hits])
    told: dict[tuple[str, str], Counter[str]] = {}
    for hit_id, stamp, detector in hits:
        label = labels.get(hit_id)
        told.setdefault((stamp, detector), Counter())[label.verdict if label else "waiting"] += 1
    return [_precision(stamp, detector, counts) for (stamp, detector), counts in told.items()]


def _precision(stamp: str, detector: str, counts: Counter[str]) -> Precision:
    judged = counts["true"] + counts["false"] + counts["harmless"]
    return Precision(
        pack=stamp,
        detector=detector,
        hit_count=counts.total(),
        true_count=counts["true"],
        false_count=counts["false"],
        harmless_count=counts["harmless"],
        cannot_verify_count=counts["cannot_verify"],
        waiting_count=counts["waiting"],
        share=counts["true"] / judged if judged else None,
    )
