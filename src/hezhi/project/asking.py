"""Every request is guarded from its first statement on."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from hezhi.spine.guard import api as guard


class AskingMiddleware:
    """Let the database answer a request as a stranger until its actor is known; see `hezhi.spine.guard`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with guard.asking():
            return self.get_response(request)
