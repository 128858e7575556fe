"""The running house: queues, failures and what was given up, for whoever looks after them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hezhi.edge.health import running as house
from hezhi.edge.jobs import mending
from hezhi.edge.now import now
from hezhi.edge.web.actor import by, officer
from hezhi.edge.web.errors import NoSuchPage
from hezhi.edge.web.refusals import refusal_of
from hezhi.kit.errors import HezhiError
from hezhi.services.notices.contracts import Channel
from hezhi.spine.permissions.contracts import Right

ACTS = {"retry": mending.jobs_retry, "drop": mending.jobs_drop}
ID_DIGITS_MOST = 18


@never_cache
@require_GET
@officer(Right.HOUSE_RUN)
def running_show(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, problem: HezhiError | None = None) -> HttpResponse:
    refusal = refusal_of(problem) if problem else None
    shown = {"house": house.running(by=by(request)), "refusal": refusal, "at": now()}
    return render(request, "web/running.html", shown, status=refusal.status if refusal else 200)


@never_cache
@require_POST
@officer(Right.HOUSE_RUN)
def jobs_act(request: HttpRequest, act: str) -> HttpResponse:
    """Run failed jobs again, or forget them."""
    sent, up_to = request.POST, request.POST.get("up_to", "")
    if act not in ACTS or not (up_to.isdecimal() and len(up_to) <= ID_DIGITS_MOST):
        raise NoSuchPage
    try:
        count = ACTS[act](
            task=sent.get("task", ""), kind=sent.get("kind", ""), up_to=int(up_to), reason=sent.get("reason", ""),
            by=by(request), at=now(),
        )  # fmt: skip
    except HezhiError as problem:
        return _page(request, problem)
    told = {
        "retry": ngettext("%(n)s job runs again.", "%(n)s jobs run again.", count),
        "drop": ngettext("%(n)s job was dropped.", "%(n)s jobs were dropped.", count),
    }
    messages.success(request, told[act] % {"n": count})
    return redirect("web:running")


@never_cache
@require_POST
@officer(Right.HOUSE_RUN)
def deliveries_again(request: HttpRequest) -> HttpResponse:
    """Try messages again that were given up for one reason."""
    sent = request.POST
    if sent.get("channel", "") not in set(Channel):
        raise NoSuchPage
    try:
        count = mending.deliveries_again(
            channel=Channel(sent["channel"]), error=sent.get("error", ""), reason=sent.get("reason", ""),
            by=by(request), at=now(),
        )  # fmt: skip
    except HezhiError as problem:
        return _page(request, problem)
    messages.success(request, _("%(n)s messages are tried again.") % {"n": count})
    return redirect("web:running")
