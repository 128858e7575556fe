"""Every form that any page shows, filled with what its makers did not think of: scripts, SQL, more fields, masks.

A robot walks through the product as every officer, tries each form it is shown, then sends it for good, and goes on
with what the pages show next, for as many rounds as ``ROUNDS=3 pytest tests/attacks/test_forms.py`` says. A new form
is tried on the day it is written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.http import QueryDict
from django.template import engines
from tests.attacks.forms import TYPED, Form, forms, forms_on
from tests.attacks.reading import PAYLOAD, Read
from tests.attacks.scene import OUTSIDER, Scene, taken_back
from tests.attacks.stating import stated
from tests.attacks.world import World, clock_held, differing, extras

from hezhi.edge.web.views import cases as views
from hezhi.flow.cases.models import Case
from hezhi.flow.intake import sealing
from hezhi.flow.intake.models import Record
from hezhi.kit.masks import MASK
from hezhi.spine.guard import api as guard

pytestmark = pytest.mark.django_db
WORD = "hzq'"
TEXT = f"{WORD}{PAYLOAD}"
ROUNDS = int(os.environ.get("ROUNDS", "1"))
LATE, LATE_ROUND = ("case.transfer", "case.return", "case.hand_over", "case.suspend", "hand-over", "dismiss"), 1
"""Acts that take a matter out of the hands of whoever would act next, and the round in which they are done."""


@dataclass
class Walk:
    """What was found wrong by each attack, and which forms were sent for good."""

    scripts: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    masks: list[str] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)


def scripts(scene: Scene, form: Form, walk: Walk) -> None:
    """Send a script in every text; it breaks out neither of the answer nor of the page that shows it afterwards."""
    with taken_back(), stated() as texts:
        answer = form.send(scene, form.filled(TEXT))
        page = scene.office.client(form.who).get(form.page)
        wrong = [one for two in (answer, page) if "html" in two["Content-Type"] for one in Read(_text(two)).wrong]
    walk.scripts += [f"{form.name}: {one}" for one in wrong]
    walk.scripts += [f"{form.name}: {answer.status_code}"] if answer.status_code >= 500 else []
    walk.statements += [f"{form.name}: {one[:200]}" for one in texts if WORD.rstrip("'") in one.lower()]


def _text(answer: Any) -> str:
    return b"".join(answer).decode("utf-8", "replace")


def more(scene: Scene, form: Form, walk: Walk) -> None:
    """Send more fields than the form has; the same comes of it, or a refusal."""
    world = World()
    plain = _came_of(scene, form, form.filled("看看就好，没有别的"), world)
    for given in extras(scene.office.town.agencies[OUTSIDER]):
        added = {name: _flat(value) for name, value in given.items() if name not in form.fields}
        got = _came_of(scene, form, {**added, **form.filled("看看就好，没有别的")}, world)
        if got[0][0] == 422:
            continue
        said = f"{plain[0]} became {got[0]}" if plain[0] != got[0] else differing(plain[1], got[1])
        walk.more += [f"{form.name}: {said}"] if said else []


def _flat(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _came_of(scene: Scene, form: Form, values: dict[str, Any], world: World) -> tuple[tuple[int, str], Any]:
    world.again()
    with taken_back():
        answer = form.send(scene, values)
        return (answer.status_code, answer.get("Location", "")), world.rows()


def masks(scene: Scene, form: Form, walk: Walk) -> None:
    """Send the mask back where a value was masked; it is refused, or left out, and never stands where a value did."""
    for name in (one.name for one in form.fields.values() if one.kind in (*TYPED, "tel")):
        with taken_back():
            answer = form.send(scene, {**form.filled("看看就好，没有别的"), name: MASK})
            if answer.status_code >= 500:
                walk.masks.append(f"{form.name} {name}: {answer.status_code}")
                continue
            walk.masks += [f"{form.name} {name}: {one}" for one in masked_values()]


def masked_values() -> list[str]:
    """Return every value of a record that is a mask, the sealed ones opened."""
    records = list(Record.objects.all())
    opened = sealing.secrets_of(records)
    return [
        f"record {one.id} {name}"
        for one in records
        for name, value in {**one.values, **opened[one.id]}.items()
        if MASK[0] in str(value)
    ]


def walked(scene: Scene, tries: Callable[[Scene, Form, Walk], object]) -> Walk:
    """Walk through all forms; try each once, and send it for good with scripts in its texts."""
    walk, barren = Walk(), set()
    for turn in range(ROUNDS):
        shown = list(forms(scene, barren, lambda one: one.name not in walk.done))
        for form in shown:
            if form.name not in walk.tried:
                walk.tried.add(form.name)
                tries(scene, form, walk)
        for form in shown:
            is_late = form.action.rstrip("/").endswith(LATE)
            if is_late == (turn == LATE_ROUND) and form.send(scene, form.filled(TEXT)).status_code == 302:
                walk.done.add(form.name)
    return walk


@pytest.fixture(scope="module")
def walk(made: Scene, django_db_blocker: Any) -> Iterator[Walk]:
    for client in made.office.clients.values():
        client.raise_request_exception = False
    with django_db_blocker.unblock(), taken_back(), clock_held():
        yield walked(made, lambda *form: [attack(*form) for attack in (scripts, more, masks)])


def test_scripts_in_forms_stay_texts(walk: Walk) -> None:
    assert walk.scripts == []


def test_sql_in_forms_stays_a_value(walk: Walk) -> None:
    assert walk.statements == []


def test_a_form_takes_no_more_than_it_asks_for(walk: Walk) -> None:
    assert walk.more == []


def test_a_mask_is_never_written_back(walk: Walk) -> None:
    assert walk.masks == []


def test_the_walk_comes_far(walk: Walk) -> None:
    acts = {one.rpartition("/act/")[2].strip("/ ") for one in walk.done if "/act/" in one}

    assert len(walk.tried) > 30, sorted(walk.tried)
    assert len(walk.done) > 12, sorted(walk.done)
    assert {"case.urge", "case.extend"} <= acts, acts


# The same attacks against weakened copies.


def on_case(scene: Scene, act: str, who: str = "housing_bureau") -> Form:
    address = f"/cases/{scene.ids['case_id']}/"
    shown = forms_on(who, address, scene.office.client(who).get(address))
    return next(one for one in shown if one.action.endswith(f"/act/{act}/"))


def test_without_escaping_a_form_answers_with_elements(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines["django"].engine, "autoescape", False)
    walk = Walk()
    scripts(scene, on_case(scene, "case.answer"), walk)

    assert any("<hzx>" in one for one in walk.scripts)


def test_a_view_that_writes_what_it_is_sent_is_found(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = views.after_act

    @guard.acting
    def weak(request: Any, case_id: int) -> Any:
        sent: QueryDict = request.POST
        Case.objects.filter(id=case_id).update(bounce_count=sent.get("bounce_count", 0))
        return plain(request, case_id)

    monkeypatch.setattr(views, "after_act", weak)
    walk = Walk()
    with clock_held():
        more(scene, on_case(scene, "case.answer"), walk)

    assert any("('cases_case'" in one for one in walk.more)


def test_without_the_look_for_masks_they_are_written_back(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms = [room for name, room in sys.modules.items() if name.startswith("hezhi.") and hasattr(room, "holds_mask")]
    for room in rooms:
        monkeypatch.setattr(room, "holds_mask", lambda _value: False)
    assert len(rooms) > 3
    address, walk = f"/report/{scene.office.pack.id}/report/", Walk()
    page = scene.office.client("").get(address, {"place": scene.office.town.region_path.split(".")})
    form = next(one for one in forms_on("", address, page) if "contact_phone" in one.fields)
    masks(scene, form, walk)

    assert any(" spot: " in one for one in walk.masks)
