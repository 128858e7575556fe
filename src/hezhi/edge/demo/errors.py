"""What can go wrong with the demo city.

HezhiError
├── Invalid   CityInvalid
└── Refused   CityMissing, RobotStuck
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, Refused


class CityInvalid(Invalid):
    """A file of the demo city cannot be used."""

    code = "city_invalid"


class CityMissing(Refused):
    """The demo city is not loaded yet; run `hezhi demo load` first."""

    code = "city_missing"


class RobotStuck(Refused):
    """A robot officer was refused an act that its script foresees."""

    code = "robot_stuck"
