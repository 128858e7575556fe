"""What a paper is called: the pack's own words where it has them, else its id made readable."""

from __future__ import annotations

from hezhi.edge.web.refusals import said
from hezhi.packkit.shape import Pack


def paper_title(pack: Pack, name: str) -> str:
    """Return the title of a paper that tasks or verification ask for."""
    for one in getattr(pack.playbook, "papers", ()):
        if one.id == name:
            return said(one.label)
    return name.replace("_", " ")
