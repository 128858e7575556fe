"""What the region tree refuses.

Invalid
├── RegionCodeInvalid     not a division code at all
└── RegionChangeInvalid   the reform as described does not fit the tree; ``findings`` says where
NotFound
└── RegionNotFound        no such region, or not on that day
Refused
└── RegionChangeTooEarly  the day lies ahead, or before the last change of the same region
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, NotFound, Refused


class RegionCodeInvalid(Invalid):
    """This is not a division code: 6 digits down to the district, 12 for township and village, 15 for a grid."""

    code = "region_code_invalid"


class RegionChangeInvalid(Invalid):
    """The regions described here do not fit the tree as it stands."""

    code = "region_change_invalid"


class RegionNotFound(NotFound):
    """There is no such region on that day."""

    code = "region_not_found"


class RegionChangeTooEarly(Refused):
    """A change is recorded on its first day or later, and after the region's last change."""

    code = "region_change_too_early"
