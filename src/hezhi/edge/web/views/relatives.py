"""Relatives whom an officer declares: their numbers are compared, never kept."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from hezhi.edge.now import now
from hezhi.edge.web import labels
from hezhi.edge.web.actor import by, officer
from hezhi.edge.web.refusals import refusal_of
from hezhi.kit.errors import HezhiError
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import Relation


@never_cache
@sensitive_post_parameters("number")
@require_http_methods(["GET", "POST"])
@officer()
def relatives(request: HttpRequest) -> HttpResponse:
    """One's own declarations; a form adds one or takes one back."""
    me, refusal = by(request), None
    if request.method == "POST":
        try:
            _act(request)
            return redirect("web:relatives")
        except HezhiError as error:
            refusal = refusal_of(error)
    shown = {"rows": people.kin_of(by=me), "relations": labels.RELATIONS_OF_KIN.items(), "refusal": refusal}
    return render(request, "web/relatives.html", shown, status=refusal.status if refusal else 200)


def _act(request: HttpRequest) -> None:
    me, at, sent = by(request), now(), request.POST
    if withdrawn := sent.get("withdraw", ""):
        kin_id = int(withdrawn) if withdrawn.isascii() and withdrawn.isdecimal() and len(withdrawn) < 19 else 0
        people.kin_withdraw(kin_id=kin_id, by=me, at=at)
        messages.success(request, _("The declaration is taken back."))
        return
    told = sent.get("relation", "")
    relation = Relation(told) if told in set(Relation) else Relation.OTHER
    people.kin_declare(relation=relation, number=sent.get("number", ""), by=me, at=at)
    messages.success(request, _("The relative is declared; the number itself is not kept."))
