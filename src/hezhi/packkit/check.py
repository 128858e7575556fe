"""Runs the six passes over folders. All findings of all passes come back at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from hezhi.packkit.contracts import Finding
from hezhi.packkit.draft import Draft
from hezhi.packkit.lock import LOCK_NAME, Locked, lock_read
from hezhi.packkit.passes import behaviour, history, meaning, refs, shape, text
from hezhi.packkit.read import read_yaml
from hezhi.packkit.shape import Pack

KINDS_FILE = Path("city") / "kinds.yml"


def draft_check(
    folder: Path, *, kinds: Collection[str] | None, locked: Sequence[Locked] | None, behave: bool = True
) -> Draft:
    """Return the folder as a draft with the findings of every pass; ``locked`` None leaves history out.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    draft = text.gather(folder, _shown(folder))
    shape.run(draft)
    refs.run(draft, kinds)
    meaning.run(draft)
    if behave:
        behaviour.run(draft)
    if locked is not None:
        history.run(draft, locked)
    return draft


def pack_of(draft: Draft) -> Pack:
    """Return the pack of a draft that has no findings."""
    assert not draft.findings and draft.identity and draft.playbook
    parts = {
        name: tuple(one.it for one in getattr(draft, name))
        for name in (
            "records",
            "matters",
            "detectors",
            "scans",
            "decisions",
            "checks",
            "features",
            "indicators",
            "expectations",
            "stories",
            "quality",
        )
    }
    return Pack(
        folder=draft.folder,
        content_hash=history.content_hash(draft),
        identity=draft.identity.it,
        playbook=draft.playbook.it,
        **parts,
    )


def pack_folders(paths: Iterable[Path]) -> list[Path]:
    """Return the pack folders meant by ``paths``: a pack itself, or a shelf whose packs are its folders.

    Folders whose name begins with ``_`` are taken only when named themselves.
    """
    found: list[Path] = []
    for path in paths:
        if (path / "pack.yml").exists() or not path.is_dir() or not any(one.is_dir() for one in path.iterdir()):
            found.append(path)
        else:
            found += sorted(one for one in path.iterdir() if one.is_dir() and not one.name.startswith(("_", ".")))
    return found


def kinds_near(folder: Path) -> dict[str, dict[str, str]] | None:
    """Return the city's kinds of agencies, ``{kind: {"zh": …, "en": …}}``, from the nearest ``city/kinds.yml`` above.

    Returns None where there is no such file: then kinds are not checked.
    """
    for above in folder.resolve().parents:
        path = above / KINDS_FILE
        if path.exists():
            doc = read_yaml(str(path), path.read_text("utf-8"), _raise)
            assert doc is not None
            return {row["id"]: row["label"] for row in doc.data}
    return None


def lock_near(folder: Path) -> Path:
    """Return where the version lock of a pack folder stands: beside it."""
    return folder.resolve().parent / LOCK_NAME


def folders_check(folders: Iterable[Path], *, lock: Path | None = None) -> list[Finding]:
    """Return every finding on the given packs and shelves, by path and line."""
    findings: list[Finding] = []
    for folder in pack_folders(folders):
        locked = lock_read(lock or lock_near(folder))
        findings += draft_check(folder, kinds=kinds_near(folder), locked=locked).findings
    return sorted(findings)


def _raise(rule: str, line: int, cause: str) -> None:
    raise ValueError(f"{KINDS_FILE}:{line} [{rule}] {cause}")


def _shown(folder: Path) -> str:
    """Name a folder the short way where it lies below the working folder."""
    resolved, here = folder.resolve(), Path.cwd()
    return (
        resolved.relative_to(here).as_posix()
        if resolved.is_relative_to(here) and resolved != here
        else resolved.as_posix()
    )
