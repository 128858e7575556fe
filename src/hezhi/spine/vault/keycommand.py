"""The master keys in a file, each wrapped by a program of the operator's: the client of a key management service.

The program is called with one more word, ``wrap`` or ``unwrap``, gets one line on its input and answers with one
line. What it wraps is a master key as base64; what it answers may be any text without spaces. Nothing but the
wrapped text is written; unwrapped keys live in the memory of running processes, so that sealing stays as quick as
with plain files and a service that is away for a while stops only those processes that start meanwhile.
"""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from hezhi.spine.vault.errors import KeyCommandFailed
from hezhi.spine.vault.keyfile import FileKeys

WAIT_SECONDS = 30
MARK = "wrapped:"  # a line without it is plain, from before the command was set; a rotation wraps it too


class CommandKeys(FileKeys):
    """A `KeyHolder` whose file is of no use without the operator's program."""

    def __init__(self, path: Path, *, command: str, is_made: bool) -> None:
        super().__init__(path, is_made=is_made)
        self._command = command

    def _line_of(self, key: bytes) -> str:
        """Return what the file holds of a key; a program that cannot give it back never gets to lock it away."""
        wrapped = self._asked("wrap", super()._line_of(key))
        if self._key_of(MARK + wrapped) != key:
            raise KeyCommandFailed("What the key command wrapped it does not unwrap again.")
        return MARK + wrapped

    def _key_of(self, line: str) -> bytes:
        is_wrapped = line.startswith(MARK)
        return super()._key_of(self._asked("unwrap", line.removeprefix(MARK)) if is_wrapped else line)

    def _asked(self, word: str, line: str) -> str:
        """Return the program's answer. No error tells of what went in or came out."""
        try:
            ended = subprocess.run(  # the operator's own command; keys travel on its input, not in its words
                [*shlex.split(self._command), word],
                input=line.encode() + b"\n",
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=WAIT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise KeyCommandFailed("The key command gave no answer in time.") from None
        except (OSError, ValueError):
            raise KeyCommandFailed("The key command was not run.") from None
        if ended.returncode:
            raise KeyCommandFailed(f"The key command ended with {ended.returncode}.")
        told = ended.stdout.decode("ascii", "replace").split()
        if len(told) != 1 or not told[0].isprintable() or "\ufffd" in told[0]:
            raise KeyCommandFailed("The key command did not answer with one line of ASCII.")
        return told[0]
