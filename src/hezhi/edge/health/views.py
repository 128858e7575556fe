"""The three answers. They start no session, know no person, and change nothing."""

from __future__ import annotations

import hmac
import ipaddress

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from hezhi.edge.health import numbers, readiness


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; it asks nobody, so a lost database does not get a sound process killed."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether the site can do its work: 200, or 503 with the codes of what is missing."""
    reasons = readiness.reasons()
    return JsonResponse(
        {"status": "not_ready" if reasons else "ready", "reasons": reasons}, status=503 if reasons else 200
    )


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Tell the numbers in the text form of Prometheus."""
    if not _may_ask(request):
        return JsonResponse({"status": "refused"}, status=403)
    return HttpResponse(numbers.text(), content_type=CONTENT_TYPE_LATEST)


def _may_ask(request: HttpRequest) -> bool:
    token = settings.HEZHI.metrics_token
    given = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    passed_on = {"X-Forwarded-For", "Forwarded", "X-Real-Ip"} & set(request.headers)
    return not passed_on and _is_loopback(request.META.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
