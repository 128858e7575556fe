"""Point checks: a counter or a gate asks, and is told at once to go on, to mind something, or to ask a person."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import answers
from hezhi.edge.api.once import Key
from hezhi.edge.api.routes.packs import PackId
from hezhi.edge.api.shapes import Cursor, In, Name, RowId, Rows, Size, Word, page
from hezhi.edge.now import now
from hezhi.flow.checks import api as checks
from hezhi.flow.checks.contracts import AnswerFilter, CheckAnswer
from hezhi.packkit.shape import Field as FormField
from hezhi.packkit.shape.base import Text

router = Router(tags=["checks"])
CheckId = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
Value = Annotated[str, Field(max_length=1000)] | int | float | bool | None


class CheckLine(Schema):
    """One check: what it asks (with types and units), and of which pack."""

    pack: str
    pack_id: str
    check: str
    says: Text
    form: dict[str, FormField]


class QuestionIn(In):
    """The form as it was filled in, by the names of its fields."""

    given: Annotated[dict[Name, Value], Field(max_length=100)]


class AnswerQuery(Schema):
    """Empty fields do not narrow."""

    pack_id: Word = ""
    check: Word = ""
    answer: Literal["", "ok", "remind", "refer"] = ""


@router.get("", response=answers(list[CheckLine]), summary="List checks")
def offered(request: HttpRequest) -> list[CheckLine]:
    """Return every check of the installed packs that I may ask."""
    found = checks.checks_offered(by=by(request))
    return [
        CheckLine(pack=pack.stamp, pack_id=pack.id, check=check.id, says=check.says, form=check.form)
        for pack, check in found
    ]


@router.get("/answers", response=answers(Rows[CheckAnswer]), summary="List answers")
def page_of_answers(request: HttpRequest, wanted: Query[AnswerQuery], cursor: Cursor = "", size: Size = 50) -> dict:
    """Return my answers and those of the regions I supervise, the newest first."""
    narrowed = AnswerFilter(wanted.pack_id, wanted.check, wanted.answer)
    return page(checks.answers_page(by=by(request), wanted=narrowed, cursor=cursor, size=size))


@router.get("/answers/{answer_id}", response=answers(CheckAnswer, 404), summary="Read an answer")
def answer(request: HttpRequest, answer_id: RowId) -> CheckAnswer:
    """Return one answer with its facts and reasons."""
    return checks.answer_get(answer_id=answer_id, by=by(request))


@router.post("/{pack_id}/{check_id}", response=answers(CheckAnswer, 404, 409), summary="Ask a check")
def ask(request: HttpRequest, pack_id: PackId, check_id: CheckId, body: QuestionIn, key: Key) -> CheckAnswer:
    """Answer `ok`, `remind` or `refer` (to a person), never a refusal, with reasons and what would change it.

    The log of answers is its own note of the key: the same question again gets the first answer.
    """
    return checks.check_run(
        pack_id=pack_id, check_id=check_id, given=body.given, by=by(request), at=now(), key=f"api:{key}"
    )
