"""Pass 1, text: files that mean the same to every reader, and nothing but data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from hezhi.packkit.draft import Draft, SampleRow
from hezhi.packkit.read import read_yaml

DATA_ENDINGS = (".yml", ".md", ".jsonl")


def gather(folder: Path, shown: str) -> Draft:
    """Read every file of the folder into a draft, with the findings of this pass.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{shown} is not a folder")
    draft = Draft(folder, shown)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in path.relative_to(folder).parts):
            draft.files[path.relative_to(folder).as_posix()] = path.read_bytes()
    for name, content in draft.files.items():
        _read_file(draft, name, content)
    return draft


def _read_file(draft: Draft, name: str, content: bytes) -> None:
    if name.endswith(".yaml"):
        draft.report("text/not-yml", name, 1, f"Rename the file to '{name[:-5]}.yml'.")
        return
    if not name.endswith(DATA_ENDINGS):
        draft.report("text/pure-data", name, 1, f"'{Path(name).suffix or name}' files have no place in a pack.")
        return
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        draft.report("text/not-utf8", name, line, "This byte is not UTF-8; save the file as UTF-8.")
        return
    if name.endswith(".yml"):
        doc = read_yaml(
            name, text.removeprefix("\ufeff"), lambda rule, line, cause: draft.report(rule, name, line, cause)
        )
        if doc is not None:
            draft.docs[name] = doc
    elif name.endswith(".jsonl"):
        draft.samples[name] = list(_json_lines(draft, name, text))


def _json_lines(draft: Draft, name: str, text: str) -> Iterator[SampleRow]:
    for line, written in enumerate(text.splitlines(), start=1):
        if not written.strip():
            continue
        try:
            data = json.loads(written)
        except json.JSONDecodeError as error:
            draft.report("text/not-json", name, line, f"Not JSON: {error.msg}.")
            continue
        if isinstance(data, dict):
            yield SampleRow(line, data)
        else:
            draft.report("text/not-json", name, line, "The line is JSON but not an object in braces.")
