"""Point checks at a counter: the form, the answer with its reasons, and the log of answers. Plain pages, no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from hezhi.edge.now import now
from hezhi.edge.web import labels
from hezhi.edge.web.actor import by, may_somewhere, names_of, officer
from hezhi.edge.web.fields import FormField, for_rooms, of_pack, read_posted, with_typed
from hezhi.edge.web.refusals import refusal_of, said
from hezhi.edge.web.templatetags.hz import measured
from hezhi.flow.checks import api as checks
from hezhi.flow.checks.contracts import KEYED, AnswerFilter, CheckAnswer
from hezhi.kit.canonical import canonical, sha256
from hezhi.kit.errors import HezhiError
from hezhi.packkit import api as packkit
from hezhi.packkit.errors import PackUnknown
from hezhi.packkit.shape import Check, Pack
from hezhi.spine.permissions.contracts import Right


@dataclass(frozen=True)
class Line:
    """One answer as pages show it; ``check`` is None where today's pack no longer has it."""

    told: CheckAnswer
    pack_id: str
    check: Check | None
    who: str

    @property
    def given(self) -> list[tuple[str, Any]]:
        """What was filled in, by the labels of the form; what is not open is not shown."""
        form = self.check.form if self.check else {}
        return [
            (
                said(form[name].label) if name in form else name,
                "" if str(value).startswith(KEYED) else measured(value, form[name].unit if name in form else ""),
            )
            for name, value in self.told.given.items()
        ]


@require_GET
@officer(Right.CHECK_RUN, Right.CASE_SUPERVISE)
def check_list(request: HttpRequest) -> HttpResponse:
    """The checks an officer may ask, and the log: the own answers and those of supervised regions."""
    ask, me = request.GET, by(request)
    answer = ask.get("answer", "") if ask.get("answer", "") in labels.CHECK_ANSWERS else ""
    page = checks.answers_page(by=me, wanted=AnswerFilter(answer=answer), cursor=ask.get("cursor", ""))
    shown = {
        "offered": checks.checks_offered(by=me),
        "page": page,
        "answer": answer,
        "answers": labels.CHECK_ANSWERS.items(),
        "rows": _lines(page.rows),
        "supervises": may_somewhere(me, Right.CASE_SUPERVISE),
    }
    return render(request, "web/checks.html", shown)


@never_cache
@require_http_methods(["GET", "POST"])
@officer(Right.CHECK_RUN)
def check_form(request: HttpRequest, pack_id: str, check_id: str) -> HttpResponse:
    """The form of one check; what was filled in leads to the page of the answer."""
    me, at = by(request), now()
    pack, check = checks.check_find(pack_id=pack_id, check_id=check_id, by=me)
    fields, refusal, key = _fields(pack, check), None, request.POST.get("key", "")[:80] or uuid4().hex
    if request.method == "POST":
        typed = read_posted(request, fields, by=me, at=at)
        once = f"form:{sha256(canonical([key, typed]))}"
        try:
            given = for_rooms(fields, typed)
            told = checks.check_run(pack_id=pack_id, check_id=check_id, given=given, by=me, at=at, key=once)
        except HezhiError as error:
            refusal, key = refusal_of(error), uuid4().hex
            fields = with_typed(fields, typed, refusal)
        else:
            return redirect(reverse("web:check_answer", args=[told.id]))
    shown = {"pack": pack, "check": check, "fields": fields, "refusal": refusal, "key": key}
    return render(request, "web/check_form.html", shown, status=refusal.status if refusal else 200)


@never_cache
@require_GET
@officer(Right.CHECK_RUN, Right.CASE_SUPERVISE)
def check_answer(request: HttpRequest, answer_id: int) -> HttpResponse:
    """One answer: what it says, why, from which facts, what would change it, and until when it stands."""
    told = checks.answer_get(answer_id=answer_id, by=by(request))
    [line] = _lines([told])
    shown = {"told": told, "line": line, "may_ask": may_somewhere(by(request), Right.CHECK_RUN)}
    return render(request, "web/check_answer.html", shown)


def _fields(pack: Pack, check: Check) -> list[FormField]:
    why = {name: said(text) for name, text in check.why.items()}
    return [of_pack(name, one, pack=pack, why=why.get(name, "")) for name, one in check.form.items()]


def _check(pack_id: str, check_id: str) -> Check | None:
    """Return the check as it is today; None where the pack no longer has it."""
    try:
        return packkit.shelf().get(pack_id).check(check_id)
    except (PackUnknown, LookupError):
        return None


def _lines(rows: Sequence[CheckAnswer]) -> list[Line]:
    """Return answers with the words of today's packs and the names of who asked; systems stand under their code."""
    names = names_of(row.asker for row in rows)
    found = []
    for row in rows:
        pack_id = row.pack.partition("@")[0]
        found.append(Line(row, pack_id, _check(pack_id, row.check), names[row.asker]))
    return found
