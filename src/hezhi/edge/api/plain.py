"""Programs that ask in the clear are told so, not led on to HTTPS in silence: others may have seen their tokens."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from hezhi.edge.api.errors import HttpsNeeded, problem_of
from hezhi.edge.api.once import dumps


class PlainMiddleware:
    """Refuse the API over plain HTTP where the site is reached by HTTPS; comes before Django's redirect."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECURE_SSL_REDIRECT and request.path.startswith("/api/") and not request.is_secure():
            _, problem = problem_of(HttpsNeeded())
            return HttpResponse(dumps(problem.model_dump()), status=403, content_type="application/json")
        return self.get_response(request)
