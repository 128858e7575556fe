"""Writes to pack folders: a new pack from the template, the version lock, and mends that need no decision."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from hezhi.packkit.check import draft_check, lock_near, pack_folders
from hezhi.packkit.contracts import Finding
from hezhi.packkit.errors import PackInvalid
from hezhi.packkit.lock import Locked, lock_read, lock_write
from hezhi.packkit.passes.history import content_hash
from hezhi.packkit.read import ODD_NUMBER
from hezhi.packkit.shelf import folder_read

_ID = re.compile(r"[a-z][a-z0-9_]{1,47}")
_ODD_NUMBER = re.compile(rf"(?<=[\s:,\[{{])(?:{ODD_NUMBER.pattern})(?=\s*(?:[,\]}}#]|$))")


def pack_new(
    template: Path, shelf: Path, *, pack_id: str, zh: str, en: str, agency: str, owner: str
) -> tuple[Path, ...]:
    """Copy the template to ``shelf/pack_id`` under new names; returns the files made.

    An empty ``agency`` keeps the template's.

    Raises:
        PackInvalid: the id is not a valid id, or the template is broken.
        FileExistsError: there is already such a folder.
    """
    if not _ID.fullmatch(pack_id):
        raise PackInvalid(f"'{pack_id}' must be small letters, digits and underscores, beginning with a letter.")
    model = folder_read(template).identity
    folder = shelf / pack_id
    folder.mkdir(parents=True)
    swaps = {
        f"id: {model.id}\n": f"id: {pack_id}\n",
        model.title.zh: zh,
        model.title.en: en,
        model.owners.agency: agency or model.owners.agency,
        model.owners.people[0]: owner,
    }
    made = []
    for source in sorted(one for one in template.rglob("*") if one.is_file()):
        text = source.read_text("utf-8")
        for old, new in swaps.items():
            text = text.replace(old, new)
        copy = folder / source.relative_to(template)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, "utf-8")
        made.append(copy)
    return tuple(made)


def packs_lock(paths: Iterable[Path]) -> tuple[Locked, ...]:
    """Add the present version of each sound pack to the lock beside it; returns the new lines.

    Raises:
        PackInvalid: a pack has findings (a changed pack without a new version among them).
    """
    added: list[Locked] = []
    for folder in pack_folders(paths):
        lock = lock_near(folder)
        locked = lock_read(lock)
        draft = draft_check(folder, kinds=None, locked=locked)
        if draft.findings:
            raise PackInvalid(findings=tuple(sorted(draft.findings)))
        assert draft.identity is not None
        pack = draft.identity.it
        if not any(line.id == pack.id and line.version == pack.version for line in locked):
            line = Locked(pack.id, pack.version, content_hash(draft), pack.status == "retired")
            lock_write(lock, (*locked, line))
            added.append(line)
    return tuple(added)


def findings_fix(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Mend the fixable findings in their files; returns those that were mended.

    ``.yaml`` files are renamed and odd numbers quoted; what needs a decision is left to the author.
    """
    ordered = sorted(findings, key=lambda one: one.rule == "text/not-yml")  # renaming comes last
    return tuple(one for one in ordered if one.is_fixable and _fix(one))


def _fix(finding: Finding) -> bool:
    path = Path(finding.path)
    if finding.rule == "text/not-yml":
        target = path.with_suffix(".yml")
        if target.exists():
            return False
        path.rename(target)
        return True
    lines = path.read_text("utf-8").splitlines(keepends=True)
    mended, count = _ODD_NUMBER.subn(r'"\g<0>"', lines[finding.line - 1])
    if count != 1:
        return False  # which of them is meant is not certain
    lines[finding.line - 1] = mended
    path.write_text("".join(lines), "utf-8")
    return True
