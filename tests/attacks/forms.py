"""Every form that a page shows, read as a browser reads it, and filled in as a person would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from tests.attacks.scene import Scene, pages, taken_back

from hezhi.edge.stories.town import PHOTO
from hezhi.edge.web.views.public import open_records

READERS = ("", "duty_officer", "coordinator", "supervisor", "housing_bureau", "operator")
SECRET = "wrong-horse-99"
PLAIN = {"date": "2027-01-29", "datetime-local": "2026-03-02T08:00", "email": "a@example.org", "tel": "13900000111"}
LEADS_OUT = ("/sign-out/", "/i18n/setlang/")
"""Where forms go that are on every page and take no text."""
TYPED = ("text", "textarea", "search")


@dataclass
class Field:
    """One name of a form; ``values`` is what can be chosen, or what stands in it."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)
    least: str = ""


@dataclass
class Form:
    """One form as ``who`` is shown it on the page at ``page``."""

    who: str
    page: str
    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What tells a form from others: where it goes, and which act it names there."""
        act = self.fields.get("act")
        return f"{self.action or self.page} {act.values[0] if act and act.values else ''}".strip()

    def filled(self, text: str) -> dict[str, Any]:
        """Return what a person would send who writes ``text`` wherever there is room for text."""
        return {one.name: _given(one, text) for one in self.fields.values()}

    def send(self, scene: Scene, values: dict[str, Any]) -> HttpResponse:
        return scene.office.client(self.who).post(self.action or self.page, values)


def _given(one: Field, text: str) -> Any:
    if one.kind in TYPED:
        return text
    if one.kind == "file":
        return SimpleUploadedFile(f"{text[:80]}.png".replace("/", "-"), PHOTO, "image/png")
    if one.kind == "password":
        return SECRET
    if one.kind == "number":
        return one.values[0] if one.values and one.values[0] else one.least or "1"
    if one.kind == "hidden":
        return one.values if len(one.values) > 1 else "".join(one.values)
    chosen = next((value for value in one.values if value), "")
    return chosen or PLAIN.get(one.kind, "")


class _Reader(HTMLParser):
    def __init__(self, who: str, page: str) -> None:
        super().__init__()
        self.who, self.page = who, page
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.select: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = Form(self.who, self.page, given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self.form)
        elif self.form is not None and tag == "option" and self.select is not None:
            self.select.values.append(given.get("value", ""))
        elif self.form is not None and given.get("name") and tag in ("input", "textarea", "select", "button"):
            kind = given.get("type", "text") if tag in ("input", "button") else tag
            one = self.form.fields.setdefault(given["name"], Field(given["name"], kind, least=given.get("min", "")))
            if "value" in given:
                one.values.append(given["value"])
            self.select = one if tag == "select" else self.select

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None


def forms_on(who: str, page: str, answer: HttpResponse) -> list[Form]:
    """Return the forms of one answer that change something."""
    reader = _Reader(who, page)
    reader.feed(answer.content.decode())
    return [one for one in reader.forms if one.method == "post"]


def forms(scene: Scene, barren: set[tuple[str, str]], only: Callable[[Form], bool]) -> Iterator[Form]:
    """Yield every form of every page once, as the first is shown it who is shown it at all.

    Args:
        barren: pages that have shown somebody no form; they are noted here, and not opened again.
    """
    seen: set[str] = set()
    place = urlencode({"place": scene.office.town.region_path.split(".")}, doseq=True)
    reports = [f"/report/{pack.id}/{record.id}/?{place}" for pack, record in open_records()]
    for address in dict.fromkeys([*reports, *(one for _, one in pages(scene.ids))]):
        for who in READERS:
            found = [] if (who, address) in barren else _shown(scene, who, address)
            if not found:
                barren.add((who, address))
            for one in found:
                if one.name not in seen and only(one):
                    seen.add(one.name)
                    yield one


def _shown(scene: Scene, who: str, address: str) -> list[Form]:
    with taken_back():
        answer = scene.office.client(who).get(address)
    if answer.status_code != 200 or "html" not in answer["Content-Type"]:
        return []
    return [one for one in forms_on(who, address, answer) if not one.name.startswith(LEADS_OUT)]
