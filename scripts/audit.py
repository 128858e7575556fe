"""Compare the locked packages with a folder of advisories; standard library and `packaging` only.

Usage:  python scripts/audit.py FOLDER [LOCK ...]

FOLDER holds advisories in the OSV form, one JSON file each, at any depth. Exit code 0: no locked version is named by
one; 1: some are, one line each; 2: the folder holds no advisory, or a file of it cannot be read.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parents[1]


def locked(lock: Path) -> set[tuple[str, str]]:
    """Return name and version of every package pinned in a lock file; a name may have several versions."""
    found = re.findall(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", lock.read_text())
    return {(canonicalize_name(name), version) for name, version in found}


def advisories(folder: Path) -> list[dict[str, Any]]:
    """Return the advisories in a folder, withdrawn ones left out."""
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.json"))]
    if not read:
        raise ValueError("there is no advisory in it")
    return [one for one in read if not one.get("withdrawn")]


def is_named(version: str, affected: Mapping[str, Any]) -> bool:
    """Say whether an entry of an advisory names this version, in its list or in one of its ranges."""
    if version in affected.get("versions", ()):
        return True
    return any(
        _is_within(Version(version), one.get("events", ()))
        for one in affected.get("ranges", ())
        if one.get("type") == "ECOSYSTEM"
    )


def _is_within(version: Version, events: list[dict[str, str]]) -> bool:
    """Follow the events in order of their versions; the last one at or below the version decides."""
    inside = False
    for bound, kind in sorted((_bound(one), next(iter(one))) for one in events if "limit" not in one):
        if kind == "introduced" and version >= bound:
            inside = True
        elif (kind == "fixed" and version >= bound) or (kind == "last_affected" and version > bound):
            inside = False
    return inside


def _bound(event: dict[str, str]) -> Version:
    told = next(iter(event.values()))
    return Version("0.dev0" if told == "0" else told)


def findings(packages: Iterable[tuple[str, str]], known: list[dict[str, Any]]) -> Iterator[str]:
    """Yield one line for each locked version that an advisory names."""
    for one in known:
        for affected in one.get("affected", ()):
            package = affected.get("package", {})
            named = canonicalize_name(package.get("name", "")) if package.get("ecosystem") == "PyPI" else ""
            for name, version in packages:
                if name == named and is_named(version, affected):
                    yield f"{name} {version}: {one['id']} {one.get('summary', '')}".rstrip()


def main(words: list[str]) -> int:
    if not words:
        print(__doc__)
        return 2
    locks = [Path(word) for word in words[1:]] or [ROOT / "requirements.lock"]
    try:
        known = advisories(Path(words[0]))
        found = sorted({line for lock in locks for line in findings(locked(lock), known)})
    except (OSError, ValueError, KeyError, InvalidVersion) as cause:
        print(f"The advisories in {words[0]} cannot be used: {cause}")
        return 2
    print("\n".join(found) or f"No locked version is named by any of {len(known)} advisories.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
