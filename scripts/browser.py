"""See to it that a Chromium is there for the browser tests, or say how to get one.

Never fails: without a browser those tests are skipped and say so. With ``--must`` (as CI
calls it) a missing browser is an error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def browser_found() -> str | None:
    """Return the path of a Chromium on this machine, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def main(arguments: list[str]) -> int:
    """Install Chromium where this account may. Return the exit code."""
    if browser_found():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("  browser for the tests …", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", *command], env=environment, stdout=subprocess.DEVNULL, check=False)
    if browser_found():
        return 0
    print("No Chromium here: the browser tests will be skipped. As root: apt-get install chromium", file=sys.stderr)
    return 1 if "--must" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
