"""Papers made by the house for a case."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from hezhi.edge.now import now
from hezhi.edge.web.actor import by, officer
from hezhi.edge.web.casefile import case_file
from hezhi.edge.web.dispatch_order import order_facts
from hezhi.services.documents import api as documents
from hezhi.spine.permissions.contracts import Right


@never_cache
@require_POST
@officer(Right.CASE_HANDLE, Right.CASE_COORDINATE, Right.CASE_SUPERVISE)
def order_make(request: HttpRequest, case_id: int) -> HttpResponse:
    """Order the dispatch order of a case as a PDF; a job makes it."""
    me, at = by(request), now()
    file = case_file(case_id=case_id, by=me, at=at)
    documents.document_order(
        template="dispatch_order",
        data=order_facts(file),
        about=f"case:{case_id}",
        by=me,
        at=at,
        key=f"case:{case_id}:{request.POST.get('key', '')}",
    )
    messages.info(request, _("The dispatch order is being made; reload the page in a moment."))
    return redirect("web:case", case_id)
