"""Sources with their contracts and tokens; matters suggested for texts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from hezhi.flow.intake import api, suggesting
from hezhi.flow.intake.contracts import SourceContract
from hezhi.flow.intake.errors import SourceInvalid, SourceNotFound, TokenUnknown
from hezhi.flow.intake.models import Source
from hezhi.flow.intake.tests.factories import (
    AT,
    HOUSE,
    Ear,
    jsonl,
    officer,
    pack_base,
    report,
    row,
    shelf_with,
    source_make,
    take,
)
from hezhi.kit.errors import NotAllowed
from hezhi.services.text.errors import SamplesUnusable
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Right

CLUTTER = [(f"{place}的花坛里堆着旧家具和杂物，没人清走", "flower_bed") for place in "东西南北中前后左右上"]
DAMAGE = [(f"{place}的花坛围栏断了，砖头松动要修", "damage") for place in "东西南北中前后左右上"]


def test_a_source_is_registered_once_and_its_token_is_kept_as_a_hash(ear: Ear):
    token = source_make(contract=SourceContract(columns={"工单号": "report_no"}, defaults={"region": "339901"}))

    found = api.source_get(code="hotline")
    assert (found.contract_version, found.is_active, found.contract.columns) == (1, True, {"工单号": "report_no"})
    assert token not in str(vars(Source.objects.get()))
    assert token not in str(list(ledger.chains_lines(prefix="source:", with_words=True)))
    with pytest.raises(SourceInvalid) as caught:
        source_make()
    assert [one.rule for one in caught.value.findings] == ["taken"]


def test_a_token_of_ones_own_is_taken_when_it_is_long_enough(ear: Ear):
    with pytest.raises(SourceInvalid):
        source_make(token="short")

    assert source_make(token="t" * 32) == "t" * 32


@pytest.mark.parametrize(
    ("contract", "nearest"),
    [
        (SourceContract(columns={"工单号": "reprt_no"}), "report_no"),
        (SourceContract(defaults={"regin": "339901"}), "region"),
        (SourceContract(defaults={"contact_phone": "13900000101"}), ""),
    ],
    ids=["column", "default", "secret default"],
)
def test_a_contract_names_fields_that_exist_and_no_secret(ear: Ear, contract: SourceContract, nearest: str):
    with pytest.raises(SourceInvalid) as caught:
        source_make(contract=contract)

    assert [one.nearest for one in caught.value.findings] == [nearest]
    assert Source.objects.count() == 0


def test_a_new_contract_is_a_new_version_and_stands_with_the_records(ear: Ear):
    source_make()
    take(jsonl(row(1)))
    contract = SourceContract(columns={"工单号": "report_no"})

    for _ in range(2):
        found = api.source_contract_set(code="hotline", contract=contract, by=HOUSE, at=AT)
    take(jsonl({**row(2, report_no=None), "工单号": "W-2"}))

    assert found.contract_version == 2
    assert [line.act for line in ledger.lines_of(chain=f"source:{found.id}")] == ["source.create", "source.contract"]
    assert sorted(_versions()) == [("R-0001", 1), ("W-2", 2)]


def _versions() -> list[tuple[str, int]]:
    from hezhi.flow.intake.models import Record

    return list(Record.objects.values_list("source_key", "contract_version"))


def test_a_renewed_token_ends_the_old_one(ear: Ear):
    old = source_make()

    new = api.source_token_renew(code="hotline", by=HOUSE, at=AT)

    with pytest.raises(TokenUnknown):
        api.push_take(token=old, rows=[row(1)], at=AT)
    assert api.push_take(token=new, rows=[row(1)], at=AT).counts.accepted == 1


def test_sources_are_managed_by_who_may_alone(ear: Ear):
    source_make()
    clerk = officer(Right.SOURCE_MANAGE)  # over a region: sources belong to the whole house
    contract = SourceContract()

    for act in (
        lambda: api.sources_all(by=clerk),
        lambda: api.batch_page(by=clerk),
        lambda: api.source_switch(code="hotline", is_active=False, by=clerk, at=AT),
        lambda: api.source_token_renew(code="hotline", by=clerk, at=AT),
        lambda: api.source_contract_set(code="hotline", contract=contract, by=clerk, at=AT),
        lambda: api.matter_classifier_train(pack_id="demo_works", samples=CLUTTER + DAMAGE, by=clerk, at=AT),
    ):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(SourceNotFound):
        api.source_get(code="nobody")

    assert api.source_get(code="hotline").is_active


def test_without_samples_nothing_is_suggested(ear: Ear):
    assert report(1).record.suggestions == ()


def test_a_trained_classifier_suggests_with_words_and_a_person_confirms(ear: Ear):
    trained = api.matter_classifier_train(pack_id="demo_works", samples=CLUTTER + DAMAGE, by=HOUSE, at=AT)

    record = report(1, details="西门花坛的围栏断了，要修").record

    assert (trained.sample_count, trained.macro_f1) == (20, None)
    assert api.matter_classifier_get(pack_id="demo_works") == trained
    assert (record.matter, record.suggestions[0].matter) == ("", "damage")
    assert "围栏" in record.suggestions[0].words
    assert sum(one.confidence_share for one in record.suggestions) == pytest.approx(1, abs=0.001)
    assert ear.heard[0].matter == ""
    api.matter_confirm(record_id=record.id, matter="flower_bed", by=HOUSE, at=AT)
    assert api.confirmed_samples(pack_id="demo_works") == [("西门花坛的围栏断了，要修", "flower_bed")]


def test_a_known_matter_needs_no_suggestion(ear: Ear):
    api.matter_classifier_train(pack_id="demo_works", samples=CLUTTER + DAMAGE, by=HOUSE, at=AT)

    assert report(1, kind="damage").record.suggestions == ()


def test_a_large_set_of_samples_is_measured_on_a_fifth_of_it(ear: Ear):
    many = [(f"第{n}处：{text}", label) for n in range(6) for text, label in CLUTTER + DAMAGE]

    trained = api.matter_classifier_train(pack_id="demo_works", samples=many, by=HOUSE, at=AT)

    assert (trained.sample_count, trained.macro_f1) == (120, 1.0)


def test_samples_that_teach_nothing_are_refused(ear: Ear):
    with pytest.raises(SamplesUnusable):
        api.matter_classifier_train(pack_id="demo_works", samples=CLUTTER, by=HOUSE, at=AT)

    assert api.matter_classifier_get(pack_id="demo_works") is None


def test_a_lost_classifier_stops_no_report(ear: Ear):
    api.matter_classifier_train(pack_id="demo_works", samples=CLUTTER + DAMAGE, by=HOUSE, at=AT)
    suggesting._loaded.clear()
    shutil.rmtree(suggesting._folder())

    assert report(1).record.suggestions == ()


def test_a_pack_brings_samples_for_its_first_classifier(ear: Ear, tmp_path: Path):
    samples = tmp_path / "samples" / "training.jsonl"
    samples.parent.mkdir()
    lines = [json.dumps({"text": text, "matter": matter}, ensure_ascii=False) for text, matter in CLUTTER + DAMAGE]
    samples.write_text("\n".join(lines))
    suggesting._loaded.clear()

    with shelf_with(pack_base().model_copy(update={"folder": tmp_path})):
        first = report(1, details="东门花坛里有旧家具").record
        suggesting._loaded.clear()  # another process finds the trained file
        samples_read = list(suggesting._folder().glob("*.sha256"))
        second = report(2, details="东门花坛里有旧家具").record

    assert first.suggestions[0].matter == "flower_bed"
    assert second.suggestions == first.suggestions
    assert len(samples_read) >= 1
