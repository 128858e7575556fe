"""See to it that Apache Spark can run in the tests, or say what it lacks.

Never fails: without it, the tests that compare engines on a cluster are skipped and say so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements-spark.lock"
STAMP = ROOT / ".venv/stamps/packages_of_requirements-spark.lock"


def java_put_in() -> None:
    """Install a Java runtime where this account may."""
    if shutil.which("java") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("  Java runtime for Spark …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "default-jre-headless"]):
        subprocess.run(["apt-get", *command], env=environment, stdout=subprocess.DEVNULL, check=False)


def spark_put_in() -> bool:
    """Install the locked packages of Spark once; say whether they are there."""
    made_from = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == made_from:
        return True
    print("  Apache Spark …", flush=True)
    command = [ROOT / ".venv/bin/uv", "pip", "install", "-q", "-p", sys.executable, "--require-hashes", "-r", LOCK]
    if subprocess.run([str(part) for part in command], check=False).returncode:
        return False
    STAMP.write_text(made_from)
    return True


def main() -> int:
    """Return the exit code, which is always 0."""
    java_put_in()
    if not shutil.which("java"):
        print(
            "No Java here: Spark's tests will be skipped. As root: apt-get install default-jre-headless",
            file=sys.stderr,
        )
    elif not spark_put_in():
        print("Spark could not be installed: its tests will be skipped.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
