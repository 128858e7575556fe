"""The master keys in a file: one line each, ``<id> <base64>``, the newest first. Knows no table.

The file is read again whenever it changed on the disk, so that running processes follow a rotation. The
master key before the newest is kept: a process that wrapped with it a moment before the rotation loses nothing.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from pathlib import Path

from hezhi.spine.vault import rules
from hezhi.spine.vault.contracts import CipherName, Place
from hezhi.spine.vault.errors import MasterKeyMissing

KEPT = 2


class FileKeys:
    """A `KeyHolder` on a file that only its owner reads."""

    def __init__(self, path: Path, *, is_made: bool) -> None:
        """``is_made``: make the file, with one key, where there is none."""
        self._path, self._is_made = path, is_made
        self._seen: tuple[int, int] = (0, 0)
        self._keys: dict[str, bytes] = {}

    def wrap(self, subject: str, secret: bytes) -> str:
        master, key = next(iter(self._read().items()))
        return f"{master}.{rules.sealed(CipherName.AES, key, _place(subject), secret)}"

    def unwrap(self, subject: str, wrapped: str) -> bytes:
        master, _, envelope = wrapped.partition(".")
        key = self._read().get(master)
        if key is None:
            raise MasterKeyMissing(master=master)
        return rules.opened(key, _place(subject), envelope)

    def is_newest(self, wrapped: str) -> bool:
        return wrapped.partition(".")[0] == next(iter(self._read()))

    def renew(self) -> str:
        fresh = _fresh()
        self._write({**fresh, **self._read()})
        return next(iter(fresh))

    def retire(self) -> None:
        self._write(dict(list(self._read().items())[:KEPT]))

    def _read(self) -> dict[str, bytes]:
        try:
            now = self._path.stat()
        except FileNotFoundError:
            if not self._is_made:
                raise MasterKeyMissing(file=str(self._path)) from None
            self._write(_fresh(), is_first=True)
            now = self._path.stat()
        if (now.st_ino, now.st_mtime_ns) != self._seen:
            lines = [line.split() for line in self._path.read_text().splitlines() if line.strip()]
            self._keys = {name: self._key_of(text) for name, text in lines}
            self._seen = (now.st_ino, now.st_mtime_ns)
        if not self._keys:
            raise MasterKeyMissing(file=str(self._path))
        return self._keys

    def _write(self, keys: dict[str, bytes], *, is_first: bool = False) -> None:
        """Put the whole file in place at once; of two processes that make the first one, one wins."""
        lines = [f"{name} {self._line_of(key)}\n" for name, key in keys.items()]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=self._path.parent, prefix=".keys-")  # mode 0600
        try:
            with os.fdopen(handle, "w") as file:
                file.writelines(lines)
                file.flush()
                os.fsync(file.fileno())
            if is_first:
                try:
                    os.link(draft, self._path)
                except FileExistsError:
                    return
            else:
                Path(draft).replace(self._path)
        finally:
            Path(draft).unlink(missing_ok=True)

    def _line_of(self, key: bytes) -> str:
        """Return what the file holds of a key."""
        return base64.b64encode(key).decode()

    def _key_of(self, line: str) -> bytes:
        """Return the key of which the file holds this.

        Raises:
            MasterKeyMissing: it is none.
        """
        try:
            return base64.b64decode(line, validate=True)
        except ValueError:
            raise MasterKeyMissing(file=str(self._path)) from None


def _fresh() -> dict[str, bytes]:
    key = os.urandom(rules.KEY_BYTES)
    return {hashlib.sha256(b"hezhi master" + key).hexdigest()[:12]: key}


def _place(subject: str) -> Place:
    return Place("vault_key", subject, "wrapped")
