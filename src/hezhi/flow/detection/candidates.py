"""Runs a changed scan in shadow beside the one in use, and tells what each found that the other did not.

A candidate's hits are shadow hits like any others: kept, judged, and never alerts. Its runs stand on the snapshots of
the scan in use. Nothing here changes the pack: whoever is convinced publishes a new version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from pydantic import TypeAdapter

from hezhi.flow.detection import queries
from hezhi.flow.detection.contracts import Comparison, Side
from hezhi.flow.detection.errors import (
    CandidateBad,
    CandidateNotFound,
    CandidateRuns,
    HitNotFound,
    ReasonMissing,
    ScanNotFound,
    VerdictUnknown,
)
from hezhi.flow.detection.learning import side_of
from hezhi.flow.detection.models import Candidate, Hit, Label, Run
from hezhi.flow.detection.rules import REASON_AT_LEAST, VERDICTS, definition_of, differences, records_of
from hezhi.kit.moments import day_starts_at
from hezhi.packkit import api as packkit
from hezhi.packkit.api import ExpressionBad, Span
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.scan import Scan
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right

SHOWN = 50  # hits that one side alone found
_SCAN: TypeAdapter[Scan] = TypeAdapter(Scan)


@dataclass(frozen=True)
class Beside:
    """A candidate as a run takes it: the scan under its own name, and from which moment on it looks (microseconds)."""

    scan: Scan
    since: int


def running(pack_id: str, detector: str) -> Beside | None:
    """Return the candidate that runs beside a scan, if any."""
    found = Candidate.objects.filter(pack_id=pack_id, detector=detector, ended_at=None).first()
    if found is None:
        return None
    scan = _SCAN.validate_python(found.definition).model_copy(update={"id": _name(found), "shadow": True})
    return Beside(scan, packkit.micros(found.since_at))


def _name(candidate: Candidate) -> str:
    return f"{candidate.detector}~{candidate.id}"


@guard.act
def candidate_begin(
    *, pack_id: str, detector: str, since_on: date, reason: str, by: Actor, at: datetime,
    values: Mapping[str, int] | None = None, draft: Pack | None = None,
) -> int:  # fmt: skip
    """Let a changed form of a scan run in shadow beside it from the next run on; return its number.

    Args:
        since_on: the first day it looks at.
        values: other values of parameters, by name, within their own bounds.
        draft: a checked pack whose scan of the same id is the changed form.

    Raises:
        PackUnknown, ScanNotFound, ReasonMissing, NotAllowed.
        CandidateBad: it is the same, breaks a bound, or reads what the pack in use does not have.
        CandidateRuns: another one runs beside this scan.
    """
    permissions.require_everywhere(by, Right.INDICATOR_READ)
    pack = packkit.shelf().get(pack_id)
    live = _scan(pack, detector)
    told = " ".join(reason.split())
    if len(told) < REASON_AT_LEAST:
        raise ReasonMissing()
    changed = _with_values(_scan(draft, detector) if draft else live, values or {})
    changes = differences(live, changed)
    if definition_of(changed) == definition_of(live):
        raise CandidateBad("It finds what the detector in use finds.")
    try:
        packkit.scan_sql(changed, records_of(pack, changed), Span(0, 1), 0)
    except (ExpressionBad, LookupError) as error:
        raise CandidateBad(str(error)) from None
    if Candidate.objects.filter(pack_id=pack_id, detector=detector, ended_at=None).exists():
        raise CandidateRuns(detector=detector)
    row = Candidate.objects.create(
        pack_id=pack_id, detector=detector, definition=changed.model_dump(mode="json"), changes=changes,
        since_at=day_starts_at(since_on), begun_at=at, begun_by=by.ref,
    )  # fmt: skip
    body = {"detector": detector, "changes": changes, "since": since_on.isoformat(), "reason": told}
    ledger.line_append(chain=f"candidate:{row.id}", act="candidate.begin", by=by, at=at, body=body, pack=pack.stamp)
    return row.id


def _scan(pack: Pack, detector: str) -> Scan:
    scan = next((one for one in pack.scans if one.id == detector), None)
    if scan is None:
        raise ScanNotFound(detector=detector)
    return scan


def _with_values(scan: Scan, values: Mapping[str, int]) -> Scan:
    params = dict(scan.params)
    for name, value in values.items():
        if name not in params:
            raise CandidateBad(f"'{name}' is no parameter; there are {', '.join(params)}.")
        one = params[name]
        if (one.at_least is not None and value < one.at_least) or (one.at_most is not None and value > one.at_most):
            raise CandidateBad(f"'{name}' lies between {one.at_least} and {one.at_most}.")
        params[name] = one.model_copy(update={"value": value})
    return scan.model_copy(update={"params": params})


@guard.act
def candidate_end(*, candidate_id: int, reason: str, by: Actor, at: datetime) -> None:
    """Let a candidate run no more; what it found stays.

    Raises:
        CandidateNotFound, CandidateRuns: it was ended before; ReasonMissing, NotAllowed.
    """
    permissions.require_everywhere(by, Right.INDICATOR_READ)
    row = Candidate.objects.select_for_update().filter(id=candidate_id).first()
    if row is None:
        raise CandidateNotFound(candidate=candidate_id)
    if row.ended_at is not None:
        raise CandidateRuns(candidate=candidate_id)
    told = " ".join(reason.split())
    if len(told) < REASON_AT_LEAST:
        raise ReasonMissing()
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    ledger.line_append(chain=f"candidate:{row.id}", act="candidate.end", by=by, at=at, body={"reason": told})


@guard.act
def shadow_judge(*, hit_id: int, verdict: str, reason: str, by: Actor, at: datetime) -> None:
    """Say of a shadow hit whether it was right: it has no case from which a verdict could come. The newest counts.

    Raises:
        HitNotFound: there is no shadow hit of this number that the actor triages or supervises.
        VerdictUnknown, ReasonMissing.
    """
    triages, supervises = (
        permissions.scope_q(by, one, queries.FIELDS) for one in (Right.ALERT_TRIAGE, Right.CASE_SUPERVISE)
    )
    hit = queries.visible(by).filter(triages | supervises, id=hit_id, is_shadow=True).select_for_update().first()
    if hit is None:
        raise HitNotFound(hit=hit_id)
    if verdict not in VERDICTS:
        raise VerdictUnknown(verdict=str(verdict)[:20])
    told = " ".join(reason.split())
    if len(told) < REASON_AT_LEAST:
        raise ReasonMissing()
    Label.objects.create(hit=hit, verdict=verdict, given_by=by.ref, given_at=at)
    body = {"detector": hit.detector, "verdict": verdict, "reason": told}
    ledger.line_append(chain=f"hit:{hit.id}", act="hit.judge", by=by, at=at, body=body, pack=hit.pack)


def comparison_get(*, candidate_id: int, by: Actor) -> Comparison:
    """Return one candidate beside its scan, over the hits the actor may see.

    Raises:
        CandidateNotFound.
    """
    found = Candidate.objects.filter(id=candidate_id).first()
    if found is None:
        raise CandidateNotFound(candidate=candidate_id)
    return _compared(found, by)


def comparisons_of(*, by: Actor, pack_id: str = "") -> list[Comparison]:
    """Return every candidate, the newest first."""
    rows = Candidate.objects.order_by("-id")
    return [_compared(one, by) for one in (rows.filter(pack_id=pack_id) if pack_id else rows)]


def _compared(one: Candidate, by: Actor) -> Comparison:
    run = Run.objects.filter(pack_id=one.pack_id, scan=_name(one)).order_by("-id").first()
    seen = queries.visible(by).filter(pack_id=one.pack_id, run__isnull=False, last_at__gte=one.since_at)
    until = Q(run_id__lte=run.id) if run else Q(pk__in=[])  # what came after its last run it could not find
    live = list(seen.filter(until, detector=one.detector).order_by("-id"))
    shadow = list(seen.filter(until, detector=_name(one)).order_by("-id"))
    labels = {hit_id: row.verdict for hit_id, row in queries.newest_labels([x.id for x in (*live, *shadow)]).items()}
    near = {hit.id: [other for other in shadow if _meets(hit, other)] for hit in live}
    met = {other.id for others in near.values() for other in others}
    told = {hit.id: labels.get(hit.id) or _first(labels, near[hit.id]) for hit in live}
    for hit in shadow:
        told[hit.id] = labels.get(hit.id) or _first(labels, [other for other in live if _meets(other, hit)])
    both, only_live = [x for x in live if near[x.id]], [x for x in live if not near[x.id]]
    only_shadow = [hit for hit in shadow if hit.id not in met]
    alone = sorted((*only_live, *only_shadow), key=lambda hit: -hit.id)[:SHOWN]
    newest = queries.newest_labels([hit.id for hit in alone])
    return Comparison(
        one.id, one.pack_id, one.detector, _name(one), tuple(one.changes), one.since_at, one.ended_at,
        run.as_of if run else None, run.error if run else "",
        *(_side(hits, told) for hits in (live, shadow, both, only_live, only_shadow)),
        tuple(queries.hit_row(hit, newest.get(hit.id)) for hit in alone),
    )  # fmt: skip


def _meets(one: Hit, other: Hit) -> bool:
    return one.subject == other.subject and one.first_at <= other.last_at and other.first_at <= one.last_at


def _first(labels: Mapping[int, str], hits: Sequence[Hit]) -> str | None:
    return next((labels[hit.id] for hit in hits if hit.id in labels), None)


def _side(hits: Sequence[Hit], told: Mapping[int, str | None]) -> Side:
    return side_of([told[hit.id] for hit in hits])
