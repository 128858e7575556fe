"""What a browser calls itself, in words a person knows."""

from __future__ import annotations

from django.utils.translation import gettext as _

# The first that fits: most browsers also carry the names of those they descend from.
BROWSERS = (
    ("MicroMessenger", "WeChat"), ("DingTalk", "DingTalk"), ("Edg", "Edge"), ("QQBrowser", "QQ"), ("OPR/", "Opera"),
    ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_words(agent: str) -> str:
    """Return e.g. "Firefox on Windows"; what is not known is said to be another."""
    browser = next((name for mark, name in BROWSERS if mark in agent), _("another browser"))
    system = next((name for mark, name in SYSTEMS if mark in agent), _("another device"))
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
