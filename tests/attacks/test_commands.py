"""No text of anybody becomes a part of a command line or of a regular expression.

The source is read for every place where a program is started or a pattern is made; those whose words are not written
in the source itself stand in the lists below, each with the reason why no asker's text comes there.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.house.test_outward import SOURCES

from hezhi.edge.now import now
from hezhi.edge.stories.town import PHOTO
from hezhi.project.options import ROOT
from hezhi.spine.files import api as files
from hezhi.spine.permissions.contracts import Actor

SCRIPTS = sorted((ROOT / "scripts").glob("*.py"))
STARTS = ("subprocess.", "os.spawn", "os.exec", "os.posix_spawn", "os.system", "os.popen", "pty.", "asyncio.create_sub")
BY_SHELL = (
    "os.system",
    "os.popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "asyncio.create_subprocess_shell",
)
PATTERNS = {"compile", "sub", "subn", "search", "match", "fullmatch", "findall", "finditer", "split"}

COMMANDS = {
    "src/hezhi/edge/cli/db.py: os.spawnv(arguments)": "the operator's words on the command line",
    "src/hezhi/edge/cli/serve.py: subprocess.Popen(self.command)": "this house's own processes",
    "src/hezhi/edge/cli/upgrade.py: subprocess.run(command)": "this house's own migration",
    "src/hezhi/project/backups.py: subprocess.run([str(one) for one in command])": "the database's own tools",
    "src/hezhi/project/postgres.py: subprocess.run([str(part) for part in command])": "the database's own tools",
    "src/hezhi/spine/files/scanning.py: subprocess.run(shlex.split(command))": "the operator's setting, and no more",
    "src/hezhi/spine/vault/keycommand.py: subprocess.run([*shlex.split(self._command), word])": "the operator's",
    "scripts/bootstrap.py: subprocess.run([str(part) for part in command])": "set-up, before there is an asker",
    "scripts/spark.py: subprocess.run([str(part) for part in command])": "set-up, before there is an asker",
}
"""Commands whose program is not written in place."""
WHILE_SERVING = {"src/hezhi/spine/files/scanning.py", "src/hezhi/spine/vault/keycommand.py"}
"""What starts a program while a request is answered; everything else does at the operator's own command."""
BY_COMMAND = ("scripts/", "src/hezhi/edge/cli/", "src/hezhi/edge/real/", "src/hezhi/project/")
EXPRESSIONS = {
    "src/hezhi/packkit/explain.py: _BRACES": "a pattern of this file",
    "src/hezhi/packkit/identifiers.py: one": "over patterns of this file",
    "src/hezhi/packkit/identifiers.py: f-string of CREDIT_SIGNS": "letters of this file",
    "src/hezhi/packkit/scaffold.py: f-string of ODD_NUMBER.pattern": "a pattern of read.py",
    "src/hezhi/packkit/values.py: declared.pattern": "what a pack declares as a pattern; reviewed with the pack",
}
"""Patterns that are not written in place."""


