"""Every labelled city of a folder, judged on its evaluation seeds."""

from __future__ import annotations

from pathlib import Path

from hezhi.edge.real.labelled.judging import judge, labelled_figures
from hezhi.edge.real.labelled.plan import labelled_read
from hezhi.kit.figures import Figure
from hezhi.packkit.api import pack_read


def labelled_run(city: Path, packs: Path) -> list[Figure]:
    """Return the figures of every file of ``city/labelled``.

    Args:
        packs: the folder whose packs hold the detectors that the files name.
    """
    figures: list[Figure] = []
    for path in sorted((city / "labelled").glob("*.yml")):
        plan = labelled_read(path)
        figures += labelled_figures(plan, judge(plan, pack_read(packs / plan.pack), "evaluation"))
    return figures
