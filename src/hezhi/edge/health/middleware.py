"""One log line and one count for each request: the route's name, never the address, which may hold a number."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from hezhi.edge.health import numbers, tracing

logger = logging.getLogger("hezhi.request")
NO_ROUTE = "none"  # nothing at this address, or a file for browsers


class WatchMiddleware:
    """Outermost, so that its time is what the client waited for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        tracing.tracing_start("web")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        request_id = secrets.token_hex(6)
        with tracing.span("request", request=request_id) as span:
            response = self.get_response(request)
            match = request.resolver_match
            route = (match.view_name if match else "") or NO_ROUTE
            status, method = response.status_code, request.method or ""
            if span is not None:
                span.update_name(f"{numbers.method_of(method)} {route}")
                span.set_attributes({"http.route": route, "http.response.status_code": status})
        response.headers["X-Request-Id"] = request_id
        seconds = time.perf_counter() - began
        numbers.request_count(route=route, method=method, status=status, seconds=seconds)
        facts = {"route": route, "status": status, "ms": round(seconds * 1000), "request": request_id}
        logger.info("%s %s %s", route, status, request_id, extra={"facts": facts})
        return response
