"""One's own account and notices."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hezhi.edge.now import now
from hezhi.edge.web.actor import ACTING_FOR, by, officer, remember_session
from hezhi.edge.web.errors import WrongSignIn
from hezhi.edge.web.refusals import refusal_of
from hezhi.kit.errors import HezhiError
from hezhi.services.notices import api as notices
from hezhi.spine.people import api as people


@require_GET
@officer()
def notices_list(request: HttpRequest) -> HttpResponse:
    """What the house told this officer, newest first."""
    page = notices.notices_page(recipient=by(request).ref, cursor=request.GET.get("cursor", ""))
    return render(request, "web/notices.html", {"page": page})


@require_POST
@officer()
def notices_read(request: HttpRequest) -> HttpResponse:
    notices.notices_read(by=by(request), at=now())
    return redirect("web:notices")


@never_cache
@sensitive_post_parameters("old", "new")
@require_http_methods(["GET", "POST"])
@officer()
def account_show(request: HttpRequest) -> HttpResponse:
    """One's posts and rights; choose the agency to act for, where messages go, or a new password."""
    me, at = by(request), now()
    posts = people.person_posts(me.person_id, at=at) if me.person_id is not None else []
    refusal = None
    if request.method == "POST":
        try:
            return _account_act(request, {one.agency_id for one in posts})
        except HezhiError as error:
            refusal = refusal_of(error)
    return render(
        request,
        "web/account.html",
        {
            "actor": me,
            "posts": posts,
            "refusal": refusal,
            "typed": request.POST if refusal and "email" in request.POST else request.user,
            "agencies": {one.agency_id: one.agency_name for one in posts},
        },
        status=refusal.status if refusal else 200,
    )


def _account_act(request: HttpRequest, agencies: set[int]) -> HttpResponse:
    chosen = request.POST.get("agency", "")
    if chosen.isdecimal() and int(chosen) in agencies:
        request.session[ACTING_FOR] = int(chosen)
        messages.success(request, _("You now act for this agency."))
        return redirect("web:account")
    if "email" in request.POST:
        people.account_contact_set(
            account_id=request.user.pk,  # type: ignore[arg-type]
            email=request.POST["email"].strip(),
            phone=request.POST.get("phone", "").strip(),
            wants_mail=request.POST.get("wants_mail") == "true",
            wants_sms=request.POST.get("wants_sms") == "true",
            by=by(request),
            at=now(),
        )
        messages.success(request, _("Messages for you go there from now on."))
        return redirect("web:account")
    if not request.user.check_password(request.POST.get("old", "")):  # type: ignore[union-attr]
        raise WrongSignIn()
    people.account_password_set(
        account_id=request.user.pk, password=request.POST.get("new", ""), by=by(request), at=now()
    )
    request.user.refresh_from_db()  # type: ignore[union-attr]
    update_session_auth_hash(request, request.user)  # type: ignore[arg-type]
    remember_session(request)
    messages.success(request, _("The new password holds from now on."))
    return redirect("web:account")
