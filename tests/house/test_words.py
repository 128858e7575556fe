"""Every text that people read has its Chinese, and the collector sees every text."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

from hezhi.edge.cli import words
from hezhi.edge.cli.words import Text


def test_every_text_has_its_chinese() -> None:
    assert [text.words for text in words.missing()] == []


def test_no_text_is_kept_that_nothing_uses() -> None:
    assert words.unused() == []


def test_the_collector_sees_every_way_to_write_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "src/hezhi/room"
    (room / "templates").mkdir(parents=True)
    (room / "templates/page.html").write_text(
        '{% load i18n %}\n  <p title="{% translate \'A tip\' %}">{% translate "It\'s here" as x %}{{ x }}</p>\n'
        "    {# a remark that's odd #}\n{% blocktranslate trimmed with n=name %}\n   Hello {{ n }},\n   welcome\n"
        "{% endblocktranslate %}\n{% blocktranslate count c=days %}{{ c }} day{% plural %}{{ c }} days"
        '{% endblocktranslate %}{{ _("By filter") }}{% translate "May" context "month" %}\n'
    )
    (room / "views.py").write_text(
        "from django.utils.translation import gettext as _, ngettext\n"
        "A = _('Plain')\nB = ngettext('%(n)s case', '%(n)s cases', 2)\n"
    )
    (room / "errors.py").write_text(
        'from x import Refused\nclass TooLate(Refused):\n    """The window is\n    closed.\n\n    More.\n    """\n\n'
        '    code = "too_late"\n\n\nclass Helper:\n    """Not for people."""\n'
    )
    monkeypatch.setattr(words, "ROOT", tmp_path)
    monkeypatch.setattr(words, "SOURCE", tmp_path / "src/hezhi")
    assert sorted(words.texts()) == [
        Text("", "%(c)s day", "%(c)s days"),
        Text("", "%(n)s case", "%(n)s cases"),
        Text("", "A tip"),
        Text("", "By filter"),
        Text("", "Hello %(n)s, welcome"),
        Text("", "It's here"),
        Text("", "Plain"),
        Text("", "The window is closed."),
        Text("month", "May"),
    ]


def test_collecting_keeps_the_chinese_and_drops_what_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "django.po"
    file.write_text(words.HEADER + 'msgid "Stays"\nmsgstr "留下"\n\nmsgid "Goes"\nmsgstr "走了"\n')
    monkeypatch.setattr(words, "FILE", file)
    monkeypatch.setattr(words, "texts", lambda: {Text("", "Stays"): {"a.py"}, Text("", "One", "Many"): {"b.py"}})
    words.collect()
    assert file.read_text().removeprefix(words.HEADER) == (
        '#: b.py\nmsgid "One"\nmsgid_plural "Many"\nmsgstr[0] ""\n\n#: a.py\nmsgid "Stays"\nmsgstr "留下"\n\n'
    )
    first = file.read_text()
    words.collect()
    assert file.read_text() == first


def test_the_chosen_language_is_followed_and_the_browser_is_not(client) -> None:
    with translation.override("zh-hans"):
        assert client.get("/nowhere/", headers={"accept-language": "en"}).headers["Content-Language"] == "zh-hans"
    client.cookies["hezhi_language"] = "en"
    assert client.get("/nowhere/").headers["Content-Language"] == "en"
    client.cookies["hezhi_language"] = "xx"
    assert client.get("/nowhere/").headers["Content-Language"] == "zh-hans"
