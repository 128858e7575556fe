"""What can go wrong while packs are read.

HezhiError
├── Invalid  ├── PackInvalid
│            └── EngineMissing
└── NotFound ├── PackUnknown
             └── PackVersionUnknown
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, NotFound


class PackInvalid(Invalid):
    """The pack breaks rules and is not loaded; every broken rule is listed."""

    code = "pack_invalid"


class EngineMissing(Invalid):
    """This engine cannot run here; what it needs is named."""

    code = "engine_missing"


class PackUnknown(NotFound):
    """No such pack is installed."""

    code = "pack_unknown"


class PackVersionUnknown(NotFound):
    """This version of the pack is neither installed nor kept."""

    code = "pack_version_unknown"
