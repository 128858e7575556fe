"""The tier is computed: nothing is claimed, nothing is promoted by age, and time alone can demote."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hezhi.packkit.api import Score, pack_score

TODAY = date(2026, 12, 1)


def state(score: Score, rule: str) -> tuple[str, str]:
    return next((row.status, row.reason) for row in score.rows if row.rule == rule)


def passed(copy: Path) -> dict[str, bool]:
    return dict.fromkeys(pack_score(copy, today=TODAY).story_names, True)


def test_with_its_stories_played_the_demonstration_reaches_bronze(copy: Path) -> None:
    score = pack_score(copy, today=TODAY, stories=passed(copy))

    assert score.tier == "bronze"
    assert [row.rule for row in score.rows if row.tier == "bronze" and row.status != "done"] == []


def test_without_its_stories_played_nothing_is_reached(copy: Path) -> None:
    score = pack_score(copy, today=TODAY)

    assert score.tier == "none"
    assert [row.rule for row in score.rows if row.tier == "bronze" and row.status == "todo"] == ["story-passes"]


def test_a_story_that_fails_takes_the_tier_away(copy: Path) -> None:
    assert pack_score(copy, today=TODAY, stories=dict.fromkeys(passed(copy), False)).tier == "none"


def test_a_basis_that_nobody_checked_for_a_year_takes_the_tier_away(copy: Path) -> None:
    score = pack_score(copy, today=date(2027, 11, 23), stories=passed(copy))

    assert score.tier == "none"
    assert state(score, "lawful-basis-stated")[0] == "todo"
    assert state(score, "owner-active")[0] == "todo"


def test_a_storm_of_copies_raises_one_hit(copy: Path) -> None:
    assert state(pack_score(copy, today=TODAY), "storm-tested") == ("done", "10000 copies of one record raise one hit")


def test_an_exemption_needs_a_reason_and_never_covers_a_safeguard(copy: Path) -> None:
    (copy / "quality.yml").write_text(
        "- {rule: field-tested, exempt: The pack is an invented demonstration.}\n"
        "- {rule: lawful-basis-stated, exempt: We would rather not state any basis.}\n",
        "utf-8",
    )
    text = (copy / "pack.yml").read_text("utf-8")
    (copy / "pack.yml").write_text(text.replace("is_verified: true", "is_verified: false"), "utf-8")

    score = pack_score(copy, today=TODAY)

    assert state(score, "field-tested") == ("exempt", "The pack is an invented demonstration.")
    assert state(score, "lawful-basis-stated") == ("todo", "no article was read in the text in force")


def test_evidence_counts_for_twelve_months_and_only_where_code_cannot_look(copy: Path) -> None:
    note = "evidence: Two officers tried it in an office., seen_on: 2026-11-01"
    (copy / "quality.yml").write_text(f"- {{rule: field-tested, {note}}}\n- {{rule: backtested, {note}}}\n", "utf-8")

    fresh, stale = pack_score(copy, today=TODAY), pack_score(copy, today=date(2027, 11, 2))

    assert state(fresh, "field-tested") == ("done", "2026-11-01: Two officers tried it in an office.")
    assert state(fresh, "backtested")[0] == "todo"
    assert state(stale, "field-tested")[0] == "todo"
