"""The reference page of the pack format: files, keys, rules and the quality scale, made from the code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from hezhi.packkit.catalogue import PASSES, README_HEADINGS, RULES
from hezhi.packkit.passes.shape import FOLDERS, LISTS
from hezhi.packkit.quality import SCALE
from hezhi.packkit.shape import Identity, Playbook
from hezhi.packkit.words import ACTS, KERNEL_FACTS, NOTICE_PLACEHOLDERS

INTRO = """# The pack format, version 1

One folder is one scenario; its name is its id. A pack is data only: `.yml`, `.md` and `.jsonl`. It may add records,
matters, detectors, decision tables, point checks, tasks, outcomes, indicators and words. It never adds statuses,
permissions, pages, code or network calls: only acts of the kernel change a status.

| command | what it does |
|---|---|
| `hezhi pack new <id>` | make one from the template; it passes the check from the start |
| `hezhi pack check [folders]` | tell every finding of six passes at once, with place, rule, cause and nearest name |
| `hezhi pack test [folders]` | run detector and decision tests, then the stories where a database runs |
| `hezhi pack score [folders]` | compute the quality tier |
| `hezhi pack explain <id>` | tell it in plain sentences, `--language en` for English |
| `hezhi pack diff <old> <new>` | compare two by element |
| `hezhi pack lock` | write the present versions into `registry.lock` |
| `hezhi pack schema` | write this page and the schemas by which editors complete keys |

A text is always given in both languages: `{zh: 僵尸车, en: Abandoned vehicles}`. A limit has a budget, a unit
(`calendar_day`, `working_day`, `hour`) and a source; a source that nobody read in the text in force is marked on
every page.
"""

FILES = {
    "pack.yml": "who owns the pack, what for, on which basis, who may see what",
    "records.yml": "what arrives: fields, types, sensitivity, and what makes two records look alike",
    "matters.yml": "the responsibility catalogue: matter, lead, co-handlers, supporters, basis, own limit",
    "playbook.yml": "entrances, alert, limits, tasks, rings, verification, outcomes, notices",
    "detectors/*.yml": "what is noticed by counting, with its tests",
    "decisions/*.yml": "how facts are graded: typed inputs, rows, a hit policy, with its tests",
    "checks/*.yml": "what a counter, a gate or a form asks, which table answers, and what the caller is told",
    "features.yml": "values that checks read at once, and from which rows each is reckoned, with its tests",
    "indicators.yml": "numbers recomputable from the ledger",
    "expectations.yml": "bounds on the number of records",
    "quality.yml": "exemptions with a reason and dated evidence for the quality scale; never a claim",
    "samples/": "`<record>.jsonl` (records intake would accept), `training.jsonl`, and what detector tests read",
    "tests/loop.yml": "whole stories through the real rooms; `@region`, `@photo`, `@paper` are filled in",
    "README.md": f"headings: {', '.join(README_HEADINGS)}",
    "CHANGELOG.md": "what changed in each version; not part of the content hash",
}


def format_page() -> str:
    """Return the text of ``docs/reference/pack.md``."""
    return "\n".join([INTRO, *_files(), *_keys(), *_words(), *_rules(), *_scale()]) + "\n"


def _files() -> Iterator[str]:
    yield "## Files\n\n| file | what it holds |\n|---|---|"
    yield from (f"| `{name}` | {says} |" for name, says in FILES.items())


def _keys() -> Iterator[str]:
    yield "\n## Keys\n\nRequired keys are **bold**; the schemas beside this page hold types and bounds."
    models: list[tuple[str, type[BaseModel]]] = [
        ("pack.yml", Identity),
        *((file, model) for file, (_, model) in LISTS.items()),
        ("playbook.yml", Playbook),
    ]
    models += [(f"{folder}*.yml", model) for folder, (_, model) in FOLDERS.items()]
    for file, model in models:
        yield f"\n### `{file}`\n"
        yield from _key_lines(model)


def _key_lines(model: type[BaseModel]) -> Iterator[str]:
    definitions: dict[str, Any] = model.model_json_schema()
    parts = {model.__name__: definitions, **definitions.get("$defs", {})}
    for name, part in parts.items():
        if "properties" not in part or name in ("Text", "Limit", "Source"):
            continue
        required = part.get("required", [])
        told = ", ".join(f"**{key}**" if key in required else key for key in part["properties"])
        says = " ".join(part.get("description", "").split("\n\n")[0].split())
        yield f"- {name}: {told}{f'. {says}' if says else ''}"


def _words() -> Iterator[str]:
    yield "\n## Words of the kernel\n"
    yield f"- Acts, for notices, indicators and stories: {', '.join(f'`{act}`' for act in ACTS)}."
    facts = ", ".join(f"`{name}` ({kind})" for name, kind in KERNEL_FACTS.items())
    yield f"- Facts for grading, beside the record's own fields: {facts}."
    placeholders = ", ".join(f"`{{{name}}}`" for name in NOTICE_PLACEHOLDERS)
    yield f"- Placeholders of notices: {placeholders}; of titles: fields that are open."


def _rules() -> Iterator[str]:
    yield "\n## Rules of the check"
    for name in PASSES:
        yield f"\n### {name}\n\n| rule | reason |\n|---|---|"
        yield from (f"| `{rule.id}` | {rule.says} |" for rule in RULES if rule.pass_name == name)


def _scale() -> Iterator[str]:
    yield "\n## Quality scale\n"
    yield "The tier is the highest whose rules, and those below, are done or exempt with a reason. It is computed, and"
    yield "it drops by itself when a review, a check of the law or evidence is older than twelve months.\n"
    for tier in ("bronze", "silver", "gold"):
        yield f"- {tier}: {', '.join(f'`{name}`' for one, name, _ in SCALE if one == tier)}"
