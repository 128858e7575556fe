"""Deliveries: every row is accounted for, the same again changes nothing, and a crash loses nothing."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hezhi.flow.intake import api, batches
from hezhi.flow.intake.contracts import BatchState, Counts, RecordFilter, RecordState, SourceContract
from hezhi.flow.intake.errors import LayoutWrong, SourceInactive, SourceNotFound, TokenUnknown
from hezhi.flow.intake.models import Record
from hezhi.flow.intake.tests.factories import (
    AT,
    HOUSE,
    OTHER_VILLAGE,
    VILLAGE,
    Ear,
    jsonl,
    listening,
    officer,
    row,
    source_make,
    take,
)
from hezhi.kit.errors import NotAllowed
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Right

ACCEPTED, REFUSED, HELD = RecordState.ACCEPTED, RecordState.REFUSED, RecordState.HELD


@pytest.fixture
def source(ear: Ear) -> str:
    return source_make()


def states() -> list[tuple[str, RecordState]]:
    return [(one.source_key, one.state) for one in reversed(api.record_page(by=HOUSE, size=500).rows)]


def table_bytes() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT r::text FROM intake_record r ORDER BY id")
        return [one for (one,) in cursor.fetchall()]


def test_each_row_is_accepted_refused_or_held_with_its_reason(ear: Ear, source: str):
    found = take(
        jsonl(row(1), row(2, spot=None), row(3, region="339901001999"), row(4, happened_at="2026-03-09 09:00"))
    )

    assert (found.state, found.counts) == (BatchState.DONE, Counts(rows=4, accepted=1, refused=1, held=2))
    assert found.counts.unaccounted == 0
    assert states() == [("R-0001", ACCEPTED), ("R-0002", REFUSED), ("R-0003", HELD), ("R-0004", HELD)]
    rows = {one.source_key: one.findings for one in api.record_page(by=HOUSE)}
    assert [(f.field, f.rule) for f in rows["R-0002"]] == [("spot", "missing")]
    assert [(f.field, f.rule, f.nearest) for f in rows["R-0003"]] == [("region", "region", "339901001000")]
    assert [(f.field, f.rule) for f in rows["R-0004"]] == [("happened_at", "future")]


def test_only_accepted_rows_are_told_in_their_order(ear: Ear, source: str):
    take(jsonl(row(3), row(1, spot=None), row(2)))

    assert [(one.subject, one.pack, one.by) for one in ear.heard] == [
        (f"东门花坛3@{VILLAGE}", "demo_works@2026.1", "system:test"),
        (f"东门花坛2@{VILLAGE}", "demo_works@2026.1", "system:test"),
    ]


def test_every_row_writes_one_line_and_no_secret(ear: Ear, source: str):
    take(jsonl(row(1), row(2, spot=None), row(3, contact_phone="no number 13900000103")))

    lines = sorted(ledger.chains_lines(prefix="record:", with_words=True), key=lambda line: line.body["number"])
    assert [(one.act, one.body["state"]) for one in lines] == [
        ("record.report", "accepted"), ("record.report", "refused"), ("record.report", "refused"),
    ]  # fmt: skip
    assert "1390000010" not in str([lines, ear.heard, list(ledger.chains_lines(prefix="batch:", with_words=True))])


def test_a_file_sent_again_changes_nothing(ear: Ear, source: str):
    content = jsonl(row(1), row(2, spot=None), row(3, region="339901001999"))
    take(content)
    before = table_bytes()

    again = take(content, hours=1, name="again")

    assert again.counts == Counts(rows=3, repeated=3)
    assert (table_bytes(), len(ear.heard)) == (before, 1)


def test_a_corrected_file_brings_exactly_its_corrections(ear: Ear, source: str):
    take(jsonl(row(1), row(2, spot=None), row(3, region="339901001999")))

    second = take(jsonl(row(1), row(2), row(3)), hours=1)

    assert second.counts == Counts(rows=3, accepted=2, repeated=1)
    assert states() == [("R-0001", ACCEPTED), ("R-0002", ACCEPTED), ("R-0003", ACCEPTED)]
    assert len(ear.heard) == 3
    record = api.record_page(by=HOUSE, wanted=RecordFilter(text="R-0002")).rows[0]
    assert [line.act for line in ledger.lines_of(chain=f"record:{record.id}")] == ["record.report", "record.correct"]
    assert record.findings == ()


def test_what_a_source_changes_in_an_accepted_record_waits_for_a_person(ear: Ear, source: str):
    take(jsonl(row(1)))
    before = table_bytes()

    found = take(jsonl(row(1, details="改了")), hours=1)
    again = take(jsonl(row(1, details="改了")), hours=2)

    assert (found.counts, again.counts) == (Counts(rows=1, held=1), Counts(rows=1, repeated=1))
    assert (table_bytes()[:1], len(ear.heard)) == (before, 1)
    change = api.record_page(by=HOUSE, wanted=RecordFilter(states=(HELD,))).rows[0]
    assert (change.revises_id, change.findings[0].rule) == (ear.heard[0].record_id, "changed")


def test_a_further_change_replaces_the_one_that_waits_and_taking_it_back_ends_it(ear: Ear, source: str):
    take(jsonl(row(1)))
    take(jsonl(row(1, details="改了")), hours=1)

    further = take(jsonl(row(1, details="又改了")), hours=2)
    back = take(jsonl(row(1)), hours=3)

    assert (further.counts, back.counts) == (Counts(rows=1, held=1), Counts(rows=1, repeated=1))
    assert states() == [("R-0001", ACCEPTED), ("R-0001", REFUSED)]


def test_a_key_that_stands_twice_in_a_file_meets_its_first_row(ear: Ear, source: str):
    found = take(jsonl(row(1), row(1), row(1, details="不同"), row(2, spot=None), row(2)))

    assert found.counts == Counts(rows=5, accepted=2, refused=1, held=1, repeated=1)
    assert states() == [("R-0001", ACCEPTED), ("R-0001", HELD), ("R-0002", ACCEPTED)]


def test_rows_without_a_key_are_refused_and_still_known_again(ear: Ear, source: str):
    content = jsonl(row(1, report_no=None), row(2, report_no=None))

    first, second = take(content), take(content, hours=1)

    assert (first.counts, second.counts) == (Counts(rows=2, refused=2), Counts(rows=2, repeated=2))


def test_a_wrong_layout_holds_the_file_and_a_corrected_one_is_taken(ear: Ear, source: str):
    head = "来源编号,所在村社,地方,发生时间\n"
    line = f"R-1,{VILLAGE},东门,2026-03-01 09:00\n"

    held = take((head + line).encode(), "csv")
    done = take((head.replace("地方", "位置") + line).encode("gbk"), "csv", hours=1)

    assert (held.state, held.counts, held.findings[0].rule) == (
        BatchState.HELD,
        Counts(rows=1, held=1),
        "column_missing",
    )
    assert (done.state, done.counts) == (BatchState.DONE, Counts(rows=1, accepted=1))
    assert api.intake_counts() == Counts(rows=2, accepted=1, held=1)
    assert [line.act for line in ledger.chains_lines(prefix="batch:", with_words=True)] == ["batch.hold", "batch.take"]


def test_an_unknown_column_is_remarked_on_once_for_the_file(ear: Ear, source: str):
    text = f"来源编号,所在村社,位置,发生时间,说眀\nR-1,{VILLAGE},东门,2026-03-01 09:00,x\n"

    found = take(text.encode(), "csv")

    assert [(one.field, one.rule) for one in found.findings] == [("说眀", "unknown")]
    assert found.counts.accepted == 1


def test_an_unreadable_row_is_refused_and_the_others_are_taken(ear: Ear, source: str):
    found = take(jsonl(row(1)) + b"\n{broken\n" + jsonl(row(2)))

    assert found.counts == Counts(rows=3, accepted=2, refused=1)
    [bad] = api.record_page(by=HOUSE, wanted=RecordFilter(states=(REFUSED,)))
    assert [one.rule for one in bad.findings] == ["unreadable"]


def test_late_rows_are_accepted_with_a_mark(ear: Ear, source: str):
    take(jsonl(row(1, happened_at="2026-02-27 09:59"), row(2, happened_at="2026-02-27 10:00")))

    assert [one.is_late for one in reversed(api.record_page(by=HOUSE).rows)] == [True, False]


def test_a_file_that_is_not_stored_holds_the_row(ear: Ear, source: str):
    take(jsonl(row(1, photo="a" * 64)))

    assert states() == [("R-0001", HELD)]


def test_a_crash_in_the_middle_loses_nothing_and_doubles_nothing(ear: Ear, source: str, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 3)
    content = jsonl(*(row(n) for n in range(1, 9)))

    def fall(event) -> None:
        if event.subject.startswith("东门花坛5@"):
            raise RuntimeError("the power went out")

    with listening(fall) as first, pytest.raises(RuntimeError):
        take(content)
    assert states() == [(f"R-{n:04}", ACCEPTED) for n in (1, 2, 3)]

    again = take(content, hours=1)

    assert again.counts == Counts(rows=8, accepted=5, repeated=3)
    assert states() == [(f"R-{n:04}", ACCEPTED) for n in range(1, 9)]
    # What fell was told to this process only: its chunk was rolled back, ledger lines and all.
    assert sorted(first.numbers[:3] + ear.numbers) == sorted(one.number for one in api.record_page(by=HOUSE))
    taking = [one for one in api.batch_page(by=HOUSE) if one.state is BatchState.TAKING]
    assert [one.counts for one in taking] == [Counts(rows=3, accepted=3)]
    assert api.intake_counts().unaccounted == 0


def test_a_source_sends_its_own_rows_by_token_and_hears_what_became_of_each(ear: Ear):
    token = source_make(contract=SourceContract(columns={"工单号": "report_no"}))
    rows = [{**row(1, report_no=None), "工单号": "W-1"}, row(2, spot=None), row(3), row(3)]

    found = api.push_take(token=token, rows=rows, at=AT)

    assert found.counts == Counts(rows=4, accepted=2, refused=1, repeated=1)
    assert [(one.line, one.source_key, one.state) for one in found.results] == [
        (1, "W-1", ACCEPTED), (2, "R-0002", REFUSED), (3, "R-0003", ACCEPTED), (4, "R-0003", None),
    ]  # fmt: skip
    assert [one.rule for one in found.results[1].findings] == ["missing"]
    assert {event.by for event in ear.heard} == {"source:hotline"}


def test_whoever_shows_no_token_of_an_active_source_sends_nothing(ear: Ear):
    token = source_make()

    with pytest.raises(TokenUnknown):
        api.push_take(token="wrong", rows=[row(1)], at=AT)
    api.source_switch(code="hotline", is_active=False, by=HOUSE, at=AT)
    with pytest.raises(SourceInactive):
        api.push_take(token=token, rows=[row(1)], at=AT)

    assert Record.objects.count() == 0


@pytest.mark.parametrize("count", [0, 1001])
def test_a_push_has_one_to_a_thousand_rows(ear: Ear, count: int):
    token = source_make()

    with pytest.raises(LayoutWrong):
        api.push_take(token=token, rows=[row(1)] * count, at=AT)


def test_a_push_is_taken_whole_or_not_at_all(ear: Ear):
    token = source_make()

    def fall(event) -> None:
        if event.subject.startswith("东门花坛2@"):
            raise RuntimeError("the power went out")

    with listening(fall), pytest.raises(RuntimeError):
        api.push_take(token=token, rows=[row(1), row(1), row(2)], at=AT)

    assert (Record.objects.count(), api.intake_counts()) == (0, Counts())


def test_files_are_taken_from_whoever_manages_sources_alone(ear: Ear, source: str):
    with pytest.raises(NotAllowed):
        take(jsonl(row(1)), by=officer(Right.RECORD_REPORT, Right.SOURCE_MANAGE))
    with pytest.raises(SourceNotFound):
        api.batch_take(source="nobody", content=b"{}", name="x", format="jsonl", by=HOUSE, at=AT)

    assert Record.objects.count() == 0


def test_records_of_one_pack_keep_the_reach_of_their_region(ear: Ear, source: str):
    take(jsonl(row(1), row(2, region=OTHER_VILLAGE), row(3, region="339901001999")))

    east = officer(Right.RECORD_READ, path="330000.339900.339901.339901001000")
    assert [one.source_key for one in api.record_page(by=east)] == ["R-0003", "R-0001"]


VALUES = st.fixed_dictionaries(
    {"report_no": st.sampled_from(["R-1", "R-2", "R-3"]) | st.none()},
    optional={
        "spot": st.text(max_size=6) | st.sampled_from(["东门", "西门"]),
        "region": st.sampled_from([VILLAGE, "339901001999", "x"]),
        "happened_at": st.sampled_from(["2026-03-01 09:00", "2027-03-01 09:00", "soon"]),
        "details": st.text(max_size=5) | st.integers() | st.lists(st.none(), max_size=1),
        "extra": st.text(max_size=3),
    },
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(VALUES, min_size=1, max_size=8))
def test_whatever_is_sent_twice_every_row_is_accounted_for_and_nothing_moves(ear: Ear, rows):
    if not api.sources_all(by=HOUSE):
        source_make()
    first = take(jsonl(*rows))
    take(jsonl(*rows))
    before = table_bytes()

    last = take(jsonl(*rows))

    assert first.counts.rows == len(rows)
    assert (first.counts.unaccounted, last.counts.unaccounted) == (0, 0)
    if len({one["report_no"] for one in rows}) == len(rows):
        assert (last.counts, table_bytes()) == (Counts(rows=len(rows), repeated=len(rows)), before)
    Record.objects.filter(revises__isnull=False).delete()
    Record.objects.all().delete()
