"""See to it that a Mosquitto is there for the tests of devices, or say how to get one.

Never fails: without a broker those tests are skipped and say so. With ``--must`` (as CI calls it) a missing broker is
an error. Only the program is used: the tests start it themselves, on this machine's own address, and stop it again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

PLACES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")


def broker_found() -> str | None:
    """Return the path of a Mosquitto on this machine, if there is one."""
    return shutil.which("mosquitto", path=os.pathsep.join((os.environ.get("PATH", ""), *PLACES)))


def main(arguments: list[str]) -> int:
    """Install Mosquitto where this account may. Return the exit code."""
    if broker_found():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("  broker for the tests …", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "mosquitto"]):
            subprocess.run(["apt-get", *command], env=environment, stdout=subprocess.DEVNULL, check=False)
    if broker_found():
        return 0
    print("No Mosquitto here: tests of devices will be skipped. As root: apt-get install mosquitto", file=sys.stderr)
    return 1 if "--must" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
