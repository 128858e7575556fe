"""Texts are decoded once when they come in and encoded for their place when they go out; none is a format.

What is sent looks as if it were to be decoded, escaped or filled once more; what comes out is exactly what was sent.
"""

from __future__ import annotations

import ast
import json
import re
from html import unescape
from pathlib import Path

import pytest
from tests.attacks.reading import PAYLOAD
from tests.attacks.scene import Scene
from tests.house.test_outward import SOURCES

from hezhi.edge.now import now
from hezhi.flow.cases import api as cases
from hezhi.packkit.sentences import sentence_fill
from hezhi.packkit.shape.base import Text
from hezhi.project.options import ROOT
from hezhi.services.notices import api as notices
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
TEMPLATES = sorted((ROOT / "src").rglob("*.html"))
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.S | re.I)
JSON_TEXT = "</script><!--\u2028\u2029\"\\'&amp;\t{{7*7}} é\U0001f600"
TWICE = "%2531 %41 &lt;b&gt; &amp;amp; \\u0041 +a %E4%B8%80 %%32"
FORMAT = "{0.__class__} {number} {title} %s %(title)s %d ${x} {{x}} {reason:>9}"


def scripts_with_values(text: str) -> list[str]:
    """Return the scripts, handlers and styles of a template in which something stands, or could be put."""
    inside = [found[2].strip() for found in SCRIPT.finditer(text) if found[2].strip() or "src=" not in found[1]]
    handlers = re.findall(r"\son[a-z]+\s*=", re.sub(r"\{%.*?%\}", "", text)) + re.findall(r"(?i)javascript:", text)
    return inside + handlers + re.findall(r"(?i)<style\b", text)


def unescaped(text: str) -> list[str]:
    """Return what a template lets through as it is."""
    return re.findall(r"\|\s*(?:safe|safeseq)\b|autoescape off|\{%\s*verbatim", text)


def test_no_value_is_written_into_a_script_and_every_value_is_escaped() -> None:
    assert len(TEMPLATES) > 50
    wrong = {one.name: scripts_with_values(one.read_text()) + unescaped(one.read_text()) for one in TEMPLATES}

    assert {name: found for name, found in wrong.items() if found} == {}
    marked = {
        one.relative_to(ROOT).as_posix() for one in SOURCES if re.search(r"mark_safe\(|SafeString\(", one.read_text())
    }
    assert marked == {  # pictures that are drawn here; their words are escaped by the drawer
        "src/hezhi/edge/web/views/indicators.py",
        "src/hezhi/edge/web/views/quality.py",
        "src/hezhi/edge/web/views/safety.py",
    }


@pytest.mark.parametrize(
    "line",
    ["<script>x = '{{ x }}'</script>", '<a onclick="f({{ x }})">', "<script nonce=a>1</script>", "{{ x|safe }}",
     "{% autoescape off %}", "<a href='javascript:x'>", "<style>{{ x }}</style>"],
)  # fmt: skip
def test_such_a_template_is_found(line: str) -> None:
    assert scripts_with_values(line) + unescaped(line)


def titled(scene: Scene, text: str) -> tuple[int, str]:
    """Open a case about a thing that is called ``text``; return its id and its title."""
    case = scene.office.opened("e1", spot=text)
    return case.id, cases.case_get(case_id=case.id, by=Actor.system("test")).title


@pytest.mark.parametrize("text", [PAYLOAD, JSON_TEXT])
def test_json_holds_exactly_what_was_typed_and_is_no_page(scene: Scene, text: str) -> None:
    case_id, title = titled(scene, text)

    answer = scene.office.client("supervisor").get(f"/api/v1/cases/{case_id}")

    assert json.loads(answer.content)["case"]["title"] == title
    assert text.strip() in title
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_refusal_in_json_repeats_a_text_encoded(scene: Scene) -> None:
    answer = scene.office.client("supervisor").get("/api/v1/cases", {"state": PAYLOAD})

    assert (answer.status_code, answer["Content-Type"]) == (422, "application/json; charset=utf-8")
    assert json.loads(answer.content)["code"] == "request_invalid"


def test_what_is_sent_by_a_form_is_decoded_once(scene: Scene) -> None:
    case_id, title = titled(scene, TWICE)
    by = scene.office.client("supervisor")
    sent = {"text": TWICE, "agency": scene.office.town.agencies["housing_bureau"], "key": "twice"}

    page = by.get(f"/cases/{case_id}/").content.decode()
    assert by.post(f"/cases/{case_id}/act/case.urge/", sent).status_code == 302

    assert TWICE in title and TWICE in unescape(page)
    [order] = cases.case_view(case_id=case_id, by=Actor.system("test")).orders
    assert order.text == TWICE


def test_what_is_sent_by_the_api_is_decoded_once(scene: Scene) -> None:
    case_id, _ = titled(scene, "某处空地")
    sent = {"agency_id": scene.office.town.agencies["housing_bureau"], "text": TWICE}

    answer = scene.office.client("supervisor").post(
        f"/api/v1/cases/{case_id}/urge", sent, content_type="application/json", headers={"Idempotency-Key": "twice-001"}
    )

    assert answer.status_code == 200
    [order] = cases.case_view(case_id=case_id, by=Actor.system("test")).orders
    assert order.text == TWICE


