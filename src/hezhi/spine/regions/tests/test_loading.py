"""Division tables of a package load quickly, completely, and only once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hezhi.spine.ledger import api as ledger
from hezhi.spine.regions import api
from hezhi.spine.regions.contracts import ChangeKind, LoadCount, RegionSeed
from hezhi.spine.regions.errors import RegionChangeInvalid
from hezhi.spine.regions.history import COLUMNS, HISTORY_FILE
from hezhi.spine.regions.models import Region
from hezhi.spine.regions.tests.factories import AT, MAKER, codes

pytestmark = pytest.mark.django_db

TABLES = {
    "provinces.csv": 'code,name\n11,"北京市"\n33,"浙江省"\n',
    "cities.csv": 'code,name,provinceCode\n1101,"市辖区",11\n3301,"杭州市",33\n',
    "areas.csv": "code,name,cityCode,provinceCode\n"
    '330102,"上城区",3301,33\n330105,"拱墅区",3301,33\n330109,"萧山区",3301,33\n'
    '330110,"余杭区",3301,33\n330113,"临平区",3301,33\n330114,"钱塘区",3301,33\n',
    "streets.csv": 'code,name,areaCode,provinceCode,cityCode\n330102001,"清波街道",330102,33,3301\n',
    "villages.csv": "code,name,streetCode,provinceCode,cityCode,areaCode\n"
    '330102001051,"清波门社区",330102001,33,3301,330102\n110101001001,"别处社区",110101001,11,1101,110101\n',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def load(*rows: tuple[str, str]) -> LoadCount:
    return api.regions_load(rows=[RegionSeed(code, name) for code, name in rows], by=MAKER, at=AT)


def history(path: Path, *lines: str) -> Path:
    file = path / "history.csv"
    file.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", encoding="utf-8")
    return file


def test_a_package_loads_from_province_to_village(folder: Path) -> None:
    count = api.regions_load_zhejiang(folder=folder, by=MAKER, at=AT)

    assert count == LoadCount(given=10, added=10, known=0)
    assert codes(api.subtree("330102")) == ["330102", "330102001000", "330102001051"]
    village = api.region_get("330102001051")
    assert (village.name, village.path) == ("清波门社区", "330000.330100.330102.330102001000.330102001051")
    assert (village.valid_from, village.valid_to) == (None, None)
    assert not Region.objects.filter(code__startswith="11").exists()


def test_loading_again_adds_nothing(folder: Path) -> None:
    api.regions_load_zhejiang(folder=folder, by=MAKER, at=AT)
    rows = list(Region.objects.order_by("id").values_list())

    assert api.regions_load_zhejiang(folder=folder, by=MAKER, at=AT) == LoadCount(given=10, added=0, known=10)
    assert list(Region.objects.order_by("id").values_list()) == rows
    assert [line.act for line in ledger.lines_of(chain="regions")] == ["region.load", "region.history"]


def test_a_district_that_ended_before_the_load_is_known_as_it_was(folder: Path) -> None:
    api.regions_load_zhejiang(folder=folder, by=MAKER, at=AT)
    old_day, reform_day = date(2020, 6, 1), date(2021, 4, 9)

    assert codes(api.children("330100", on=old_day)) == ["330102", "330103", "330104", "330105", "330109", "330110"]
    assert codes(api.children("330100", on=reform_day)) == ["330102", "330105", "330109", "330110", "330113", "330114"]
    assert api.region_get("330103").valid_to == date(2021, 4, 8)
    assert codes(api.successors("330104", as_of=old_day)) == ["330102", "330114"]
    assert codes(api.successors("330110", as_of=old_day)) == ["330110", "330113"]
    assert codes(api.predecessors("330114", on=old_day)) == ["330104", "330109"]


def test_old_records_of_a_merged_district_are_covered_and_those_of_a_split_one_only_by_the_city(folder: Path) -> None:
    api.regions_load_zhejiang(folder=folder, by=MAKER, at=AT)
    city = "330000.330100"

    assert api.paths_covering(["330105", "330102", "330114", "330113", "330100"], on=date(2026, 3, 1)) == {
        "330105": {f"{city}.330105", f"{city}.330103"},
        "330102": {f"{city}.330102"},
        "330114": {f"{city}.330114"},
        "330113": {f"{city}.330113"},
        "330100": {city},
    }
    assert api.standing_path("330104", on=date(2026, 3, 1)) == city
    assert api.standing_path("330103", on=date(2026, 3, 1)) == f"{city}.330105"


def test_a_reform_written_from_memory_says_so(folder: Path) -> None:
    api.regions_load_zhejiang(folder=folder, by=MAKER, at=AT)

    (merge,) = api.changes_of("330103")
    assert (merge.kind, merge.on, merge.is_verified) == (ChangeKind.MERGE, date(2021, 4, 9), False)
    assert (merge.old_codes, merge.new_codes) == (("330103", "330105"), ("330105",))
    lines = HISTORY_FILE.read_text(encoding="utf-8").splitlines()[1:]
    assert {line.rpartition(",")[2] for line in lines} == {"unverified"}


def test_a_missing_or_strange_table_is_named(folder: Path) -> None:
    (folder / "streets.csv").unlink()
    with pytest.raises(RegionChangeInvalid, match=r"streets\.csv: there is no such file"):
        api.regions_load_zhejiang(folder=folder, by=MAKER, at=AT)

    (folder / "streets.csv").write_text("name,code\n")
    with pytest.raises(RegionChangeInvalid, match=r"streets\.csv:1: begins with other columns"):
        api.regions_load_zhejiang(folder=folder, by=MAKER, at=AT)
    assert Region.objects.count() == 0


def test_every_wrong_row_is_named_and_none_is_loaded() -> None:
    load(("330000", "试验省"), ("330100", "甲市"))

    with pytest.raises(RegionChangeInvalid) as refusal:
        load(
            ("330100", "乙市"),
            ("330201", "孤区"),
            ("330101", ""),
            ("3301", "短码"),
            ("330102", "一区"),
            ("330102", "一区"),
        )

    assert [finding.split(",")[0] for finding in refusal.value.findings] == [
        "This is not a division code: 6 digits down to the district",
        "330100: is called 甲市 here and 乙市 in the table",
        "330101: needs a name of 1 to 60 characters",
        "330102: stands twice in the table",
        "330201: 330200",
    ]
    assert Region.objects.count() == 2


def test_a_district_may_stand_directly_below_its_province() -> None:
    load(("330000", "试验省"), ("339004", "直管市"))

    assert api.region_path("339004") == "330000.339004"


def test_rows_may_come_in_any_order() -> None:
    assert load(("330101001000", "街道"), ("330101", "区"), ("330000", "省"), ("330100", "市")).added == 4
    assert api.region_path("330101001000") == "330000.330100.330101.330101001000"


def test_a_past_reform_that_does_not_fit_is_refused_whole(tmp_path: Path) -> None:
    load(("330000", "试验省"), ("330100", "甲市"), ("330101", "一区"), ("330102", "二区"))
    before = list(Region.objects.order_by("id").values_list())
    file = history(
        tmp_path,
        "a,2020-01-01,merge,330103,三区,330101,别名,决定,unverified",
        "a,2020-01-01,merge,330102,二区,330109,九区,决定,unverified",
    )

    with pytest.raises(RegionChangeInvalid) as refusal:
        api.history_load(file=file, by=MAKER, at=AT)

    assert refusal.value.findings == (
        "330101: is called 一区 here and 别名 in the table",
        "330109: the tree does not know it on 2020-01-01",
        "330102: the tree has 二区 on 2019-12-31; no reform fits behind it",
    )
    assert list(Region.objects.order_by("id").values_list()) == before


@pytest.mark.parametrize(
    "line",
    [
        "a,2020-13-01,merge,330103,三区,330101,一区,决定,unverified",
        "a,2020-01-01,vanish,330103,三区,330101,一区,决定,unverified",
        "a,2020-01-01,merge,3301,三区,330101,一区,决定,unverified",
        "a,2020-01-01,merge,330103,三区,330101,一区,决定,perhaps",
        "a,2020-01-01,merge,330103,三区,330101,一区",
    ],
)
def test_a_wrong_line_of_history_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(RegionChangeInvalid, match=r"history\.csv:2: "):
        api.history_load(file=history(tmp_path, line), by=MAKER, at=AT)


def test_past_reforms_follow_one_another_backwards(tmp_path: Path) -> None:
    load(("330000", "试验省"), ("330100", "甲市"), ("330111", "一区"))
    file = history(
        tmp_path,
        "town,2010-01-01,rename,330181,一县,330182,一市,决定甲,verified",
        "district,2015-01-01,rename,330182,一市,330111,一区,决定乙,verified",
    )

    assert api.history_load(file=file, by=MAKER, at=AT) == 2
    assert api.history_load(file=file, by=MAKER, at=AT) == 0
    assert [api.children("330100", on=date(year, 6, 1))[0].name for year in (2009, 2012, 2016)] == [
        "一县",
        "一市",
        "一区",
    ]
    assert codes(api.successors("330181")) == ["330111"]
    assert api.paths_covering(["330111"], on=date(2026, 1, 1))["330111"] == {
        "330000.330100.330111", "330000.330100.330181", "330000.330100.330182",
    }  # fmt: skip
