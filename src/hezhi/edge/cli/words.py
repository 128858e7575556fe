"""``hezhi words``: translations as gettext files, collected and compiled by Babel.

The texts are English, in templates, in code and in the docstrings of errors (which are
the messages officers read). No gettext programs are needed.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from hezhi.edge.cli.ready import alone
from hezhi.kit.errors import Invalid
from hezhi.project.options import ROOT

app = typer.Typer(help="Translations of pages and messages.", no_args_is_help=True)
SOURCE = ROOT / "src/hezhi"
LOCALE = SOURCE / "edge/web/locale"
LANGUAGE = "zh_Hans"
FILE = LOCALE / LANGUAGE / "LC_MESSAGES/django.po"
HEADER = f"""\
# Chinese texts of Hezhi. Collected by `hezhi words collect`; write the msgstr lines by hand.
msgid ""
msgstr ""
"Language: {LANGUAGE}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
OPERATORS_ONLY = ("edge/cli/", "edge/demo/", "edge/jobs/", "project/")  # the command line speaks English
KEYWORDS: dict[str, Any] = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip


class WordsInvalid(Invalid):
    """A translation file cannot be used."""

    code = "words_invalid"


@dataclass(frozen=True, order=True)
class Text:
    """One text that people read: its context, its words, and its plural where it has one."""

    context: str
    words: str
    plural: str = ""


def texts() -> dict[Text, set[str]]:
    """Return every text of templates, code and errors, with the files that use it."""
    found: dict[Text, set[str]] = {}
    for path in sorted(SOURCE.rglob("*")):
        if "tests" in path.parts or path.suffix not in {".py", ".html", ".txt"}:
            continue
        if path.relative_to(SOURCE).as_posix().startswith(OPERATORS_ONLY):
            continue
        for text in _texts_of(path):
            found.setdefault(text, set()).add(path.relative_to(ROOT).as_posix())
    return found


def _texts_of(path: Path) -> Iterator[Text]:
    content = path.read_text()
    if path.suffix == ".py":
        if "gettext" in content:
            yield from _extracted(content)
        if "Error" in content or path.name == "errors.py":
            yield from _messages_of_errors(content)
    elif "/templates/" in path.as_posix() and "{%" in content:
        from django.utils.translation.template import templatize

        # What is no text became X; without indentation it is something Babel can read as Python.
        yield from _extracted(re.sub(r"(?m)^[ \t]+", "", templatize(content)))


def _extracted(content: str) -> Iterator[Text]:
    from babel.messages.extract import extract

    for _, words, _, context in extract("python", io.BytesIO(content.encode()), keywords=KEYWORDS):
        one, *more = words if isinstance(words, tuple) else (words,)
        if one:
            yield Text(context or "", one, more[0] if more else "")


def _messages_of_errors(content: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.ClassDef) and any(_is_code(statement) for statement in node.body):
            message = (ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " ")
            if message:
                yield Text("", message)


def _is_code(statement: ast.stmt) -> bool:
    """Tell whether a line of a class says ``code = "…"``, as every error of the house does."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or not isinstance(statement.value, ast.Constant):
        return False
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return any(isinstance(target, ast.Name) and target.id == "code" for target in targets)


def catalog_read(source: Path | None = None) -> Any:
    """Return the Babel catalogue of a translation file; an empty one where there is no file."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    source = source or FILE
    if not source.exists():
        return Catalog(locale=LANGUAGE)
    with source.open("rb") as text:
        return read_po(text, locale=LANGUAGE, domain=source.stem)


def missing() -> list[Text]:
    """Return the texts that have no Chinese yet."""
    catalog = catalog_read()
    return [text for text in sorted(texts()) if not _translated(catalog.get(text.words, text.context or None))]


def unused() -> list[str]:
    """Return the texts of the translation file that nothing uses any more."""
    used = {(text.context, text.words) for text in texts()}
    return [
        _id(message) for message in catalog_read() if message.id and (message.context or "", _id(message)) not in used
    ]


def _id(message: Any) -> str:
    return message.id[0] if isinstance(message.id, tuple) else message.id


def _translated(message: Any) -> bool:
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


@app.command()
def collect() -> None:
    """Collect all texts into the translation file, keeping the Chinese that is there."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    before, after = catalog_read(), Catalog(locale=LANGUAGE)
    for text, files in sorted(texts().items()):
        known = before.get(text.words, text.context or None)
        after.add(
            (text.words, text.plural) if text.plural else text.words,
            string=_kept(known, bool(text.plural)),
            locations=[(name, 0) for name in sorted(files)],
            flags={"python-format"} if known is not None and "python-format" in known.flags else (),
            context=text.context or None,
        )
    body = io.BytesIO()
    write_po(body, after, omit_header=True, sort_output=True, include_lineno=False, width=0)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(HEADER + body.getvalue().decode().lstrip("\n"))
    typer.echo(f"{len(after)} texts, {len(missing())} without Chinese")


def _kept(known: Any, plural: bool) -> str | tuple[str, ...]:
    string = known.string if known is not None else ""
    first = string[0] if isinstance(string, tuple) and string else string or ""
    return (first,) if plural else first


@app.command()
def check() -> None:
    """List the texts without Chinese, and those nothing uses; exit with code 1 when there are any."""
    late, idle = missing(), unused()
    for text in late:
        typer.echo(f"no Chinese: {text.words}")
    for words in idle:
        typer.echo(f"not used: {words}")
    if late or idle:
        raise typer.Exit(1)


def words_compile() -> int:
    """Compile every ``.po`` that is newer than its ``.mo``. Return how many messages they hold."""
    with alone(LOCALE):
        return sum(_compiled(source) for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")))


def _compiled(source: Path) -> int:
    from babel.messages.mofile import write_mo

    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime_ns > source.stat().st_mtime_ns:
        return source.read_text().count("\nmsgid ") - 1
    catalog = catalog_read(source)
    _check(source, catalog)
    draft = target.with_suffix(".draft")
    with draft.open("wb") as out:
        write_mo(out, catalog, use_fuzzy=False)
    draft.rename(target)
    return sum(1 for message in catalog if message.id)


def _check(source: Path, catalog: Any) -> None:
    findings = tuple(
        f"{source.name}:{message.lineno}: {mistake}"
        for message in catalog
        if message.id
        for mistake in message.check(catalog)
    )
    if findings:
        raise WordsInvalid(findings=findings)
