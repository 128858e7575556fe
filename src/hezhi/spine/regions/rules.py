"""Division codes, paths, and what became of a region. Plain Python, no table, no clock.

SOURCE: GB/T 2260 (six digits, two each for province, city, district) and GB/T 10114 with the
statistical code (three digits each for township and village, twelve in all). The three digits of a
grid after its village are this house's own scheme.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from hezhi.spine.regions.contracts import Level
from hezhi.spine.regions.errors import RegionCodeInvalid

STEM_LENGTHS = {
    Level.PROVINCE: 2,
    Level.CITY: 4,
    Level.DISTRICT: 6,
    Level.TOWNSHIP: 9,
    Level.VILLAGE: 12,
    Level.GRID: 15,
}
"""How many digits of a code say something; the rest is zeros."""

_SHAPES = (
    (Level.PROVINCE, re.compile(r"[1-8]\d0000")),
    (Level.CITY, re.compile(r"[1-8]\d(?!00)\d\d00")),
    (Level.DISTRICT, re.compile(r"[1-8]\d(?!00)\d\d(?!00)\d\d")),
    # A few cities have no districts: their townships hang on the city's own six digits.
    (Level.TOWNSHIP, re.compile(r"[1-8]\d(?!00)\d\d\d\d(?!000)\d{3}000")),
    (Level.VILLAGE, re.compile(r"[1-8]\d(?!00)\d\d\d\d(?!000)\d{3}(?!000)\d{3}")),
    (Level.GRID, re.compile(r"[1-8]\d(?!00)\d\d\d\d(?!000)\d{3}(?!000)\d{3}(?!000)\d{3}")),
)
_PADDED = {2: 6, 4: 6, 9: 12}  # how sources write codes without their zeros: length → full length


def level_of(code: str) -> Level:
    """Return the level a code belongs to.

    Raises:
        RegionCodeInvalid: it has not the shape of any level.

    Example:
        >>> level_of("330106").value, level_of("330106001000").value
        ('district', 'township')
    """
    for level, shape in _SHAPES:
        if code.isascii() and shape.fullmatch(code):
            return level
    raise RegionCodeInvalid(region=code)


def code_read(text: str) -> str:
    """Return the house's form of a code as sources write it, with or without its zeros.

    Raises:
        RegionCodeInvalid: it is none.

    Example:
        >>> code_read("33"), code_read("330106000000"), code_read(" 330106001 ")
        ('330000', '330106', '330106001000')
    """
    code = text.strip()
    code = code.ljust(_PADDED.get(len(code), len(code)), "0")
    if len(code) == 12 and code.endswith("000000"):
        code = code[:6]
    level_of(code)
    return code


def stem_of(code: str) -> str:
    """Return the digits of ``code`` that its descendants share."""
    return code[: STEM_LENGTHS[level_of(code)]]


def code_from_stem(stem: str) -> str:
    """Return the full code of a stem of 2, 4, 6, 9, 12 or 15 digits.

    Raises:
        RegionCodeInvalid: no level has a stem of this length.
    """
    if len(stem) not in STEM_LENGTHS.values():
        raise RegionCodeInvalid(region=stem)
    return code_read(stem)


def parents_of(code: str) -> tuple[str, ...]:
    """Return the codes that may stand directly above ``code``, nearest first; none for a province.

    A district with the city digits 90 may also stand directly below its province (省直辖县级行政区划).
    """
    level = level_of(code)
    if level is Level.PROVINCE:
        return ()
    province, city = code[:2] + "0000", code[:4] + "00"
    above = {
        Level.CITY: (province,),
        Level.DISTRICT: (city, province) if code[2:4] == "90" else (city,),
        Level.TOWNSHIP: (code[:6],),
        Level.VILLAGE: (code[:9] + "000",),
        Level.GRID: (code[:12],),
    }
    return above[level]


def path_of(code: str, parent_path: str) -> str:
    """Return the path of a region below the region at ``parent_path`` (empty: a province)."""
    return f"{parent_path}.{code}" if parent_path else code


def codes_in(path: str) -> tuple[str, ...]:
    """Return the codes a path consists of, province first."""
    return tuple(path.split(".")) if path else ()


def path_common(paths: Iterable[str]) -> str:
    """Return the longest path that covers all ``paths``; empty where they share nothing.

    Example:
        >>> path_common(["11.12.13", "11.12.14", "11.12"]), path_common(["11.12", "11.123"])
        ('11.12', '11')
    """
    shared: tuple[str, ...] | None = None
    for path in paths:
        codes = codes_in(path)
        if shared is None:
            shared = codes
        same = 0
        while same < min(len(shared), len(codes)) and shared[same] == codes[same]:
            same += 1
        shared = shared[:same]
    return ".".join(shared or ())


def whole_homes(links: Iterable[tuple[int, int]], open_paths: Mapping[int, str]) -> dict[int, str]:
    """Say for each version that ended where all of its land lies today.

    Args:
        links: pairs (old version, new version); never a circle, since new ones begin later.
        open_paths: version → path, for every version that has not ended and is named in a link.

    Returns:
        old version → path of the smallest region that holds all its land, empty where there is none.
    """
    after: dict[int, list[int]] = {}
    for old, new in links:
        after.setdefault(old, []).append(new)
    homes: dict[int, str] = {}

    def home(version: int) -> str:
        if version in open_paths:
            return open_paths[version]
        if version not in homes:
            heirs = [home(heir) for heir in after.get(version, ())]
            homes[version] = path_common(heirs) if all(heirs) else ""
        return homes[version]

    for old in after:
        home(old)
    return {old: homes[old] for old in after if old in homes}
