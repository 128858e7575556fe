"""What watches over the records: every detector, when it last looked, how often it was right, what that proposes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hezhi.edge.web.actor import by, officer
from hezhi.flow.detection import api as detection
from hezhi.flow.detection.contracts import Precision, Proposal, Recall, RunRow
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.base import Text
from hezhi.spine.permissions.contracts import Right


@dataclass(frozen=True)
class Row:
    """One detector of a pack. ``run`` is its newest look over history, None where it counts at arrival."""

    id: str
    title: Text
    says: Text
    kind: str
    is_shadow: bool
    blind_spots: tuple[Text, ...]
    run: RunRow | None
    told: Precision | None
    proposal: Proposal | None
    recall: Recall | None

    @property
    def looked_at(self) -> datetime | None:
        return self.run.as_of if self.run else None


@require_GET
@officer(Right.INDICATOR_READ)
def detector_list(request: HttpRequest) -> HttpResponse:
    """The detectors of every pack in use; numbers count the reader's own regions."""
    runs = {(one.pack_id, one.scan): one for one in detection.runs_newest()}
    packs = [
        (pack, rows_of(pack, runs), detection.groups_of(pack_id=pack.id, by=by(request)))
        for pack in packkit.shelf().packs()
        if pack.identity.status != "retired" and (pack.detectors or pack.scans)
    ]
    failed = [(pack, row) for pack, rows, _ in packs for row in rows if row.run and row.run.error]
    shown = {"packs": packs, "failed": failed, "candidates": detection.comparisons_of(by=by(request))}
    return render(request, "web/detectors.html", shown)


def rows_of(pack: Pack, runs: dict[tuple[str, str], RunRow]) -> list[Row]:
    """Return a row for each detector, the newest version's figures with it."""
    told = {one.detector: one for one in detection.precision_of(pack_id=pack.id)}  # ordered: the newest comes last
    proposed = {one.detector: one for one in detection.proposals_of(pack_id=pack.id)}
    recalled = {one.detector: one for one in reversed(detection.recalls_of(pack_id=pack.id))}  # the newest comes last
    return [
        Row(
            one.id, pack.detector_title(one.id), says, one.kind, one.shadow, one.blind_spots,
            runs.get((pack.id, one.id)), told.get(one.id), proposed.get(one.id), recalled.get(one.id),
        )
        for one, says in detection.detectors_readable(pack)
    ]  # fmt: skip
