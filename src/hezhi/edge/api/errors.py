"""One table from what the house refuses to what the API answers.

Every answer that is not a success has the same shape, ``Problem``. Its ``code`` is stable and meant for
programs; its ``message`` is meant for people. Facts of the one case stay in the log: they may name what the
asking program must not know.
"""

from __future__ import annotations

from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, Throttled, ValidationError

from hezhi.kit.errors import HezhiError, Invalid, NotAllowed, NotFound, Refused

STATUS: tuple[tuple[type[HezhiError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (Invalid, 422),
    (Refused, 409),
)
# What ninja and Django raise before a room is asked: status -> our status and code.
BEFORE: dict[int, tuple[int, str]] = {
    400: (422, "body_unreadable"),
    401: (401, "not_signed_in"),
    403: (403, "csrf_failed"),
    413: (422, "body_too_large"),
    429: (429, "too_many_requests"),
}
SAYS = {
    401: "Sign in, or show a token that is valid here.",
    403: "Your post does not carry the right to do this here.",
    404: "There is no such thing, or you may not see it.",
    409: "This act is not possible in the present state.",
    422: "What was sent cannot be used as it is; findings name every problem.",
    429: "Too many requests; try again after the seconds in Retry-After.",
    503: "The database cannot be reached at the moment.",
}


class ProblemPlace(Schema):
    """One problem: where it is, what is wrong, and the nearest valid name if there is one."""

    place: str = ""
    cause: str
    nearest: str = ""


class Problem(Schema):
    """Why a request was not done."""

    code: str
    message: str
    findings: list[ProblemPlace] = []


def answers(kind: Any, *refusals: int, status: int = 200, anonymous: bool = False) -> dict[Any, Any]:
    """Return the answers a route may give: ``kind`` on success, ``Problem`` otherwise.

    Whoever must sign in may get 401 and 403; everyone may get 422, 429 and, without a database, 503.
    """
    possible = {*refusals, 422, 429, 503} | (set() if anonymous else {401, 403})
    return {status: kind, **dict.fromkeys(sorted(possible), Problem)}


def problem_of(error: HezhiError) -> tuple[int, Problem]:
    """Return status and answer for one refusal of the house."""
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 409)
    findings = [_place(one) for one in getattr(error, "findings", ())]
    findings += [
        ProblemPlace(place=str(paper), cause=gettext("A paper is missing."))
        for paper in error.facts.get("papers") or ()
    ]
    return status, Problem(code=error.code, message=gettext(error.message), findings=findings)


def _place(finding: Any) -> ProblemPlace:
    english = (get_language() or "").startswith("en")
    cause = getattr(finding, "cause", finding)
    words = getattr(cause, "en" if english else "zh", None) or str(cause)
    place = getattr(finding, "field", "") or getattr(finding, "path", "")
    return ProblemPlace(place=str(place), cause=words, nearest=str(getattr(finding, "nearest", "") or ""))


def attach(api: NinjaAPI) -> None:
    """Let ``api`` answer every error by this table."""

    def answer(request: HttpRequest, status: int, problem: Problem) -> HttpResponse:
        return api.create_response(request, problem.model_dump(), status=status)

    @api.exception_handler(HezhiError)
    def refused(request: HttpRequest, error: HezhiError) -> HttpResponse:
        return answer(request, *problem_of(error))

    @api.exception_handler(ValidationError)
    def unusable(request: HttpRequest, error: ValidationError) -> HttpResponse:
        places = [
            ProblemPlace(place=".".join(str(part) for part in one["loc"]), cause=one["msg"]) for one in error.errors
        ]
        return answer(request, 422, Problem(code="request_invalid", message=gettext(SAYS[422]), findings=places))

    @api.exception_handler(HttpError)
    def before(request: HttpRequest, error: HttpError) -> HttpResponse:
        status, code = BEFORE.get(error.status_code, (error.status_code, "not_possible"))
        response = answer(request, status, Problem(code=code, message=gettext(SAYS.get(status, str(error)))))
        if isinstance(error, Throttled) and error.wait:
            response["Retry-After"] = str(int(error.wait) + 1)
        return response

    @api.exception_handler(OperationalError)
    def away(request: HttpRequest, _: OperationalError) -> HttpResponse:
        return answer(request, 503, Problem(code="database_away", message=gettext(SAYS[503])))
