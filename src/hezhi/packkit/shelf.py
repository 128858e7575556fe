"""The shelf: packs by id and by stamp, read once from one or more folders of folders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from hezhi.packkit.check import draft_check, pack_folders, pack_of
from hezhi.packkit.contracts import Finding
from hezhi.packkit.errors import PackInvalid, PackUnknown, PackVersionUnknown
from hezhi.packkit.shape import Pack
from hezhi.packkit.versions import pack_followed

VERSIONS_FOLDER = "_versions"
"""Below a root: older versions that open cases still carry, each in a folder ``id@version``."""


def folder_read(folder: Path) -> Pack:
    """Return the pack in one folder.

    Raises:
        PackInvalid: passes 1 to 4 found something; ``findings`` holds all of it.
        FileNotFoundError: there is no such folder.
    """
    draft = draft_check(folder, kinds=None, locked=None, behave=False)
    if draft.findings:
        raise PackInvalid(findings=tuple(sorted(draft.findings)))
    return pack_of(draft)


class Shelf:
    """Packs by id.

    A broken pack does not hide the others: it stands in ``problems`` and asking for it raises.
    ``older`` is asked for versions that are on no shelf (for example from a table of the database).
    """

    def __init__(self, roots: Iterable[Path], *, older: Callable[[str], Pack | None] | None = None) -> None:
        self._roots = tuple(roots)
        self._older = older
        self._packs: dict[str, Pack] = {}
        self._kept: dict[str, Pack] = {}
        self._followed: dict[str, Pack] = {}
        self.problems: dict[str, tuple[Finding, ...]] = {}
        for root in self._roots:
            for folder in pack_folders([root]) if root.is_dir() else []:
                self._take(folder)

    def _take(self, folder: Path) -> None:
        name = folder.name
        try:
            pack = folder_read(folder)
        except PackInvalid as error:
            self.problems[name] = error.findings
            return
        if pack.id in self._packs:
            twice = Finding(
                str(folder), 1, "refs/duplicate-id", f"'{pack.id}' also stands in {self._packs[pack.id].folder}."
            )
            self.problems[name] = (twice,)
            return
        self._packs[pack.id] = pack

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all sound packs, sorted."""
        return tuple(sorted(self._packs))

    def packs(self) -> tuple[Pack, ...]:
        """Return all sound packs by id; retired ones too, since old cases still need their words."""
        return tuple(self._packs[name] for name in self.ids())

    def get(self, pack_id: str) -> Pack:
        """Return the installed version of one pack.

        Raises:
            PackInvalid: it is installed but broken.
            PackUnknown: it is not installed.
        """
        if pack_id in self._packs:
            return self._packs[pack_id]
        if pack_id in self.problems:
            raise PackInvalid(findings=self.problems[pack_id])
        raise PackUnknown(pack=pack_id)

    def at(self, stamp: str) -> Pack:
        """Return the version named by ``pack@version``: the installed one, a kept one, or an older one.

        Raises:
            PackVersionUnknown: no such version is kept.
        """
        pack_id, _, version = stamp.partition("@")
        current = self._packs.get(pack_id)
        if current and current.identity.version == version:
            return current
        if stamp not in self._kept:
            found = self._find(stamp)
            if found is None:
                raise PackVersionUnknown(pack=stamp)
            self._kept[stamp] = found
        return self._kept[stamp]

    def of(self, stamp: str) -> Pack:
        """Return what a case filed under ``stamp`` goes on with: that version in today's words and hands.

        Where that version is not kept, it is the installed one as it stands.

        Raises:
            PackInvalid, PackUnknown: neither is there.
        """
        current = self._packs.get(stamp.partition("@")[0])
        if current is not None and current.stamp == stamp:
            return current
        if stamp not in self._followed:
            try:
                old = self.at(stamp)
            except PackVersionUnknown:
                return self.get(stamp.partition("@")[0])
            self._followed[stamp] = pack_followed(old, current) if current is not None else old
        return self._followed[stamp]

    def _find(self, stamp: str) -> Pack | None:
        for root in self._roots:
            folder = root / VERSIONS_FOLDER / stamp
            if folder.is_dir():
                return folder_read(folder)
        return self._older(stamp) if self._older else None
