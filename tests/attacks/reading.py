"""Reads a page as a browser does, and tells what an attacker would have wanted to be on it."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser

from django.test import Client

PAYLOAD = "\"'><hzx onfocus=hz()><script>hz()</script>{{7*7}}{%hz%}"
ADDRESS = "javascript:hz()"
LINKS = ("href", "src", "action", "formaction", "data", "hx-get", "hx-post")


class Read(HTMLParser):
    """Reads a page as a browser does and keeps what an attacker would have wanted."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.wrong += [f"<{tag}>"] if tag == "hzx" else []
        self.wrong += [f"<{tag} {name}>" for name in given if name.startswith("on")]
        for name in LINKS:
            if given.get(name, "").strip().lower().startswith("javascript:"):
                self.wrong.append(f"<{tag} {name}={given[name]}>")
        is_data = given.get("type") in ("application/json", "importmap")
        if (
            tag == "script"
            and not given.get("src", "").startswith("/static/")
            and not given.get("nonce")
            and not is_data
        ):
            self.wrong.append("<script>")


def wrong_on(client: Client, address: str, sent: Mapping[str, str] | None = None) -> list[str]:
    """Return what broke out of its text at an address, asked for or sent to."""
    answer = client.post(address, sent) if sent else client.get(address, follow=True)
    return Read(answer.content.decode()).wrong if "html" in answer["Content-Type"] else []
