"""Opening a case: from a confirmed alert or straight from a record; who leads, who helps, by when."""

from __future__ import annotations

from hezhi.flow.cases.contracts import CaseState, Part
from hezhi.flow.cases.tests.factories import BELL, LAMP, WELL, Lamps, moment


def test_a_confirmed_alert_opens_one_case_for_the_lead_of_the_catalogue(lamps: Lamps) -> None:
    case = lamps.opened("lamp")

    assert case.state is CaseState.DISPATCHED
    assert case.lead_agency_id == case.owner_agency_id == lamps.agency(LAMP)
    assert case.agency_ids == {lamps.agency(LAMP), lamps.agency(WELL), lamps.agency(BELL)}
    assert case.pack == "lamp_out@2026.1"
    assert case.due_at == moment("03-17 00:00")  # ten working days after Monday 2 March
    assert [(one.agency_id, one.part) for one in lamps.view(case).participants] == [
        (lamps.agency(LAMP), Part.LEAD), (lamps.agency(WELL), Part.CO), (lamps.agency(BELL), Part.SUPPORT),
    ]  # fmt: skip
    assert lamps.live(case) == []
