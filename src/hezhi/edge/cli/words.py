"""Translations: gettext files, compiled at set-up by Babel (no gettext programs needed)."""

from __future__ import annotations

from pathlib import Path

from hezhi.kit.errors import Invalid
from hezhi.project.options import ROOT

LOCALE = ROOT / "src/hezhi/edge/web/locale"


class WordsInvalid(Invalid):
    """A translation file cannot be used."""

    code = "words_invalid"


def words_compile() -> int:
    """Compile every ``.po`` that is newer than its ``.mo``. Return how many messages they hold."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    count = 0
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        with source.open("rb") as text:
            catalog = read_po(text, locale=source.parents[1].name, domain=source.stem)
        count += sum(1 for message in catalog if message.id)
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        _check(source, catalog)
        draft = target.with_suffix(".draft")
        with draft.open("wb") as out:
            write_mo(out, catalog, use_fuzzy=False)
        draft.rename(target)
    return count


def _check(source: Path, catalog) -> None:
    findings = tuple(
        f"{source.name}:{message.lineno}: {mistake}"
        for message in catalog
        for mistake in message.check(catalog)
        if message.id
    )
    if findings:
        raise WordsInvalid(findings=findings)
