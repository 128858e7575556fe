"""Point checks in passes 3 to 5: names that lead somewhere, answers that hurt nobody, tests that hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from hezhi.kit.moments import city_moment
from hezhi.packkit.checks import FeatureValue, check_decide
from hezhi.packkit.draft import Draft, Placed
from hezhi.packkit.passes.safeguards import trait_in
from hezhi.packkit.plan import plan_of
from hezhi.packkit.shape import Decision
from hezhi.packkit.shape.checks import Check, CheckTest
from hezhi.packkit.values import values_check
from hezhi.packkit.words import FACT_TYPE_OF_FIELD, REFUSING_WORDS, REFUSING_WORDS_ZH

GRAVE = ("red", "grey")
"""Colours that go to a person in a pack whose tasks can burden somebody."""
ASKABLE = ("text", "integer", "number", "flag", "day", "choice", "region", "phone")
"""Types of fields that a check may ask."""


def refs(draft: Draft) -> None:
    for where in draft.checks:
        table = _table(draft, where)
        for name in sorted({one.of for one in where.it.features.values()} - set(where.it.form)):
            _unknown(draft, where, name, "features")
        for name in where.it.days_until.values():
            if name not in where.it.form and name not in where.it.features:
                _unknown(draft, where, name, "days_until")
        _features(draft, where)
        if table:
            _inputs(draft, where, table)


def meaning(draft: Draft) -> None:
    burdens = bool(draft.identity and draft.identity.it.safeguards and draft.identity.it.safeguards.adverse_effects)
    for where in draft.checks:
        _answers(draft, where, burdens)
        _form(draft, where)


def behaviour(draft: Draft) -> None:
    for where in draft.checks:
        table = next((one.it for one in draft.decisions if one.it.id == where.it.decided_by), None)
        if table is None or not _is_whole(where.it, table):
            continue  # already told by passes 3 and 4
        for index, test in enumerate(where.it.tests):
            told = _tried(where.it, table, test)
            if told != (test.colour, test.answer):
                cause = f"'{test.name}' expects {test.colour} and {test.answer}, the check says {' and '.join(told)}."
                draft.say("behaviour/check-test", where, "tests", index, cause=cause)


def _table(draft: Draft, where: Placed[Check]) -> Decision | None:
    valid = {one.it.id: one.it for one in draft.decisions}
    name = where.it.decided_by
    if name not in valid:
        cause = f"'{name}' is not a decision table of this pack."
        draft.say("refs/unknown-decision", where, "decided_by", cause=cause, given=name, valid=valid)
    return valid.get(name)


def _unknown(draft: Draft, where: Placed[Check], name: str, part: str) -> None:
    cause = f"'{name}' is not a field of the check's form."
    draft.say("refs/unknown-field", where, part, cause=cause, given=name, valid=where.it.form)


def _features(draft: Draft, where: Placed[Check]) -> None:
    """Each feature that is read is one that the pack refreshes, about the same kind of subject."""
    declared = {one.it.id: one.it for one in draft.features}
    for name, read in where.it.features.items():
        known = declared.get(read.feature or name)
        if known is None:
            cause = f"'{read.feature or name}' is not a feature of this pack's features.yml."
            given = read.feature or name
            draft.say("refs/unknown-feature", where, "features", name, cause=cause, given=given, valid=declared)
        elif known.kind != read.kind:
            cause = f"'{known.id}' is about a {known.kind}, the check asks it of a {read.kind}."
            draft.say("refs/unknown-feature", where, "features", name, cause=cause, given=read.kind, valid=[known.kind])


def _inputs(draft: Draft, where: Placed[Check], table: Decision) -> None:
    """Each input of the table is fed once, by a value of its type."""
    check = where.it
    for name, declared in table.inputs.items():
        fed = [part for part in ("form", "features", "days_until") if name in getattr(check, part)]
        if len(fed) != 1:
            cause = f"'{name}' is fed by {' and by '.join(fed) or 'nothing'}; the table asks for it once."
            draft.say("refs/check-input", where, fed[0] if fed else "decided_by", cause=cause)
            continue
        kind = "integer" if fed == ["days_until"] else declared.type
        if fed == ["form"]:
            kind = FACT_TYPE_OF_FIELD.get(check.form[name].type, "none")  # type: ignore[assignment]
        if kind != declared.type and (kind, declared.type) != ("integer", "number"):
            cause = f"'{name}' comes as {kind}, the table asks for {declared.type}."
            draft.say("refs/check-input", where, fed[0], name, cause=cause)


def _answers(draft: Draft, where: Placed[Check], burdens: bool) -> None:
    check = where.it
    table = next((one.it for one in draft.decisions if one.it.id == check.decided_by), None)
    wanted = {row.colour for row in table.rows} | {"grey"} if table else set()
    for colour in sorted(wanted - set(check.answers)):
        cause = f"The table can say {colour}, the check has no answer for it."
        draft.say("meaning/check-answer-missing", where, "answers", cause=cause)
    for colour, told in check.answers.items():
        place = ("answers", colour)
        if colour in GRAVE and told.answer != "refer" and (burdens or (colour, told.answer) == ("grey", "ok")):
            cause = f"On {colour} the caller is told '{told.answer}' instead of being referred to a person."
            draft.say("meaning/check-must-refer", where, *place, cause=cause)
        word = _refusing(told.says.zh, told.says.en)
        if word:
            cause = f"'{word}' refuses; a check tells, reminds or refers to a person."
            draft.say("meaning/check-refuses", where, *place, cause=cause)


def _refusing(zh: str, en: str) -> str:
    words = en.lower().replace(",", " ").replace(".", " ").split()
    found = [word for word in REFUSING_WORDS_ZH if word in zh] + [word for word in REFUSING_WORDS if word in words]
    return found[0] if found else ""


def _form(draft: Draft, where: Placed[Check]) -> None:
    """Ask no more than is used, say why what is not open is asked, and let none of it feed the table."""
    check = where.it
    table = next((one.it for one in draft.decisions if one.it.id == check.decided_by), None)
    closed = [name for name, declared in check.form.items() if declared.sensitivity != "open"]
    if closed and draft.identity and draft.identity.it.sensitivity in ("open", "internal"):
        cause = f"The pack calls itself {draft.identity.it.sensitivity}, but asks '{closed[0]}', which is not open."
        draft.say("meaning/sensitivity-too-low", draft.identity, "sensitivity", cause=cause)
    named = {one.of for one in check.features.values()}
    fed = (set(table.inputs) & set(check.form) if table else set()) | set(check.days_until.values())
    for name, declared in check.form.items():
        place = ("form", name)
        if table and name not in named | fed:
            draft.say("meaning/check-asks-too-much", where, *place, cause=f"'{name}' is asked and used for nothing.")
        for rule, cause in _field(check, name, is_fed=name in fed):
            draft.say(rule, where, *place, cause=cause)
        word = trait_in(f"{name} {declared.label.en}", declared.label.zh)
        if word:
            cause = f"'{name}' looks at '{word}', which says what a person is, not what happened."
            draft.say("meaning/trait-input", where, *place, cause=cause)


def _field(check: Check, name: str, *, is_fed: bool) -> Iterator[tuple[str, str]]:
    declared = check.form[name]
    if declared.type not in ASKABLE:
        yield "refs/wrong-field-type", f"'{name}' is of type {declared.type}; a check asks {', '.join(ASKABLE)}."
    if declared.sensitivity == "open":
        return
    if is_fed:
        yield "meaning/secret-shown", f"'{name}' is {declared.sensitivity} and feeds a colour, which the log keeps."
    if name not in check.why:
        yield "meaning/field-without-need", f"'{name}' is {declared.sensitivity}, and 'why' does not say what for."


def _is_whole(check: Check, table: Decision) -> bool:
    try:
        plan_of(table)
    except ValueError:
        return False
    return {row.colour for row in table.rows} | {"grey"} <= set(check.answers)


def _tried(check: Check, table: Decision, test: CheckTest) -> tuple[str, str]:
    at = city_moment(test.on)
    given = dict[str, Any](values_check(check.form, test.given).values)
    features = {
        name: FeatureValue(value, at - timedelta(hours=test.aged_hours.get(name, 0)))
        for name, value in test.features.items()
    }
    told = check_decide(check, table, given, features, at=at)
    return told.decided.colour, told.answer
