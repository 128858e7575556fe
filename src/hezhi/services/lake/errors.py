"""What can go wrong around the lake.

HezhiError
├── NotFound
│   └── SnapshotUnknown
└── LakeError
    └── LakeFileLost
"""

from __future__ import annotations

from hezhi.kit.errors import HezhiError, NotFound


class SnapshotUnknown(NotFound):
    """There is no such snapshot."""

    code = "snapshot_unknown"


class LakeError(HezhiError):
    """The lake cannot be read."""

    code = "lake_error"


class LakeFileLost(LakeError):
    """A file of the lake is missing or was changed; restore it from a backup."""

    code = "lake_file_lost"
