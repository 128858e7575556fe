"""What a page says when it cannot be shown."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hezhi.edge.web.actor import View
from hezhi.edge.web.refusals import Refusal, refusal_of
from hezhi.kit.errors import HezhiError

TITLES: dict[int, str | Promise] = {
    400: _("This cannot be done"),
    403: _("Not with your post"),
    404: _("Nothing here"),
    409: _("Not possible now"),
    413: _("Too large"),
    422: _("Something is missing or wrong"),
    429: _("Please wait a moment"),
    500: _("Something broke on our side"),
}
ADVICE: dict[int, str | Promise] = {
    400: _("Go back and try again; what you typed was not stored."),
    403: _("Ask the operator of your agency if you need this for your work. Nothing was changed."),
    404: _("The address may be mistyped, or it belongs to work that is not yours to see."),
    409: _("Go back to see how things stand now. Nothing was changed."),
    413: _("Choose a smaller file."),
    422: _("Go back and complete what is named above. Nothing was changed."),
    429: _("Too many attempts in a short time. Try again in a quarter of an hour."),
    500: _("Nothing of what you did is half done. Try again; if it happens again, tell the operator the time."),
}


def guarded(view: View) -> View:
    """Turn what a room refuses into a page with the fitting status."""

    @wraps(view)
    def looked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except HezhiError as error:
            return refused_page(request, refusal_of(error))

    return looked


def refused_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Return the page of one refusal."""
    said = {"title": TITLES.get(refusal.status, TITLES[400]), "advice": ADVICE.get(refusal.status, ADVICE[400])}
    return render(request, "web/error.html", {"refusal": refusal, **said}, status=refusal.status)


def _plain(request: HttpRequest, status: int) -> HttpResponse:
    return render(request, "web/error.html", {"title": TITLES[status], "advice": ADVICE[status]}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _plain(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """Also what Django shows for a form whose secret token is missing."""
    return _plain(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _plain(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """The page of last resort: it asks the database nothing."""
    return render(request, "web/broken.html", {"title": TITLES[500], "advice": ADVICE[500]}, status=500)
