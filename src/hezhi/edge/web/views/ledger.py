"""The ledger: its last seal, and whether every line is still what was written."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hezhi.edge.now import now
from hezhi.edge.web.actor import officer
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.ledger.contracts import Finding
from hezhi.spine.permissions.contracts import Right

SHOWN = 100


@never_cache
@require_http_methods(["GET", "POST"])
@officer(Right.LEDGER_VERIFY)
def ledger_show(request: HttpRequest) -> HttpResponse:
    """Show the seals; on request recompute the whole ledger. It changes nothing either way."""
    seals = ledger.seals_all()
    shown = {"last": seals[-1] if seals else None, "seal_count": len(seals), "is_checked": request.method == "POST"}
    if request.method == "POST":
        breaks = _breaks()
        shown |= {"breaks": breaks[:SHOWN], "break_count": len(breaks), "checked_at": now()}
    return render(request, "web/ledger.html", shown)


@guard.house_read
def _breaks() -> list[Finding]:
    """Look through all lines and their words. Whoever may verify reads places of breaks, and no word."""
    return ledger.ledger_breaks()
