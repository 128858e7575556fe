"""The packs of this house: sound, locked, told in both languages, and as careful as they claim."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from hezhi.edge.cli.pack import REFERENCE
from hezhi.packkit.api import (
    RULES,
    Pack,
    kinds_near,
    lock_read,
    pack_explain,
    pack_read,
    pack_score,
    packs_check,
    reference_files,
)

PACKS = Path(__file__).parents[2] / "packs"
INSTALLED = sorted(path.name for path in PACKS.iterdir() if path.is_dir() and not path.name.startswith(("_", ".")))
FOURTH = Path(__file__).parent / "noise_at_night"
TODAY = date(2026, 12, 1)


@pytest.fixture(scope="module", params=[*INSTALLED, "noise_at_night"])
def pack(request: pytest.FixtureRequest) -> Pack:
    name = request.param
    return pack_read(FOURTH if name == FOURTH.name else PACKS / name)


def test_the_shelf_has_no_finding() -> None:
    assert packs_check([PACKS]) == []


def test_template_demonstration_and_fourth_pack_have_no_finding() -> None:
    assert packs_check([PACKS / "_template", PACKS / "_demo_works", FOURTH]) == []


def test_the_broken_pack_breaks_each_rule_exactly_once() -> None:
    lock = Path(__file__).parent / "demo_fails.lock"

    told = Counter(one.rule for one in packs_check([PACKS / "_demo_fails"], lock=lock))

    assert dict(told) == {rule.id: 1 for rule in RULES}


def test_every_finding_of_the_broken_pack_stands_where_its_rule_is_named() -> None:
    """Each broken line of the broken pack carries the rule in a note, or the line above it does."""
    lock = Path(__file__).parent / "demo_fails.lock"
    astray = []
    for finding in packs_check([PACKS / "_demo_fails"], lock=lock):
        path = Path(finding.path)
        if path.suffix != ".yml" or "unclosed" in path.name:
            continue
        lines = path.read_text("utf-8").splitlines()
        near = "\n".join(lines[max(0, finding.line - 2) : finding.line + 6])
        name = finding.rule.split("/")[1]
        if name not in near and name.removeprefix("adverse") not in near:
            astray.append(str(finding))
    assert astray == []


def test_every_installed_version_stands_in_the_lock() -> None:
    locked = {(line.id, line.version): line.hash for line in lock_read(PACKS / "registry.lock")}

    assert {name: pack_read(PACKS / name).content_hash for name in INSTALLED} == {
        name: locked.get((name, pack_read(PACKS / name).identity.version)) for name in INSTALLED
    }


def test_the_reference_page_and_the_schemas_for_editors_are_up_to_date() -> None:
    assert {name: (REFERENCE / name).read_text("utf-8") for name in reference_files()} == reference_files()


def test_a_pack_keeps_every_bronze_rule_that_needs_no_database(pack: Pack) -> None:
    rows = pack_score(pack.folder, today=TODAY).rows

    assert [row for row in rows if row.tier == "bronze" and row.status == "todo" and row.rule != "story-passes"] == []


def test_every_detector_of_a_pack_has_a_title_that_fits_a_heading(pack: Pack) -> None:
    titles = [one.title for one in (*pack.detectors, *pack.scans)]

    assert [one for one in titles if one is None or len(one.zh) > 16 or len(one.en) > 40] == []
    assert len(set(titles)) == len(titles)


def test_a_pack_keeps_the_silver_rules_that_can_be_computed(pack: Pack) -> None:
    rows = {row.rule: row for row in pack_score(pack.folder, today=TODAY).rows}
    computed = (
        "deadlines-and-escalation",
        "storm-tested",
        "late-and-missing-data-tested",
        "words-complete",
        "owner-active",
    )

    due = [name for name in computed if name != "storm-tested" or pack.detectors]  # nothing to storm without one
    assert [rows[name] for name in due if rows[name].status != "done"] == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_pack_tells_itself_with_the_citys_names(pack: Pack, language: str) -> None:
    kinds = kinds_near(pack.folder)
    assert kinds is not None

    sections = pack_explain(pack, language=language, kinds=kinds)  # type: ignore[arg-type]

    told = "\n".join(line for _, lines in sections for line in lines)
    assert [kind for kind in kinds if "_" in kind and kind in told] == []
    assert "{" not in told


def test_whatever_burdens_someone_comes_after_a_notice_and_can_be_undone(pack: Pack) -> None:
    for task in pack.playbook.tasks:
        if task.adverse:
            assert task.fields["decided_by"].required
            assert (task.fields["reasons"].at_least or 0) >= 10
            assert any(other.undoes == task.id for other in pack.playbook.tasks)
    assert pack.identity.safeguards.contest.zh


def test_every_outcome_can_be_reached_by_its_tasks(pack: Pack) -> None:
    """Tasks an outcome needs never demand two different values of one field."""
    tasks = {task.id: task for task in pack.playbook.tasks}
    for outcome in pack.playbook.outcomes:
        wanted: dict[str, object] = {}
        open_ends, seen = list(outcome.needs), set()
        while open_ends:
            name = open_ends.pop()
            if name in seen:
                continue
            seen.add(name)
            open_ends += tasks[name].after
            for key, value in tasks[name].opens_when.items():
                assert wanted.setdefault(key, value) == value, f"{outcome.id} can never be claimed: {key}"


def test_plates_stay_secret_and_never_come_from_a_camera() -> None:
    secret = pack_read(PACKS / "zombie_vehicles").record("report").fields["plate"]
    capture = pack_read(PACKS / "fire_lane").record("capture").fields

    assert secret.sensitivity == "secret"
    assert [name for name in capture if "plate" in name] == []
    assert capture["vehicle_token"].sensitivity == "personal"


def test_a_place_of_notice_and_time_stands_before_any_removal() -> None:
    tasks = {task.id: task for task in pack_read(PACKS / "zombie_vehicles").playbook.tasks}
    wait = tasks["recheck"].wait

    assert wait is not None
    assert (wait.after, wait.limit.budget, wait.limit.unit, wait.waiting_for) == (
        "serve_notice",
        3,
        "calendar_day",
        "citizen",
    )
    assert tasks["decide_removal"].after == ("recheck",)


def test_a_message_is_answered_in_three_five_or_seven_working_days() -> None:
    message = pack_read(PACKS / "public_message")
    by = message.playbook.limit_by

    assert by is not None
    assert by.field == "kind"
    assert {kind: (limit.budget, limit.unit) for kind, limit in by.limits.items()} == {
        "consult": (3, "working_day"),
        "help": (5, "working_day"),
        "complaint": (7, "working_day"),
    }
    assert message.playbook.main_limit.budget == 7


def test_complaints_against_staff_are_confidential_and_lead_elsewhere() -> None:
    message = pack_read(PACKS / "public_message")
    confidential = {
        matter.id: (matter.lead, matter.co, matter.support) for matter in message.matters if matter.confidential
    }

    assert confidential["pt02"] == ("discipline_inspection", (), ())
    assert set(confidential) == {"pt02", "po04", "ps07"}


def test_training_sentences_are_varied_and_enough() -> None:
    rows = [
        json.loads(line) for line in (PACKS / "public_message/samples/training.jsonl").read_text("utf-8").splitlines()
    ]
    per_matter = Counter(row["matter"] for row in rows)

    assert set(per_matter) == {matter.id for matter in pack_read(PACKS / "public_message").matters}
    assert min(per_matter.values()) >= 12
    assert len(rows) >= 600
    assert len({row["text"] for row in rows}) == len(rows)