def test_what_an_address_asks_for_is_decoded_once(scene: Scene) -> None:
    page = scene.office.client("supervisor").get("/cases/?text=%2541%253Cb%253E").content.decode()

    assert 'value="%41%3Cb%3E"' in page


PATHS = [
    "/cases/%2531/", "/%63ases%252F1/", "/cases/1%252F", "/static/%2e%2e%2fweb/hezhi.css",
    "/static/web/%252e%252e/hezhi.css", "/static/..%2f..%2f..%2fpyproject.toml", "/static/%252e%252e%252fsettings.py",
    "/report/%257a/report/",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_encoded_twice_leads_nowhere(scene: Scene, path: str) -> None:
    assert scene.office.client("supervisor").get(path).status_code == 404


def test_a_path_that_is_encoded_once_is_the_same_as_without(scene: Scene) -> None:
    case = scene.ids["case_id"]
    encoded = "".join(f"%{ord(one):02x}" for one in str(case))

    assert scene.office.client("supervisor").get(f"/%63ases/{encoded}/").status_code == 200


def test_a_format_that_somebody_typed_stays_text_in_titles_notices_and_pages(scene: Scene) -> None:
    case_id, title = titled(scene, FORMAT)
    assert FORMAT in title
    by, house = scene.office.actor("supervisor"), Actor.system("test")
    lead = scene.office.actor("housing_bureau")
    cases.case_urge(
        case_id=case_id, agency_id=scene.office.town.agencies["housing_bureau"], text=FORMAT, by=by, at=now()
    )
    cases.case_accept(case_id=case_id, by=lead, at=now())

    page = unescape(scene.office.client("supervisor").get(f"/cases/{case_id}/").content.decode())
    rows = notices.notices_page(recipient=lead.ref).rows
    told = [one.words.zh for one in rows if (one.about, one.act) == (f"case:{case_id}", "case.open")]

    assert page.count(FORMAT) >= 2
    assert [one.partition("：")[2].startswith(title) for one in told] == [True], told
    assert "class 'str'" not in page and "<class" not in page
    assert cases.case_get(case_id=case_id, by=house).title == title


def test_a_sentence_fills_its_own_places_and_no_place_of_what_is_put_in() -> None:
    said = sentence_fill(Text(zh="{a} {b}", en="{a}"), {"a": "{b}", "b": FORMAT})

    assert said == Text(zh=f"{{b}} {FORMAT}", en="{b}")


FORMATS = {
    "src/hezhi/edge/demo/city.py: self.regions.grid_name.format": "the invented city's own file",
    "src/hezhi/edge/demo/peopling.py: pattern.format": "the invented city's own file",
    "src/hezhi/edge/demo/peopling.py: plan.name.get('', default.name['']).format": "the invented city's own file",
    "src/hezhi/edge/demo/story.py: self._words[name][self._lang].format": "the demo's own words",
    "src/hezhi/packkit/scans/periods.py: middle.format": "SQL of this file",
    "src/hezhi/packkit/scans/periods.py: same.format": "SQL of this file",
    "src/hezhi/spine/calendar/seed.py: LAW.format": "words of this file",
    "src/hezhi/spine/calendar/seed.py: NOTICE.format": "words of this file",
    "src/hezhi/spine/regions/queries.py: _WALK.format": "SQL of this file",
    "src/hezhi/edge/web/sentences.py: str(words) %": "sentences of this file, translated",
    "src/hezhi/edge/web/views/running.py: told[act] %": "sentences of this file, translated",
}
"""Formats that are not written in place, and whose they are."""
IS_SQL = ("sql.SQL", "_TELL")  # psycopg's own, which puts in nothing but what is quoted
WORDS = ("gettext", "ngettext", "_", "str", "told")


def formats(paths: list[Path]) -> set[str]:
    """Return every format that is not written in place."""
    found = set()
    for path in paths:
        file = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                told = ast.unparse(node.func)
                if node.func.attr in ("format", "format_map", "substitute", "safe_substitute", "vformat"):
                    is_own = isinstance(node.func.value, ast.Constant) or told.startswith(("super()", *IS_SQL))
                    found |= set() if is_own else {f"{file}: {told}"}
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and not is_number(node):
                found.add(f"{file}: {ast.unparse(node.left)} %")
    return found


def is_number(node: ast.BinOp) -> bool:
    """Say whether ``%`` is a remainder, or the text before it stands in place, translated or not."""
    left, right = node.left, node.right
    if isinstance(left, ast.Constant) or (
        isinstance(left, ast.Call) and ast.unparse(left.func) in ("_", "gettext", "ngettext")
    ):
        return True
    is_count = isinstance(right, (ast.Constant, ast.Name)) and not isinstance(getattr(right, "value", 0), str)
    return is_count or ast.unparse(right).startswith("len(")


def test_no_text_that_somebody_typed_is_a_format() -> None:
    assert formats(SOURCES) == set(FORMATS)
