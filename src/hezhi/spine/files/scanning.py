"""The operator's scanner: a program that gets a file on its input and says by its exit code whether it is clean."""

from __future__ import annotations

import shlex
import subprocess

from hezhi.spine.files.errors import FileNotClean

WAIT_SECONDS = 30


def scan(content: bytes, *, command: str) -> None:
    """Return if ``command`` exits with 0 for ``content``, or if there is no command.

    Raises:
        FileNotClean: it exits with 1 (refused) or another code, does not answer in time, or cannot be run.
    """
    if not command:
        return
    try:
        ended = subprocess.run(  # the operator's own command; nothing of the file is in its words
            shlex.split(command),
            input=content,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=WAIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FileNotClean("The scanner gave no answer in time.") from None
    except (OSError, ValueError):
        raise FileNotClean("The scanner was not run.") from None
    if ended.returncode:
        raise FileNotClean("The scanner refused it." if ended.returncode == 1 else "The scanner cannot scan it.")
