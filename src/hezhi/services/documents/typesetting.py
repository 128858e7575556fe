"""Typst: facts in as JSON, an archival PDF out; the same facts and moment always give the same bytes."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import typst

from hezhi.services.documents.errors import TypesettingFailed
from hezhi.services.documents.glyphs import covered
from hezhi.services.documents.rules import MISSING_NOTE, holds_missing, printable_all

FOLDER = Path(__file__).parent / "templates"
FACE = 2  # Noto Sans CJK SC within the collection
STANDARD: Literal["a-2b"] = "a-2b"


def font_folder() -> Path:
    """Return the folder of the wheel that carries the font."""
    spec = find_spec("noto_cjk_sans_otc")
    if spec is None or spec.origin is None:
        raise TypesettingFailed("the font package is not installed")
    return Path(spec.origin).parent


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_folder())])


def _compile(file: str, printed: dict[str, Any], digest: str, **how: Any) -> Any:
    points = covered(font_folder() / "NotoSansCJK-Regular.ttc", FACE)
    clean = printable_all(printed, lambda one: ord(one) in points)
    if holds_missing(clean):
        clean["footnotes"] = [*clean.get("footnotes", ()), MISSING_NOTE]
    inputs = {"data": json.dumps(clean, ensure_ascii=False, sort_keys=True), "digest": digest}
    # WHY a new compiler each time: one that failed once does not find its own input again (typst 0.15.2).
    compiler = typst.Compiler(input=str(FOLDER / file), root=str(FOLDER), font_paths=_fonts(), sys_inputs=inputs)
    try:
        return compiler.compile(**how)
    except typst.TypstError as error:
        raise TypesettingFailed(str(error), template=file) from error


def pdf(*, file: str, printed: dict[str, Any], digest: str, at: datetime) -> bytes:
    """Return the paper as PDF/A-2b.

    Args:
        file: name of the Typst file in the templates folder.
        printed: what the template prints, as plain JSON; texts in it are never read as markup.
        digest: short text for the foot of each page.
        at: moment of creation written into the PDF; with it the bytes are reproducible.

    Raises:
        TypesettingFailed: the template does not accept the data, or the font is missing.
    """
    made = _compile(file, printed, digest, format="pdf", pdf_standards=STANDARD, timestamp=int(at.timestamp()))
    assert isinstance(made, bytes)
    return made


def pages_png(*, file: str, printed: dict[str, Any], digest: str, ppi: float = 96) -> list[bytes]:
    """Return the paper's pages as PNG pictures, for previews and for looking at a template while writing it."""
    made = _compile(file, printed, digest, format="png", ppi=ppi)
    return [made] if isinstance(made, bytes) else list(made)
