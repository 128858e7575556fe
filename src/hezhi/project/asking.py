"""Every request is guarded from its first statement on, and no answer is kept on the way."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from hezhi.spine.guard import api as guard


class AskingMiddleware:
    """Let the database answer a request as a stranger until its actor is known; see `hezhi.spine.guard`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with guard.asking():
            return self.get_response(request)


class UnkeptMiddleware:
    """Tell browsers and proxies to keep no answer, unless it says itself how long it may be kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if "Cache-Control" not in answer:
            add_never_cache_headers(answer)
        return answer
