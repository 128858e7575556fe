"""A changed detector in shadow beside the one in use: what each found, and verdicts on what only it found."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hezhi.edge.now import now
from hezhi.edge.web import labels
from hezhi.edge.web.actor import by, may_somewhere, names_of, officer
from hezhi.edge.web.refusals import Refusal, refusal_of
from hezhi.flow.detection import api as detection
from hezhi.kit.errors import Invalid, Refused
from hezhi.spine.permissions.contracts import Right

JUDGES = (Right.ALERT_TRIAGE, Right.CASE_SUPERVISE)


@never_cache
@require_GET
@officer(*JUDGES, Right.INDICATOR_READ)
def candidate_show(request: HttpRequest, candidate_id: int) -> HttpResponse:
    """One candidate beside its detector, over the reader's own regions."""
    return _page(request, candidate_id)


@never_cache
@require_POST
@officer(*JUDGES)
def hit_judge(request: HttpRequest, candidate_id: int, hit_id: int) -> HttpResponse:
    sent = request.POST
    try:
        detection.shadow_judge(
            hit_id=hit_id, verdict=sent.get("verdict", ""), reason=sent.get("reason", ""), by=by(request), at=now()
        )
    except (Invalid, Refused) as error:
        return _page(request, candidate_id, refusal_of(error))
    messages.success(request, _("The judgement is written down."))
    return redirect("web:candidate", candidate_id)


def _page(request: HttpRequest, candidate_id: int, refusal: Refusal | None = None) -> HttpResponse:
    actor = by(request)
    told = detection.comparison_get(candidate_id=candidate_id, by=actor)
    sides = (
        (_("the one in use"), told.live), (_("the one in shadow"), told.shadow), (_("both"), told.both),
        (_("only by the one in use"), told.only_live), (_("only in shadow"), told.only_shadow),
    )  # fmt: skip
    shown = {
        "told": told, "sides": sides, "verdicts": labels.VERDICTS.items(), "refusal": refusal,
        "names": names_of(hit.label.by for hit in told.hits if hit.label),
        "may_judge": any(may_somewhere(actor, one) for one in JUDGES),
    }  # fmt: skip
    return render(request, "web/candidate.html", shown, status=refusal.status if refusal else 200)
