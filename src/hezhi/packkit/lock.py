"""The version lock: a plain text file that remembers which content each version of each pack had.

One line per version, ``id version hash [retired]``; lines starting with ``#`` are notes. Lines are only
ever added, so the file's own history shows every release.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LOCK_NAME = "registry.lock"
HEADER = "# Which content each version of each pack had. Made by 'hezhi pack lock'; lines are only ever added.\n"


@dataclass(frozen=True)
class Locked:
    id: str
    version: str
    hash: str
    is_retired: bool = False

    @property
    def stamp(self) -> str:
        return f"{self.id}@{self.version}"


def version_key(version: str) -> tuple[int, int]:
    """Return a version as numbers, so that 2026.10 follows 2026.9.

    Example:
        >>> version_key("2026.10") > version_key("2026.9")
        True
    """
    year, number = version.split(".")
    return int(year), int(number)


def lock_read(path: Path) -> tuple[Locked, ...]:
    """Return the lock's lines; none where there is no file.

    Raises:
        ValueError: a line is not ``id version hash [retired]``.
    """
    if not path.exists():
        return ()
    lines = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if len(words) not in (3, 4) or (len(words) == 4 and words[3] != "retired"):
            raise ValueError(f"{path}:{number} is not 'id version hash [retired]': {line!r}")
        lines.append(Locked(words[0], words[1], words[2], len(words) == 4))
    return tuple(lines)


def lock_write(path: Path, lines: Iterable[Locked]) -> None:
    """Write the lock, sorted by id and version."""
    ordered = sorted(lines, key=lambda one: (one.id, version_key(one.version)))
    text = "".join(f"{one.id} {one.version} {one.hash}{' retired' if one.is_retired else ''}\n" for one in ordered)
    path.write_text(HEADER + text, "utf-8")
