"""Scenario packs in plain language, for everyone who works with them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hezhi.edge.now import now
from hezhi.edge.web.actor import officer
from hezhi.edge.web.refusals import said
from hezhi.kit.moments import day_of
from hezhi.packkit import api as packkit
from hezhi.packkit.api import Score
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.playbook import Task
from hezhi.spine.permissions.contracts import Right


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
        "score": _score(pack.folder, pack.content_hash, day_of(now())),
        "after": {one.id: _after(pack, one) for one in pack.playbook.tasks},
        "adverse": set(pack.identity.safeguards.adverse_effects),
    }
    return render(request, "web/pack.html", shown)


@lru_cache(maxsize=64)
def _score(folder: Path, content_hash: str, today: date) -> Score:
    """Return how a pack stands; asked once a day for each content, because it runs the pack's own tests."""
    return packkit.pack_score(folder, today=today)


def _after(pack: Pack, task: Task) -> list[str]:
    """Return what must be done before a task opens, in words."""
    return [said(pack.task(one).says) for one in task.after]