def calls(paths: list[Path]) -> Iterator[tuple[str, str, ast.Call]]:
    """Yield file, what is called, and the call."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield path.relative_to(ROOT).as_posix(), ast.unparse(node.func), node


def is_written_list(node: ast.expr) -> bool:
    """Say whether a command is a list whose program, at least, stands there."""
    return isinstance(node, (ast.List, ast.Tuple)) and not isinstance(node.elts[0], ast.Starred)


def commands(paths: list[Path]) -> tuple[set[str], set[str]]:
    """Return the places that start a program by a shell, and those whose command is not a list written in place."""
    by_shell, unwritten = set(), set()
    for file, name, call in calls(paths):
        if not name.startswith(STARTS) or name in ("subprocess.CompletedProcess", "subprocess.TimeoutExpired"):
            continue
        shell = next((one.value for one in call.keywords if one.arg in ("shell", "executable")), None)
        if name in BY_SHELL or shell is not None:
            by_shell.add(f"{file}: {name}")
        words = call.args[-1 if name.startswith("os.") else 0]
        if not is_written_list(words):
            unwritten.add(f"{file}: {name}({ast.unparse(words)})")
    return by_shell, unwritten


def expressions(paths: list[Path]) -> set[str]:
    """Return every pattern that is not a text written in place, and every look-up by a pattern in the database."""
    found = set()
    for file, name, call in calls(paths):
        head, _, tail = name.rpartition(".")
        if head == "re" and tail in PATTERNS and not isinstance(call.args[0], ast.Constant):
            found.add(f"{file}: {_told(call.args[0])}")
        found |= {f"{file}: {one.arg}" for one in call.keywords if (one.arg or "").endswith(("__regex", "__iregex"))}
    return found


def _told(pattern: ast.expr) -> str:
    """Return a pattern, or what is put into it."""
    if not isinstance(pattern, ast.JoinedStr):
        return ast.unparse(pattern)
    put = {ast.unparse(one.value) for one in pattern.values if isinstance(one, ast.FormattedValue)}
    return f"f-string of {', '.join(sorted(put))}"


def test_no_program_is_started_by_a_shell_and_every_command_is_a_list_of_words() -> None:
    by_shell, unwritten = commands([*SOURCES, *SCRIPTS])

    assert by_shell == set()
    assert unwritten == set(COMMANDS)
    starting = {file for file, name, _ in calls([*SOURCES, *SCRIPTS]) if name.startswith(STARTS)}
    assert {one for one in starting if not one.startswith(BY_COMMAND)} == WHILE_SERVING


def test_no_pattern_is_made_of_a_text_that_somebody_typed() -> None:
    assert expressions([*SOURCES, *SCRIPTS]) == set(EXPRESSIONS)
    told = {path.relative_to(ROOT).as_posix() for path in SOURCES if _in_sql(path.read_text())}
    assert told == set()
    scripts = (ROOT / "src/hezhi/edge/web/static/web").glob("*.js")
    assert [one.name for one in scripts if "RegExp(" in one.read_text()] == []


def _in_sql(text: str) -> bool:
    """Say whether a source asks a database for a pattern: such a text is a value there, but a pattern all the same."""
    words = ("regexp_matches", "regexp_replace", "regexp_full_match", "regexp_extract", "SIMILAR TO", " ~ ", " ~* ")
    return any(one in text for one in words)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("import subprocess\nsubprocess.run(f'scan {name}', shell=True)", commands),
        ("import os\nos.system('scan ' + name)", commands),
        ("import subprocess\nsubprocess.run(['scan', name])", None),
        ("import re\nre.search(f'^{name}', text)", expressions),
        ("Case.objects.filter(title__iregex=name)", expressions),
    ],
)
def test_such_a_place_is_found(line: str, found: Callable[..., Any] | None) -> None:
    class Written(type(ROOT)):  # a file that need not be there
        def read_text(self, *_: Any, **__: Any) -> str:
            return line

    told = {one: one([Written(ROOT / "scripts/not_there.py")]) for one in (commands, expressions)}
    assert (told[commands] != (set(), set())) == (found is commands)
    assert bool(told[expressions]) == (found is expressions)


HOSTILE = [
    "$(touch run).png", "`touch run`.png", "; touch run;.png", "--help.png", "-rf", "a\n touch run.png",
    "|touch run.png", "' || touch run || '.png", "../../run.png", "%s{0}.png",
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", HOSTILE)
def test_a_scanner_is_told_nothing_of_a_file_but_its_content(
    name: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, scanner = tmp_path / "told.json", tmp_path / "scan er.py"
    scanner.write_text(
        "import json, os, sys\n"
        f"told = {{'words': sys.argv[1:], 'size': len(sys.stdin.buffer.read()), 'env': sorted(os.environ.values())}}\n"
        f"open({str(told)!r}, 'w').write(json.dumps(told))\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # names this very test, and so the file
    before = sorted(tmp_path.iterdir())
    settings.HEZHI = replace(settings.HEZHI, scan_command=f"'{sys.executable}' '{scanner}' --quick")

    files.file_put(content=PHOTO, name=name, by=Actor.system("test"), at=now())

    said = json.loads(told.read_text())
    assert (said["words"], said["size"]) == (["--quick"], len(PHOTO))
    assert [one for one in said["env"] if name in one] == []
    assert sorted(tmp_path.iterdir()) == sorted([*before, told])
