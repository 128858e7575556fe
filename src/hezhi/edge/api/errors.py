"""One table from what the house refuses to what the API answers.

Every answer that is not a success has the same shape, ``Problem``. Its ``code`` is stable and meant for
programs; its ``message`` is meant for people. Facts of the one case stay in the log: they may name what the
asking program must not know.

HezhiError
├── NotFound   MachineNotFound
├── Invalid    TextInvalid, MessageBad, KindUnknown, AccountMissing, MachineInvalid
└── Refused    KeyReused, HttpsNeeded, NoCaseYet, MachineTaken
"""

from __future__ import annotations

from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext, gettext_noop
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, Throttled, ValidationError

from hezhi.kit.errors import HezhiError, Invalid, NotAllowed, NotFound, Refused

STATUS: tuple[tuple[type[HezhiError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (Invalid, 422),
    (Refused, 409),
)
NOT_FOUND = gettext_noop("There is no such thing, or you may not see it.")
UNUSABLE = gettext_noop("What was sent cannot be used as it is; findings name every problem.")
AWAY = gettext_noop("The database cannot be reached at the moment.")
# What ninja and Django raise before a room is asked: their status -> our status, code and message.
BEFORE: dict[int, tuple[int, str, str]] = {
    400: (422, "body_unreadable", gettext_noop("The body is not the JSON it should be.")),
    401: (401, "not_signed_in", gettext_noop("Sign in, or show a token that is valid here.")),
    403: (403, "csrf_failed", gettext_noop("The CSRF token of the site is missing or wrong.")),
    413: (422, "body_too_large", gettext_noop("The body is larger than this installation takes.")),
    429: (429, "too_many_requests", gettext_noop("Too many requests; try again after the seconds in Retry-After.")),
}


class KeyReused(Refused):
    """This Idempotency-Key was used for another request already."""

    code = "key_reused"


class HttpsNeeded(Refused):
    """This address is asked by HTTPS only. Change the token: others may have read it on the way."""

    code = "https_needed"


class TextInvalid(Invalid):
    """A text holds a character that no database keeps (NUL)."""

    code = "text_invalid"


class MessageBad(Invalid):
    """This message cannot be used; it was set aside, and sending it again does not help."""

    code = "message_bad"


class NoCaseYet(Refused):
    """Nobody has opened a case about this report yet."""

    code = "no_case_yet"


class KindUnknown(Invalid):
    """The pack does not know this kind of record."""

    code = "kind_unknown"


class MachineNotFound(NotFound):
    """There is no such machine."""

    code = "machine_not_found"


class MachineTaken(Refused):
    """A machine of this code is there already."""

    code = "machine_taken"


class MachineInvalid(Invalid):
    """These bounds of a machine's token cannot be used."""

    code = "machine_invalid"


class AccountMissing(Invalid):
    """There is no account of this name to take the rights from."""

    code = "account_missing"


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
        return answer(request, 422, Problem(code="request_invalid", message=gettext(UNUSABLE), findings=places))

    @api.exception_handler(HttpError)
    def before(request: HttpRequest, error: HttpError) -> HttpResponse:
        status, code, says = BEFORE.get(error.status_code, (error.status_code, "not_possible", str(error)))
        response = answer(request, status, Problem(code=code, message=gettext(says)))
        if isinstance(error, Throttled) and error.wait:
            response["Retry-After"] = str(int(error.wait) + 1)
        return response

    @api.exception_handler(OperationalError)
    def away(request: HttpRequest, _: OperationalError) -> HttpResponse:
        return answer(request, 503, Problem(code="database_away", message=gettext(AWAY)))
