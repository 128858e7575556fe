"""Reads forms out of a page and fills them in as a person would, without any script."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

VOID = frozenset({"input", "br", "hr", "img", "meta", "link"})


@dataclass
class Form:
    """One form of a page: where it goes and what a browser would send untouched."""

    action: str
    method: str = "get"
    values: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    options: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.select = ""
        self.area = ""
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self.form)
        if self.form is None:
            return
        name = given.get("name", "")
        if tag == "input":
            self._input(name, given, attrs)
        elif tag == "textarea":
            self.area, self.text = name, ""
            self.form.names.add(name)
        elif tag == "select":
            self.select = name
            self.form.names.add(name)
            self.form.options[name] = []
        elif tag == "option" and self.select:
            self.form.options[self.select].append(given.get("value", ""))
            if "selected" in given or self.select not in self.form.values:
                self.form.values[self.select] = [given.get("value", "")]

    def _input(self, name: str, given: dict[str, str], attrs: list[tuple[str, str | None]]) -> None:
        assert self.form is not None
        kind = given.get("type", "text")
        self.form.names.add(name)
        if kind in ("radio", "checkbox"):
            self.form.options.setdefault(name, []).append(given.get("value", "on"))
            if "checked" not in given:
                return
        if kind != "file" and name:
            self.form.values.setdefault(name, []).append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self.area:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""
        elif tag == "textarea" and self.form is not None:
            self.form.values[self.area] = [self.text]
            self.area = ""


def forms_of(response: HttpResponse) -> list[Form]:
    """Return all forms of a page, in order."""
    reader = _Reader()
    reader.feed(response.content.decode())
    return reader.forms


def form_at(response: HttpResponse, action: str) -> Form:
    """Return the form that goes to an address ending in ``action``."""
    found = [one for one in forms_of(response) if one.action.endswith(action)]
    assert found, f"no form goes to {action}; there are {[one.action for one in forms_of(response)]}"
    return found[0]


def send(client: Client, page: str, action: str, follow: bool = True, **typed: Any) -> HttpResponse:
    """Open ``page``, fill in the form that goes to ``action``, and send it as it stands there."""
    response = client.get(page)
    assert response.status_code == 200, (page, response.status_code)
    form = form_at(response, action)
    unknown = set(typed) - form.names
    assert not unknown, f"the form at {action} has no {unknown}; it has {sorted(form.names)}"
    values = {name: value[0] if len(value) == 1 else value for name, value in form.values.items()}
    return client.post(form.action or page, values | typed, follow=follow)
