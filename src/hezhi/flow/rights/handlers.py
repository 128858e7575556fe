"""What the rights room does when a request is decided and its case closes: it carries out what was granted."""

from __future__ import annotations

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseActed
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.errors import RecordKept
from hezhi.flow.rights.contracts import RightKind
from hezhi.flow.rights.errors import GroundMissing
from hezhi.flow.rights.models import Request
from hezhi.flow.rights.queries import HOUSE
from hezhi.flow.rights.rules import COPY_OPEN, chain_of, effect
from hezhi.flow.tasks import api as tasks
from hezhi.packkit import api as packkit
from hezhi.packkit.words import RIGHTS_GROUND
from hezhi.spine.ledger import api as ledger

NO_GROUND = "none"


def follow_case(event: CaseActed) -> None:
    """Refuse a decision that could not be carried out; at the closing, carry out in its transaction what was granted.

    Running twice is harmless: a copy stays open as long as the last closing says, a correction that stands already
    writes nothing, and what was blanked or erased is gone.
    """
    if event.act not in ("case.submit", "case.close"):
        return
    record_ids = cases.records_of(case_id=event.case.id)
    for request in Request.objects.filter(record_id__in=record_ids).select_for_update(of=("self",)).order_by("id"):
        if event.act == "case.submit":
            _require_possible(request, event)
        else:
            _carry_out(request, event)


def _require_possible(request: Request, event: CaseActed) -> None:
    """Whoever decides learns at once that an erasure cannot be granted: without a ground, or against a duty to keep.

    Raises:
        GroundMissing, RecordKept: the submission is refused with it.
    """
    if effect(RightKind(request.right), event.body["outcome"]) != "erase":
        return
    if _ground(event) == NO_GROUND:
        raise GroundMissing()
    holds = intake.record_keeping(record_id=request.concerned_id, at=event.at).holds
    if holds:
        raise RecordKept(record=request.concerned_id, holds=holds)


def _ground(event: CaseActed) -> str:
    """Return the ground of erasing that the last task of the case that asks for one was given."""
    done = [one for one in tasks.tasks_of_case(case_id=event.case.id, by=HOUSE) if RIGHTS_GROUND in one.result]
    return str(done[-1].result[RIGHTS_GROUND]) if done else NO_GROUND


def _carry_out(request: Request, event: CaseActed) -> None:
    what = effect(RightKind(request.right), event.body["outcome"])
    if request.right == RightKind.ACCESS:
        request.open_until = event.at + COPY_OPEN if what == "open" else None
    done = list(request.done)
    if what == "correct":
        done += [_corrected(request, event)]
    elif what == "erase":
        intake.record_erase(
            record_id=request.concerned_id, basis=_ground(event), request=event.case.number, by=HOUSE, at=event.at
        )
        done = ["*"]
    elif what == "blank":
        done += intake.consent_withdraw(record_id=request.concerned_id, by=HOUSE, at=event.at)
    request.done = list(dict.fromkeys(done))
    if what:
        request.done_at = event.at
    request.save(update_fields=["open_until", "done", "done_at"])
    if what:
        body = {"request": request.id, "concerned": request.concerned_id, "right": request.right, "what": what}
        body |= {"case": event.case.id, "done": request.done}
        ledger.line_append(
            chain=chain_of(request.id), act="rights.carry_out", by=HOUSE, at=event.at, body=body, pack=event.case.pack
        )


def _corrected(request: Request, event: CaseActed) -> str:
    asked = intake.record_whole(record_id=request.record_id or 0)
    field = str(asked["field"])
    shape = packkit.shelf().of(request.concerned.pack).record(request.concerned.kind)
    value = packkit.written_read(shape.fields[field], str(asked["wanted"]))
    intake.record_change(
        record_id=request.concerned_id, values={field: value}, by=HOUSE, at=event.at,
        reason=f"request {event.case.number}",
    )  # fmt: skip
    return field
