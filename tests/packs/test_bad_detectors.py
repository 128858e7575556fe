"""One mistake in a detector or a table is one finding: with its place, its cause and the nearest valid name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hezhi.packkit import api as packkit
from hezhi.project.options import ROOT

FAN_IN, CYCLE = "finance_tricolour/detectors/fan_in.yml", "finance_tricolour/detectors/money_cycle.yml"
GRADE = "group_rental/decisions/grade.yml"
LAST_ROW = '  - colour: green\n    because: {zh: 没有眼前危险，按序上门了解, en: "No danger now, visited in turn"}\n'
TEST_OF_IT = (
    "  - {name: 七张床无隔断为绿色, given: {exit_blocked: false, partitioned: false, beds_seen: 7}, colour: green}\n"
)
ALONE = ('{partitioned: "= true"}', '{partitioned: "= true", beds_seen: "< 8", exit_blocked: "= false"}')
MISTAKES = {
    "a kind mistyped": (FAN_IN, [("kind: window", "kind: windw")], 4, "shape/wrong-value", "Did you mean 'window'?"),
    "a kind that is near none": (FAN_IN, [("kind: window", "kind: xyz")], 4, "shape/wrong-value", "count_window, win"),
    "a key mistyped": (FAN_IN, [("grade: grey", "graed: grey")], 19, "shape/unknown-key", "Did you mean 'grade'?"),
    "a column nobody declared": (FAN_IN, [("of: payer}", "of: payr}")], 16, "meaning/scan-text", "mean 'payer'?"),
    "a subject nobody declared": (FAN_IN, [("per: [payee]", "per: [paye]")], 9, "refs/unknown-field", "mean 'payer'?"),
    "a parameter mistyped": (FAN_IN, [("p.payers and", "p.payer and")], 18, "meaning/scan-text", "mean 'p.payers'?"),
    "cents beside a count": (FAN_IN, [("sum >= p.least", "sum >= p.payers")], 18, "meaning/scan-text", "the units do"),
    "a time in kg": (FAN_IN, [("{value: 30, unit: days", "{value: 30, unit: kg")], 11, "meaning/scan-text", "kg"),
    "a forbidden statement": (CYCLE, [("SELECT", "DROP TABLE paid; SELECT")], 18, "meaning/scan-text", "one SELECT"),
    "a gap in a table": (GRADE, [(LAST_ROW, ""), (TEST_OF_IT, "")], 15, "meaning/table-gap", "No row fits"),
    "an overlap in a table": (GRADE, [("rows:\n", "hit_policy: unique\nrows:\n"), ALONE], 13, "meaning/table-overlap",
                              "Rows 1 and 2 both fit"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_finding_with_place_cause_and_nearest_name(name: str, tmp_path: Path) -> None:
    file, changes, line, rule, cause = MISTAKES[name]
    pack = file.partition("/")[0]
    shutil.copytree(ROOT / "packs" / pack, tmp_path / pack)
    text = (tmp_path / file).read_text("utf-8")
    for old, new in changes:
        assert text.count(old) >= 1
        text = text.replace(old, new, 1)
    (tmp_path / file).write_text(text, "utf-8")

    found = packkit.packs_check([tmp_path / pack])

    assert [(Path(one.path).name, one.line, one.rule) for one in found] == [(Path(file).name, line, rule)]
    assert cause in str(found[0])
