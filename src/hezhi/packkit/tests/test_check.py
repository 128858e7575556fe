"""The check sees each kind of mistake where it stands, tells all at once, and lets no unlawful pack load."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hezhi.packkit.api import Finding, PackInvalid, pack_read, packs_check
from hezhi.packkit.catalogue import PASSES, RULES
from hezhi.packkit.passes.safeguards import trait_in

Spoil = Callable[..., list[Finding]]


def told(findings: list[Finding]) -> list[tuple[str, str, int, str]]:
    return [(one.rule, Path(one.path).name, one.line, one.nearest) for one in findings]


def test_the_demonstration_pack_keeps_every_rule(copy: Path) -> None:
    assert packs_check([copy]) == []


def test_every_rule_has_a_pass_and_a_reason_in_one_sentence() -> None:
    assert all(rule.pass_name in PASSES and rule.says.endswith(".") and len(rule.says) > 15 for rule in RULES)
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_no_lawful_basis_no_load(copy: Path) -> None:
    text = (copy / "pack.yml").read_text("utf-8")
    start, end = text.index("lawful_basis:"), text.index("sensitivity:")
    (copy / "pack.yml").write_text(text[:start] + text[end:], "utf-8")

    with pytest.raises(PackInvalid) as refused:
        pack_read(copy)

    assert [one.rule for one in refused.value.findings] == ["meaning/no-lawful-basis"]


@pytest.mark.parametrize(
    ("file", "old", "new", "rules"),
    [
        ("playbook.yml", "    serves: true\n", "", ["meaning/adverse-without-notice"]),
        ("playbook.yml", "      decided_by:", "      signed_by:", ["meaning/adverse-without-person"]),
        ("playbook.yml", "required: true, at_least: 10}", "required: true}", ["meaning/adverse-without-reasons"]),
        ("playbook.yml", "    undoes: take_away\n", "", ["meaning/adverse-without-undo"]),
        ("playbook.yml", "wrongful: true, ", "", ["meaning/no-wrongful-outcome"]),
        ("pack.yml", "[take_away]", "[]", ["meaning/adverse-undeclared"]),
        ("records.yml", "sensitivity: secret", "sensitivity: open",
         ["meaning/contact-not-secret", "meaning/need-without-field"]),
        ("records.yml", "subject: spot", "subject: contact_phone",
         ["meaning/secret-shown", "refs/wrong-field-type"]),
        ("playbook.yml", '"{spot} 的反映"', '"{contact_phone} 的反映"', ["meaning/secret-shown"]),
        ("indicators.yml", "good: neither", "good: down", ["meaning/rewards-silence"]),
        ("pack.yml", "sensitivity: personal", "sensitivity: open", ["meaning/sensitivity-too-low"]),
        ("playbook.yml", "audit_share: 0.05", "audit_share: 0", ["meaning/no-audit"]),
    ],
)  # fmt: skip
def test_a_safeguard_left_out_is_told(spoil: Spoil, file: str, old: str, new: str, rules: list[str]) -> None:
    assert sorted({one.rule for one in spoil(file, old, new)}) == rules


@pytest.mark.parametrize(
    ("english", "chinese"),
    [("ethnicity", ""), ("Mental state", ""), ("petition_history", ""), ("party member", ""), ("x", "民族"),
     ("x", "信访次数"), ("health score", ""), ("x", "性格评分")],
)  # fmt: skip
def test_traits_are_never_inputs(english: str, chinese: str) -> None:
    assert trait_in(english, chinese)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("record_count", "反映条数"),
        ("blocks", "影响通行"),
        ("hours_since_first", "已等候小时"),
        ("trace_count", "痕迹数"),
    ],
)
def test_facts_are_no_traits(english: str, chinese: str) -> None:
    assert trait_in(english, chinese) == ""


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("records.yml", "  place: region", "  place: regoin", ("refs/unknown-field", "region")),
        ("playbook.yml", "grade_by: grade", "grade_by: garde", ("refs/unknown-decision", "grade")),
        ("playbook.yml", "on: case.close", "on: case.closed", ("refs/unknown-act", "case.close")),
        ("playbook.yml", "{number}", "{nummer}", ("refs/unknown-placeholder", "number")),
        ("playbook.yml", "needs: [bring_back]", "needs: [bringback]",
         ("refs/unknown-task", "bring_back")),
        ("playbook.yml", "papers: [notice_copy]", "papers: [notice_cpoy]", ("refs/unknown-paper", "notice_copy")),
        ("pack.yml", "opened_by: [handler]", "opened_by: [handlers]", ("refs/unknown-role", "handler")),
        ("detectors/often.yml", "per: [region, spot]", "per: [region, sport]",
         ("refs/unknown-field", "spot")),
        ("decisions/grade.yml", "  record_count: {", "  record_cuont: {",
         ("refs/unknown-input", "record_count")),
        ("playbook.yml", "bounce_budget: 2", "bounce_budgte: 2",
         ("shape/unknown-key", "bounce_budget")),
    ],
)  # fmt: skip
def test_a_misspelt_name_is_told_with_its_place_and_the_nearest_one(
    spoil: Spoil, copy: Path, file: str, old: str, new: str, expected: tuple[str, str]
) -> None:
    findings = spoil(file, old, new)

    line = next(n for n, text in enumerate((copy / file).read_text("utf-8").splitlines(), 1) if new in text)
    assert (expected[0], Path(file).name, line, expected[1]) in told(findings)


def test_mistakes_in_all_files_are_told_at_once(copy: Path) -> None:
    (copy / "README.md").write_text("# x\n", "utf-8")
    (copy / "matters.yml").unlink()
    (copy / "code.py").write_text("1\n", "utf-8")
    text = (copy / "indicators.yml").read_text("utf-8")
    (copy / "indicators.yml").write_text(text.replace("measure: share", "measure: shares", 1), "utf-8")

    rules = [one.rule for one in packs_check([copy])]

    assert {"shape/missing-file", "text/pure-data", "meaning/readme-headings", "shape/wrong-value"} <= set(rules)


def test_numbers_in_quotes_are_not_numbers(spoil: Spoil) -> None:
    findings = spoil("playbook.yml", "bounce_budget: 2", 'bounce_budget: "2"')

    assert told(findings) == [("shape/wrong-type", "playbook.yml", 14, "")]


def test_a_kind_of_agency_is_checked_only_where_the_city_lists_them(copy: Path) -> None:
    city = copy.parent.parent / "city"
    city.mkdir()
    (city / "kinds.yml").write_text("- {id: other_office, label: {zh: 其他, en: Other}}\n", "utf-8")

    rules = {one.rule for one in packs_check([copy])}

    assert rules == {"refs/unknown-agency"}


def test_the_texts_of_the_pack_never_reach_a_title_unless_open(copy: Path) -> None:
    from hezhi.packkit.api import title_fill
    from hezhi.packkit.shape import Text

    pack = pack_read(copy)
    title = Text(zh="{spot} {contact_phone} {kind} {is_urgent} {nothing}", en="{spot} {contact_phone}")
    values = {"spot": "东门", "contact_phone": "13900000001", "kind": "flower_bed", "is_urgent": True}

    filled = title_fill(pack, title, pack.records[0], values)

    assert filled == "东门 （未填） 花坛杂物 是 （未填）"
    assert title_fill(pack, title, pack.records[0], values, language="en") == "东门 (not given)"
