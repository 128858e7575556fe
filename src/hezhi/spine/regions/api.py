"""The door of the region tree: where a place stands, what it was called, what became of it.

Reads are in ``queries``, reforms in ``changes``, bulk loading in ``loading`` and ``history``. Codes are the
house's form (``code_read`` makes it from a source's). A code has one path for ever, so rows keep
code and path as filed; a reform gives what moved a new code, and ``successors`` tells where an
old record belongs today.
"""

from __future__ import annotations

from hezhi.spine.regions.changes import region_create, region_merge, region_move, region_rename, region_split
from hezhi.spine.regions.history import history_load
from hezhi.spine.regions.loading import regions_load, regions_load_zhejiang
from hezhi.spine.regions.queries import (
    changes_of,
    children,
    paths_covering,
    predecessors,
    region_get,
    region_path,
    regions_get,
    standing_path,
    subtree,
    successors,
)
from hezhi.spine.regions.rules import code_read, codes_in, level_of

__all__ = [
    "changes_of",
    "children",
    "code_read",
    "codes_in",
    "history_load",
    "level_of",
    "paths_covering",
    "predecessors",
    "region_create",
    "region_get",
    "region_merge",
    "region_move",
    "region_path",
    "region_rename",
    "region_split",
    "regions_get",
    "regions_load",
    "regions_load_zhejiang",
    "standing_path",
    "subtree",
    "successors",
]
