"""What the rights room does when the case of a request closes: it carries out what was granted."""

from __future__ import annotations

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseActed
from hezhi.flow.intake import api as intake
from hezhi.flow.rights.contracts import RightKind
from hezhi.flow.rights.models import Request
from hezhi.flow.rights.queries import HOUSE
from hezhi.flow.rights.rules import COPY_OPEN, chain_of, effect
from hezhi.spine.ledger import api as ledger


def follow_case(event: CaseActed) -> None:
    """Carry out, in the transaction of the closing, what the outcome of a request grants.

    Running twice is harmless: a copy stays open as long as the last closing says, a correction that stands already
    writes nothing, and what was blanked or erased is gone.
    """
    if event.act != "case.close":
        return
    record_ids = cases.records_of(case_id=event.case.id)
    for request in Request.objects.filter(record_id__in=record_ids).select_for_update(of=("self",)).order_by("id"):
        _carry_out(request, event)


def _carry_out(request: Request, event: CaseActed) -> None:
    what = effect(RightKind(request.right), event.body["outcome"])
    if request.right == RightKind.ACCESS:
        request.open_until = event.at + COPY_OPEN if what == "open" else None
    done = list(request.done)
    if what == "correct":
        done += [_corrected(request, event)]
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
    intake.record_change(
        record_id=request.concerned_id, values={field: asked["wanted"]}, by=HOUSE, at=event.at,
        reason=f"request {event.case.number}",
    )  # fmt: skip
    return field
