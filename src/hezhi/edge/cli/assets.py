"""Third-party files that pages load: copied from npm's folder, never committed."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

from hezhi.edge.cli.ready import alone
from hezhi.kit.errors import HezhiError
from hezhi.project.options import ROOT

NODE_MODULES = ROOT / "node_modules"
VENDOR = ROOT / "src/hezhi/edge/web/static/vendor"
# file below node_modules -> name below static/vendor
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
}
_MAP_COMMENT = re.compile(rb"(?m)^\s*(/\*#|//#) sourceMappingURL=.*$")


class AssetsMissing(HezhiError):
    """The front-end packages are not there; run make setup."""

    code = "assets_missing"


def assets_copy() -> int:
    """Copy every file of the list that has changed. Return how many bytes lie there now.

    Raises:
        AssetsMissing: npm's folder lacks a file of the list.
    """
    missing = [name for name in FILES if not (NODE_MODULES / name).exists()]
    if missing:
        raise AssetsMissing(files=", ".join(missing))
    stamp, made_from = VENDOR / "stamp", _made_from()
    with alone(NODE_MODULES):
        if not (stamp.exists() and stamp.read_text() == made_from):
            shutil.rmtree(VENDOR, ignore_errors=True)
            for source, target in FILES.items():
                _copy(NODE_MODULES / source, VENDOR / target)
            stamp.write_text(made_from)
    return sum((VENDOR / target).stat().st_size for target in FILES.values())


def _made_from() -> str:
    lock = (ROOT / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + repr(sorted(FILES.items())).encode()).hexdigest()


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    content = source.read_bytes()
    if source.suffix in {".css", ".js"}:
        content = _MAP_COMMENT.sub(b"", content)  # the map itself is not copied
    target.write_bytes(content)
