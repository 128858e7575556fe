"""Records that only land in the lake, and detectors that say which matter their alerts are about."""

from __future__ import annotations

from pathlib import Path

import pytest

from hezhi.packkit.api import packs_check

LINE = """
- id: line
  says: {zh: 登记一行, en: A line of a register}
  key: line_no
  subject: spot
  place: region
  happened: read_at
  fields:
    line_no: {type: text, label: {zh: 行号, en: Line}, required: true}
    spot: {type: text, label: {zh: 位置, en: Spot}, required: true}
    region: {type: region, label: {zh: 村社, en: Village}, required: true}
    read_at: {type: moment, label: {zh: 读取时间, en: Read at}, required: true}
"""
SCAN = """
id: seen
kind: window
says: {zh: 有一行, en: There is a line}
matter: MATTER
streams:
  line: {reads: line, per: [spot]}
within: {value: 1, unit: days, source: 本地约定}
features:
  count: {agg: count}
when: count >= 2
grade: green
quiet: {value: 1, unit: days, source: 本地约定}
blind_spots: [{zh: 没有登记的, en: What is in no register}]
innocent_reasons: [{zh: 登记两次, en: Registered twice}]
tests:
  - name: 一行不触发
    given: {line: [{line_no: "1", spot: 东门, region: "339901001201", read_at: "2026-03-01 08:00"}]}
    hits: 0
  - name: 两行触发
    given:
      line:
        - {line_no: "1", spot: 东门, region: "339901001201", read_at: "2026-03-01 08:00"}
        - {line_no: "2", spot: 东门, region: "339901001201", read_at: "2026-03-01 09:00"}
    hits: 1
"""


@pytest.fixture
def with_line(copy: Path) -> Path:
    """The demonstration pack with one more kind of record, which has no entrance."""
    path = copy / "records.yml"
    path.write_text(path.read_text("utf-8").rstrip() + LINE, "utf-8")
    return copy


def test_a_record_without_an_entrance_names_no_matter(with_line: Path) -> None:
    assert packs_check([with_line]) == []


def test_a_record_with_an_entrance_names_its_matter_where_there_are_several(with_line: Path) -> None:
    path = with_line / "playbook.yml"
    path.write_text(
        path.read_text("utf-8").replace("entrances:\n", "entrances:\n  - {record: line, to: case}\n"), "utf-8"
    )

    assert [(one.rule, Path(one.path).name) for one in packs_check([with_line])] == [
        ("meaning/matter-unclear", "records.yml")
    ]


@pytest.mark.parametrize(("matter", "rules"), [("flower_bed", []), ("flowr_bed", ["refs/unknown-matter"])])
def test_a_detector_names_a_matter_of_the_catalogue(with_line: Path, matter: str, rules: list[str]) -> None:
    (with_line / "detectors/seen.yml").write_text(SCAN.replace("MATTER", matter), "utf-8")

    assert [(one.rule, one.nearest) for one in packs_check([with_line])] == [(rule, "flower_bed") for rule in rules]
