"""Third-party files of pages come from the list that set-up copies, and from nowhere else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hezhi.edge.cli import assets
from hezhi.project.options import ROOT

WEB = ROOT / "src/hezhi/edge/web"


def static_names() -> set[str]:
    texts = [path.read_text() for path in (WEB / "templates").rglob("*.html")]
    return {name for text in texts for name in re.findall(r"{% static ['\"]([^'\"]+)['\"]", text)}


def test_pages_load_only_listed_or_own_files() -> None:
    listed = {f"vendor/{name}" for name in assets.FILES.values()}
    own = {path.relative_to(WEB / "static").as_posix() for path in (WEB / "static/web").rglob("*") if path.is_file()}
    from_packages = {name for name in static_names() if name.startswith("django_htmx/")}
    assert static_names() - listed - own - from_packages == set()


def test_every_listed_file_is_used() -> None:
    assert {f"vendor/{name}" for name in assets.FILES.values()} - static_names() == set()


def test_no_page_loads_anything_from_another_host() -> None:
    foreign = [
        f"{path.relative_to(ROOT)}: {found}"
        for path in (WEB / "templates").rglob("*.html")
        for found in re.findall(r"(?:src|href)=['\"](?:https?:)?//[^'\"]+", path.read_text())
    ]
    assert foreign == []


def test_copied_files_carry_no_map_comment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "node_modules/lib"
    package.mkdir(parents=True)
    (package / "a.css").write_text("p{color:red}\n/*# sourceMappingURL=a.css.map */\n")
    (package / "a.js").write_text("let a=1\n//# sourceMappingURL=a.js.map\n")
    monkeypatch.setattr(assets, "NODE_MODULES", tmp_path / "node_modules")
    monkeypatch.setattr(assets, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(assets, "FILES", {"lib/a.css": "a.css", "lib/a.js": "deep/a.js"})
    size = assets.assets_copy()
    assert (tmp_path / "vendor/a.css").read_text() == "p{color:red}\n\n"
    assert (tmp_path / "vendor/deep/a.js").read_text() == "let a=1\n\n"
    assert size == assets.assets_copy() == 23
    (package / "a.js").unlink()
    with pytest.raises(assets.AssetsMissing, match=r"lib/a\.js"):
        assets.assets_copy()


@pytest.mark.skipif(Path(sys.prefix) != ROOT / ".venv", reason="runs in the .venv that set-up made")
def test_a_second_set_up_has_nothing_to_do() -> None:
    base = Path(sys._base_executable)  # type: ignore[attr-defined]
    done = subprocess.run([base, ROOT / "scripts/bootstrap.py", "--dev"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
