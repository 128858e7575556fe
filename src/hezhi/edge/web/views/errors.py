"""What a page says when it cannot be shown."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hezhi.edge.api.errors import TextInvalid
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
            _texts_check(request, kwargs)
            return view(request, *args, **kwargs)
        except HezhiError as error:
            return refused_page(request, refusal_of(error))

    return looked


def _texts_check(request: HttpRequest, parts: Mapping[str, Any]) -> None:
    """Stop texts that no table could keep, wherever they stand; the API's reader does the same.

    Raises:
        TextInvalid
    """
    sent = [*request.GET.items(), *request.POST.items(), *parts.items()]
    sent += [(one.name or "", "") for one in request.FILES.values()]
    listed = [one for given in (request.GET, request.POST) for _name, values in given.lists() for one in values]
    if any("\x00" in str(one) for pair in sent for one in pair) or any("\x00" in one for one in listed):
        raise TextInvalid()


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
