"""Samples of what a detector looked at and did not find: officers judge each line, and recall is told from it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hezhi.edge.now import now
from hezhi.edge.web import labels
from hezhi.edge.web.actor import by, names_of, officer
from hezhi.edge.web.refusals import Refusal, refusal_of
from hezhi.flow.detection import api as detection
from hezhi.flow.detection.errors import ReviewNotFound
from hezhi.kit.errors import Invalid, Refused
from hezhi.spine.permissions.contracts import Right

READERS = (Right.ALERT_TRIAGE, Right.CASE_SUPERVISE, Right.INDICATOR_READ)


@require_GET
@officer(*READERS)
def review_list(request: HttpRequest) -> HttpResponse:
    """Every sample with its figures; they count all regions."""
    return render(
        request,
        "web/reviews.html",
        {"rows": detection.recalls_of(), "candidates": detection.comparisons_of(by=by(request))},
    )


@never_cache
@require_GET
@officer(*READERS)
def review_show(request: HttpRequest, review_id: int) -> HttpResponse:
    """One sample; its lines as far as they are the reader's to judge."""
    return _page(request, review_id)


@never_cache
@require_POST
@officer(Right.ALERT_TRIAGE, Right.CASE_SUPERVISE)
def review_answer(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    sent = request.POST
    try:
        detection.review_answer(
            item_id=item_id, answer=sent.get("answer", ""), reason=sent.get("reason", ""), by=by(request), at=now()
        )
    except (Invalid, Refused) as error:
        return _page(request, review_id, refusal_of(error))
    messages.success(request, _("The answer is written down."))
    return redirect("web:review", review_id)


def _page(request: HttpRequest, review_id: int, refusal: Refusal | None = None) -> HttpResponse:
    told = next(iter(detection.recalls_of(review_id=review_id)), None)
    if told is None:
        raise ReviewNotFound(review=review_id)
    items = detection.review_items(review_id=review_id, by=by(request))
    shown = {
        "told": told, "says": detection.recall_says(told), "answers": labels.ANSWERS.items(), "refusal": refusal,
        "items": items, "names": names_of(one.answered_by for one in items),
    }  # fmt: skip
    return render(request, "web/review.html", shown, status=refusal.status if refusal else 200)
