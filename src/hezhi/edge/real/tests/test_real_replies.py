"""Where the real replies are at hand, both ways of counting agree on every one of them."""

from __future__ import annotations

import pytest

from hezhi.edge.cli.real import DATA
from hezhi.edge.real import replies
from hezhi.edge.real.messages import messages_read
from hezhi.edge.real.plan import plan_read
from hezhi.project.options import ROOT
from hezhi.spine.calendar import api as calendar


@pytest.mark.django_db
def test_working_calendar_and_plain_script_agree_on_every_real_reply() -> None:
    plan = plan_read(ROOT / "city/real.yml")
    part = plan.part(plan.replies.part)
    file, days = DATA / plan.folder / part.file, DATA / plan.replies.days
    if not (file.is_file() and days.is_file()):
        pytest.skip("the real input is not at hand")
    calendar.calendar_seed()
    known = calendar.calendar_get()

    messages = messages_read(file.parent, part)
    spans = {one.key.partition("-")[2]: replies.Span(one.at, one.answered_at) for one in messages if one.at}
    years = (plan.replies.first_year, plan.replies.last_year)
    ours = {key: replies.judged(span, known, *years) for key, span in spans.items()}

    assert len(ours) == len(messages) > 0
    assert replies.differing(ours, replies.by_script(file, part.columns, days)) == []
