"""What one reporter may read about the own report, gathered for one page. Names no officer and no other reporter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hezhi.edge.web.refusals import said
from hezhi.edge.web.sentences import Names, Told, told_citizen
from hezhi.flow.cases import api as cases
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import OpeningRow
from hezhi.flow.outcomes import api as outcomes
from hezhi.flow.outcomes.contracts import AnswerRow
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("web")


@dataclass(frozen=True)
class Story:
    """``openings`` tells which agency opened masked fields of this report, on which basis and for which purpose."""

    answer: AnswerRow
    pack: Pack
    received_at: datetime
    due_at: datetime | None
    outcome_label: str
    told: tuple[Told, ...]
    openings: tuple[OpeningRow, ...]


@guard.house_read
def story_of(*, number: str, code: str, at: datetime) -> Story:
    """Return the story of one report.

    Raises:
        NotFound: number and code do not belong together.
    """
    answer = outcomes.answer_get(number=number, code=code, at=at)
    record = intake.record_by_number(number=number, code=code)
    case = cases.case_by_number(number=answer.case_number, by=HOUSE) if answer.case_number else None
    pack = packkit.shelf().of(case.pack if case else record.pack)
    lines = ledger.lines_of(chain=f"case:{case.id}") if case else []
    names = Names(pack=pack)
    label = next((one.label for one in pack.playbook.outcomes if one.id == answer.outcome), None)
    return Story(
        answer=answer,
        pack=pack,
        received_at=record.received_at,
        due_at=case.due_at if case and not case.closed_at else None,
        outcome_label=said(label) if label else "",
        told=tuple(one for line in lines if (one := told_citizen(line, names)) is not None),
        openings=tuple(intake.openings_of(number=number, code=code)),
    )
