"""Possible duplicates are offered by the pack's rules, only from what one may read, and not again once decided."""

from __future__ import annotations

import pytest

from hezhi.flow.intake import api
from hezhi.flow.intake.contracts import DuplicateOffer, RelationKind
from hezhi.flow.intake.errors import RecordNotFound
from hezhi.flow.intake.tests.factories import AT, OTHER_VILLAGE, PATH, Ear, officer, pack_base, report, shelf_with
from hezhi.packkit.shape.records import Duplicate
from hezhi.spine.permissions.contracts import Right

CLERK = officer(Right.RECORD_READ, Right.RECORD_MERGE)
WORDS = "东门花坛里有一张旧沙发，占了半个花坛"


def offers(record_id: int, **more) -> list[DuplicateOffer]:
    return api.duplicates_suggest(record_id=record_id, by=CLERK, **more)


def made(spot: str = "东门", when: str = "2026-03-01 09:00", **more) -> int:
    return report(1, spot=spot, happened_at=when, **more).record.id


def test_the_same_spot_on_the_same_day_is_offered_with_the_reason(ear: Ear):
    a, b = made(), made(when="2026-03-01 12:00")
    made(when="2026-03-02 09:30")  # one hour too late for the rule
    made(spot="西门")
    made(region=OTHER_VILLAGE)

    [offer] = [one for one in offers(a) if one.rule == "same_spot_same_day"]

    assert (offer.record.id, offer.share, offer.hours_apart) == (b, 1.0, 3.0)
    assert offer.zh == "“所在村社”相同，“位置”相同，相隔 3 小时"
    assert offer.en == "the same 'Village or community', the same 'Spot', 3 hours apart"


def test_the_same_words_in_the_same_village_are_offered_with_their_likeness(ear: Ear):
    a = made(spot="甲处", details=WORDS)
    b = made(spot="乙处", details=WORDS + "！")
    made(spot="丙处", details="路灯不亮")

    [offer] = offers(a)

    assert (offer.record.id, offer.rule, offer.share) == (b, "same_words", 1.0)


def test_the_likeliest_comes_first_and_each_record_once(ear: Ear):
    a = made(details=WORDS)
    near = made(spot="乙处", details=WORDS[:-3])
    both = made(when="2026-03-01 10:00", details=WORDS)

    assert [one.record.id for one in offers(a)] == [both, near]
    assert [one.record.id for one in offers(a, size=1)] == [both]


def test_what_is_merged_or_found_distinct_is_not_offered_again(ear: Ear):
    a, b, c = made(), made(), made()
    api.record_merge(record_ids=[a, b], by=CLERK, at=AT)
    api.record_link(record_id=a, other_id=c, kind=RelationKind.DISTINCT, by=CLERK, at=AT)

    assert offers(a) == []
    assert [one.record.id for one in offers(b)] == [c]


def test_a_merge_overrules_distinct_and_a_split_offers_again(ear: Ear):
    a, b = made(), made()
    api.record_link(record_id=a, other_id=b, kind=RelationKind.DISTINCT, by=CLERK, at=AT)
    api.record_merge(record_ids=[a, b], by=CLERK, at=AT)
    api.record_split(record_id=b, by=CLERK, at=AT)

    assert [one.record.id for one in offers(a)] == [b]


def test_what_one_may_not_read_is_never_offered(ear: Ear):
    base = pack_base()
    rule = Duplicate(id="anywhere", similar_field="details", similarity_share=0.5)
    shape = base.records[0].model_copy(update={"duplicates": (rule,)})
    here = officer(Right.RECORD_READ, path=PATH)
    with shelf_with(base.model_copy(update={"records": (shape,)})):
        a, b = made(details=WORDS), made(details=WORDS, region=OTHER_VILLAGE)
        secret = made(details=WORDS, kind="told_in_confidence")

        assert [one.record.id for one in offers(a)] == [b]
        assert api.duplicates_suggest(record_id=a, by=here) == []
        for hidden in (b, secret):
            with pytest.raises(RecordNotFound):
                api.duplicates_suggest(record_id=hidden, by=here)


def test_secret_fields_are_never_compared(ear: Ear):
    base = pack_base()
    shape = base.records[0].model_copy(update={"duplicates": (Duplicate(id="phone", same=("contact_phone",)),)})
    with shelf_with(base.model_copy(update={"records": (shape,)})):
        a = made()
        made()

        assert offers(a) == []


def test_a_record_that_lacks_a_field_of_the_rule_is_like_no_other(ear: Ear):
    base = pack_base()
    shape = base.records[0].model_copy(update={"duplicates": (Duplicate(id="way", same=("found_by",)),)})
    with shelf_with(base.model_copy(update={"records": (shape,)})):
        without, one, other = made(), made(found_by="patrol"), made(found_by="patrol")

        assert offers(without) == []
        assert [offer.record.id for offer in offers(one)] == [other]
