"""Scenario packs in plain language, for everyone who works with them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hezhi.edge.now import machine_day, now
from hezhi.edge.web.actor import by, officer
from hezhi.edge.web.refusals import said
from hezhi.flow.detection import api as detection
from hezhi.kit.moments import day_of
from hezhi.packkit import api as packkit
from hezhi.packkit.api import Score
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.playbook import Task
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor, Right


@require_GET
@officer(Right.PACK_READ)
def pack_list(request: HttpRequest) -> HttpResponse:
    shelf = packkit.shelf()
    return render(request, "web/packs.html", {"packs": shelf.packs(), "problems": sorted(shelf.problems)})


@require_GET
@officer(Right.PACK_READ)
def pack_show(request: HttpRequest, pack_id: str) -> HttpResponse:
    """One pack: purpose, basis, data, rules, steps, numbers, and how well proven it is."""
    pack = packkit.shelf().get(pack_id)
    shown = {
        "pack": pack,
        "detectors": detection.detectors_readable(pack),
        "score": _score(pack.folder, pack.content_hash, machine_day()),
        "after": {one.id: _after(pack, one) for one in pack.playbook.tasks},
        "adverse": set(pack.identity.safeguards.adverse_effects),
        "agencies": _agencies(pack, by(request)),
    }
    return render(request, "web/pack.html", shown)


def _agencies(pack: Pack, me: Actor) -> dict[str, str]:
    """Return ``{kind of agency: name}`` as the catalogue would find them for the reader's own agency."""
    if me.agency_id is None:
        return {}
    kinds = {kind for one in pack.matters for kind in (one.lead, *one.co) if kind}
    home = people.agency_get(me.agency_id).region_code
    found = people.agencies_find(kinds=kinds, region_code=home, on=day_of(now()))
    return {kind: one.name for kind, one in found.items()}


@lru_cache(maxsize=64)
def _score(folder: Path, content_hash: str, today: date) -> Score:
    """Return how a pack stands; asked once a day for each content, because it runs the pack's own tests."""
    return packkit.pack_score(folder, today=today)


def _after(pack: Pack, task: Task) -> list[str]:
    """Return what must be done before a task opens, in words."""
    return [said(pack.task(one).says) for one in task.after]
