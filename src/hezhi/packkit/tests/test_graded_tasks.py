"""A task whose result a table colours, records that only lie in the lake, and what no detector may look at."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hezhi.packkit.api import Finding, explanation, pack_explain, pack_read, packs_check
from hezhi.packkit.tests.conftest import PACKS

Change = Callable[..., list[tuple[str, str]]]
FINANCE = "finance_tricolour"


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """Change one text in a copy of the pack and return rule and cause of what the check says."""
    folder = Path(shutil.copytree(PACKS / FINANCE, tmp_path / "shelf" / FINANCE))

    def made(*changes: tuple[str, str, str]) -> list[tuple[str, str]]:
        for file, old, new in changes:
            text = (folder / file).read_text("utf-8")
            assert old in text
            (folder / file).write_text(text.replace(old, new, 1), "utf-8")
        found: list[Finding] = packs_check([folder])
        return [(one.rule, one.cause) for one in found]

    return made


def test_people_are_asked_for_what_they_found_and_not_for_the_colour() -> None:
    asked = pack_read(PACKS / FINANCE).task("verify_again").asked

    assert list(asked) == ["visited", "judged", "judged_by"]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("graded: {by: card,", "graded: {by: crad,", "refs/unknown-decision"),
        ("colour: colour, reasons: colour_reasons}", "colour: color, reasons: colour_reasons}", "refs/unknown-field"),
        ("colour: colour, reasons: colour_reasons}", "colour: finding, reasons: colour_reasons}",
         "refs/wrong-field-type"),
        ("      judged:\n", "      decided:\n", "refs/unknown-input"),
    ],
)  # fmt: skip
def test_a_colour_that_leads_nowhere_is_told(change: Change, old: str, new: str, rule: str) -> None:
    assert rule in [one for one, _ in change(("playbook.yml", old, new))]


def test_a_record_that_only_lies_in_the_lake_names_no_matter_and_one_that_enters_must(change: Change) -> None:
    assert change() == []

    told = change(
        ("playbook.yml", "{record: clue, to: alert}", "{record: firm_fact, to: alert}"),
        ("playbook.yml", '"{target}：集资线索", en: "{target}:', '"{firm}：集资线索", en: "{firm}:'),
        ("playbook.yml", '"{target}：金融风险核查", en: "{target}:', '"{firm}：金融风险核查", en: "{firm}:'),
    )  # fmt: skip

    assert told == [("meaning/matter-unclear", "'firm_fact' has no field for the matter, the pack has 4 matters.")]


@pytest.mark.parametrize(
    ("field", "zh", "en", "word"),
    [
        ("holder_age", "持有人", "Holder", "age"),
        ("holder_state", "是否无业", "Holder", "无业"),
        ("holder_state", "持有人", "Unemployed holder", "unemployed"),
    ],
)
def test_age_and_joblessness_never_score_whatever_else_is_known(
    change: Change, field: str, zh: str, en: str, word: str
) -> None:
    cents = "    cents: {type: integer, label: {zh: 金额, en: Amount}, required: true, unit: cents, at_least: 1}\n"
    own = f"    {field}: {{type: integer, label: {{zh: {zh}, en: {en}}}}}\n"

    told = change(
        ("records.yml", cents, cents + own),
        ("detectors/rapid_in_and_out.yml", "where: cents >= p.big}", f"where: 'cents >= p.big and {field} >= 60'}}"),
    )

    assert told == [
        ("meaning/trait-input", f"'{field}' looks at '{word}', which says what a person is, not what happened.")
    ]


def test_a_field_that_no_detector_looks_at_changes_no_hit(change: Change) -> None:
    cents = "    cents: {type: integer, label: {zh: 金额, en: Amount}, required: true, unit: cents, at_least: 1}\n"

    assert (
        change(("records.yml", cents, cents + "    holder_age: {type: integer, label: {zh: 持有人, en: Holder}}\n"))
        == []
    )


def test_a_pack_tells_its_detectors_over_the_lake_with_their_numbers_and_where_they_err() -> None:
    told = [line for _, lines in pack_explain(pack_read(PACKS / FINANCE), language="en") for line in lines]

    at = told.index("so many accounts paid so many yuan into one private account within 30 days.")
    assert told[at + 1].startswith("Parameter payers: 15 count (")
    assert "Blind to: Accounts outside the cooperating banks are not seen" in told
    assert "It may also be: Friends collect for somebody's treatment" in told


@pytest.mark.parametrize(
    ("place", "cause"),
    [
        ("{sum:yaun}", "'{sum:yaun}' asks for a form that is not known; only 'yuan' is."),
        ("{summ:yuan}", "'{summ:yuan}' is neither a feature nor a parameter."),
        ("{payers:yuan}", "'{payers:yuan}' tells cents as yuan, but 'payers' is in count."),
        ("{least:yuan}", None),
    ],
)
def test_only_cents_are_told_as_yuan(change: Change, place: str, cause: str | None) -> None:
    told = change(("detectors/fan_in.yml", "汇入 {sum:yuan} 元", f"汇入 {place} 元"))

    assert [one for _, one in told] == ([cause] if cause else [])


def test_an_officer_reads_yuan_where_the_lake_holds_cents() -> None:
    [scan] = [one for one in pack_read(PACKS / FINANCE).scans if one.id == "fan_in"]

    says, *_ = explanation(scan, {"payers": 17, "sum": 32_850_005})
    assert (says.zh, says.en) == (
        "三十天内 17 个账户向同一个人账户汇入 328,500.05 元",
        "17 accounts paid 328,500.05 yuan into one private account within 30 days",
    )


def test_a_detector_over_the_lake_that_says_nothing_of_its_blind_spots_is_told(change: Change) -> None:
    file = "detectors/refund_over_recovered.yml"

    told = change(
        (file, "{zh: 没有登记进台账的钱看不到, en: Money outside the ledger is not seen}", "{zh: 无, en: None}")
    )

    assert set(told) == {
        ("meaning/blind-spot-unnamed", f"'{word}' tells nobody where the detector goes wrong.")
        for word in ("无", "None")
    }
