"""A case filed under one version of a pack is finished under it, whatever a later version removed or changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseState
from hezhi.flow.cases.models import Case, KeptPack
from hezhi.flow.cases.tests.factories import BELL, HOUSE, WELL, Lamps, lines, moment
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.errors import PackStrandsCases
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack


def renamed(name: str) -> dict[str, str]:
    return {"zh": f"{name}（新）", "en": f"{name} (new)"}


def second_version(old: Pack) -> dict[str, Any]:
    """Return a next version: other limits, an outcome and two tasks gone or renamed, other words and hands."""
    raw = old.model_dump(exclude={"folder", "content_hash"})
    raw["identity"]["version"] = "2026.2"
    book = raw["playbook"]
    for limit in ("main_limit", "accept_within", "contest_within", "reopen_within"):
        book[limit]["budget"] = 1
    by_id = {one["id"]: one for one in book["tasks"]}
    del by_id["give_back"]
    look, bell = by_id["look"], by_id["ring_bell"]
    look["says"], look["limit"]["budget"] = renamed("查看"), 1
    look["fields"]["found"]["label"] = renamed("结果")
    bell["by"] = WELL
    by_id["notice"]["id"], by_id["recheck"]["after"], by_id["recheck"]["wait"]["after"] = "tell", ["tell"], "tell"
    book["tasks"] = list(by_id.values())
    book["outcomes"] = [one for one in book["outcomes"] if one["id"] != "unknown"]
    book["outcomes"].append({"id": "nobody_knows", "label": renamed("查不清"), "verdict": "cannot_verify"})
    return raw


def publish(lamps: Lamps, raw: dict[str, Any], *, older: Callable[[str], Pack | None] | None = cases.pack_kept) -> None:
    """Install another pack in place of the one there is, as a restart of the site does."""
    pack = Pack.model_validate({**raw, "folder": lamps.pack.folder, "content_hash": "1" * 64})
    shelf = packkit.Shelf([], older=older)
    shelf._packs[pack.id] = pack
    packkit.shelf_use(shelf)
    lamps.pack = pack


def test_a_case_is_finished_under_the_version_it_was_filed_with(lamps: Lamps) -> None:
    case = lamps.handled()
    first = lamps.pack
    publish(lamps, second_version(first))
    tasks.packs_rehearse()

    lamps.do(case, "look", found="broken", count=1)
    assert lamps.live(case) == ["notice", "ring_bell"]
    lamps.do(case, "notice", served_on="2026-03-02", told_rights=True, papers=["copy"])
    lamps.do(case, "ring_bell", by=WELL)
    lamps.submit(case, outcome="unknown")
    lamps.verify(lamps.case(case.id))
    done = lamps.close(lamps.case(case.id))

    assert (done.state, done.outcome, done.due_at) == (CaseState.CLOSED, "unknown", case.due_at)
    assert {line.pack for line in lines(case)} == {first.stamp}
    assert (first.stamp, lamps.pack.stamp) == ("lamp_out@2026.1", "lamp_out@2026.2")


def test_limits_of_later_acts_are_those_of_the_filing_too(lamps: Lamps) -> None:
    old, first = lamps.closed(), lamps.pack
    publish(lamps, second_version(first))
    within = first.playbook.reopen_within

    assert (within.budget, within.unit) == (10, "calendar_day")
    again = cases.case_reopen(case_id=old.id, reason="又坏了", by=lamps.by("supervisor"), at=moment("03-11 09:00"))
    assert again.state is CaseState.HANDLING


def test_words_and_assignees_follow_the_current_version(lamps: Lamps) -> None:
    case = lamps.handled()
    publish(lamps, second_version(lamps.pack))

    (look,) = lamps.tasks(case)
    assert tasks.task_says(look).zh == "查看（新）"
    assert tasks.fields_of(look)["found"].label.en == "结果 (new)"
    lamps.do(case, "look", found="broken", count=1)
    bell = next(one for one in lamps.tasks(case) if one.element == "ring_bell")
    assert bell.agency_id == lamps.agency(WELL) != lamps.agency(BELL)
    notice = next(one for one in lamps.tasks(case) if one.element == "notice")
    assert tasks.task_says(notice).zh == "送达告知"  # gone from the current version: its old words stay


def test_a_new_case_is_filed_under_the_new_version(lamps: Lamps) -> None:
    old = lamps.handled()
    publish(lamps, second_version(lamps.pack))
    new = lamps.handled()

    assert [one.pack for one in (old, new)] == ["lamp_out@2026.1", "lamp_out@2026.2"]
    assert (new.limit.budget, old.limit.budget) == (1, 10)
    assert sorted(KeptPack.objects.values_list("stamp", flat=True)) == ["lamp_out@2026.1", "lamp_out@2026.2"]


def test_a_version_is_kept_once_and_as_the_first_case_found_it(lamps: Lamps) -> None:
    lamps.opened()
    (first,) = KeptPack.objects.values_list("body", flat=True)
    lamps.change(bounce_budget=9)
    lamps.opened()

    assert list(KeptPack.objects.values_list("body", flat=True)) == [first]
    kept = cases.pack_kept(lamps.pack.stamp)
    assert kept is not None
    assert kept.playbook.bounce_budget == first["playbook"]["bounce_budget"] != 9
    assert cases.pack_kept("lamp_out@2019.1") is None


def test_a_change_without_a_version_that_strands_cases_is_refused_with_every_gap(lamps: Lamps) -> None:
    case, waiting = lamps.submitted("post"), lamps.handled("lamp")
    lamps.do(waiting, "look", found="broken", count=1)
    raw = second_version(lamps.pack)
    raw["identity"]["version"] = "2026.1"
    raw["matters"] = [one for one in raw["matters"] if one["id"] != "lamp"]
    publish(lamps, raw)

    with pytest.raises(PackStrandsCases) as refused:
        tasks.packs_rehearse()

    assert refused.value.findings == (
        "lamp_out@2026.1 matter lamp: 1 cases",
        "lamp_out@2026.1 outcome unknown: 1 cases",
        "lamp_out@2026.1 task notice: 1 tasks",
    )
    assert Case.objects.filter(id=case.id, state="submitted").exists()


def test_where_the_version_was_not_kept_the_installed_one_is_followed_and_gaps_are_refused(lamps: Lamps) -> None:
    case = lamps.submitted()
    KeptPack.objects.all().delete()
    raw = second_version(lamps.pack)
    publish(lamps, raw)

    with pytest.raises(PackStrandsCases, match="outcome unknown"):
        tasks.packs_rehearse()

    raw["playbook"]["outcomes"].append({"id": "unknown", "label": renamed("不明"), "verdict": "cannot_verify"})
    publish(lamps, raw)
    tasks.packs_rehearse()
    assert packkit.shelf().of(case.pack).stamp == "lamp_out@2026.2"
    assert cases.case_get(case_id=case.id, by=HOUSE).pack == "lamp_out@2026.1"
