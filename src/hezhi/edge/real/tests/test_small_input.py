"""A handful of invented messages goes the whole way that the real ones go."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hezhi.edge.real import replies, told
from hezhi.edge.real.messages import messages_read
from hezhi.edge.real.plan import Plan, plan_read
from hezhi.edge.real.run import run
from hezhi.edge.real.tests.small import REPLIES, files_write
from hezhi.kit.figures import show
from hezhi.project.options import ROOT
from hezhi.spine.clocks.models import Clock
from hezhi.spine.ledger import api as ledger


@pytest.fixture
def plan() -> Plan:
    return plan_read(ROOT / "city/real.yml")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_message_is_accounted_for_closed_explained_and_counted_twice(plan: Plan, tmp_path: Path) -> None:
    files_write(tmp_path, plan)

    result = run(plan, tmp_path)

    stream, answered = result.taken
    assert (stream.counts.rows, stream.counts.accepted, stream.counts.refused, stream.counts.held) == (6, 4, 2, 0)
    assert dict(stream.reasons) == {("refused", plan.title, "range"): 1, ("refused", "received_at", "type"): 1}
    assert (answered.counts.rows, answered.counts.accepted, answered.unaccounted) == (8, 8, 0)
    assert (len(result.loops.case_ids), dict(result.loops.stuck)) == (12, {})
    assert [one.members for one in result.hot] == [("s-1", "s-2", "s-3")]
    by_hand = sorted(one[5] for one in REPLIES if isinstance(one[5], int))
    assert by_hand == [0, 0, 1, 1, 3, 4]
    assert (result.ours.count, result.ours.median, result.ours.within[5]) == (6, 1.0, 1.0)
    assert result.ours.left_out == {"missing": 1, "reversed": 1}
    assert result.ours == result.theirs
    assert result.differing == ()
    assert result.explained.count == Clock.objects.count() > 0  # no clock is left out
    assert (result.explained.odd, result.verified.breaks, ledger.ledger_breaks()) == ((), (), [])
    assert told.failures(plan, result) == []

    ours = replies.by_ledger(plan.replies, messages_read(tmp_path / plan.folder, plan.part(plan.replies.part)))
    assert ours == {str(one[0]): one[5] for one in REPLIES}

    spoilt = replace(result, differing=("1",), verified=replace(result.verified, breaks=("line 3",)))
    assert len(told.failures(plan, spoilt)) == 2

    show(told.figures(plan, result), tmp_path / "real.json")
    written = {one["name"]: one["value"] for one in json.loads((tmp_path / "real.json").read_text())}
    names = ("classifier_macro_f1", "records_unaccounted", "reply_time_mismatches")
    assert {f"{plan.figures}.{name}" for name in names} | {"ledger.breaks"} <= written.keys()
    assert written["ledger.breaks"] == 0


def test_one_differing_reply_time_is_found(plan: Plan, tmp_path: Path) -> None:
    wrong = list(REPLIES)
    wrong[0] = (*wrong[0][:4], "2018-10-09 09:00:00", 3)  # a day later than the ledger would say
    files_write(tmp_path, plan, replies=tuple(wrong))
    part = plan.part(plan.replies.part)

    theirs = replies.by_script(tmp_path / plan.folder / part.file, part.columns, tmp_path / plan.replies.days)

    ours = {str(one[0]): one[5] for one in REPLIES}
    assert theirs == ours | {"1": 4}
    assert replies.differing(ours, theirs) == ["1"]
    assert replies.differing({**ours, "99": 0}, theirs) == ["1", "99"]
