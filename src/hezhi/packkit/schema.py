"""JSON Schemas of the pack format, one per kind of file, for editors that complete keys."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from hezhi.packkit.page import format_page
from hezhi.packkit.passes.shape import FOLDERS, LISTS
from hezhi.packkit.shape import Identity, Playbook

PAGE = "pack.md"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """Return the text of every schema file by its name, e.g. ``pack.schema.json``.

    A pack file names its schema in its first line:
    ``# yaml-language-server: $schema=../../docs/reference/pack.schema.json``.
    """
    found = {"pack": _schema(Identity, is_list=False), "playbook": _schema(Playbook, is_list=False)}
    for file, (_, model) in LISTS.items():
        found[file.removesuffix(".yml").split("/")[-1]] = _schema(model, is_list=True)
    for folder, (_, model) in FOLDERS.items():
        found[folder.strip("s/")] = _schema(model, is_list=False)
    return {
        f"{name}.schema.json": json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        for name, schema in sorted(found.items())
    }


def reference_files() -> dict[str, str]:
    """Return every file of ``docs/reference`` that is made from the pack format, by name."""
    return {**schemas(), PAGE: format_page()}


def _schema(model: type[BaseModel], *, is_list: bool) -> dict[str, Any]:
    schema = model.model_json_schema()
    if is_list:
        parts = schema.pop("$defs", {})
        return {
            "$schema": DIALECT,
            "type": "array",
            "items": {"$ref": f"#/$defs/{model.__name__}"},
            "$defs": {**parts, model.__name__: schema},
        }
    return {"$schema": DIALECT, **schema}
