"""Every request is guarded from its first statement on, and no answer is kept on the way."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from hezhi.spine.guard import api as guard


class ProxyMiddleware:
    """Forget the word that a request came by HTTPS, where another than the proxy says it.

    WHY not by the header alone: whoever reaches the house beside its proxy can write it too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.META.get("REMOTE_ADDR", "") not in settings.HEZHI.proxies:
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)


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
