"""``MAP.md`` and the second half of ``GLOSSARY.md``: rooms, doors, events and nouns."""

from __future__ import annotations

from hezhi.edge.cli.pages.house import ROOMS, Name, folder_of, inner_modules, public_names, room_says
from hezhi.edge.cli.pages.reference import WRITTEN

BEGIN = "<!-- nouns: written by `hezhi docs write` -->"


def map_page() -> str:
    """Return the page that shows the whole house."""
    return "\n".join([WRITTEN + _HEAD, *_rooms(), *_events(), *_doors()])


_HEAD = """# Map of the house

Imports run one way, from `edge` down: `edge → wiring → flow → services → packkit → spine → kit`; inside `flow` from
`indicators` back to `intake`. Facts go forward as events, delivered inside the transaction that made them; questions
and verdicts go back as calls. From outside, a room is its `api.py`, `contracts.py` and `errors.py`, and nothing else.
"""


def _rooms() -> list[str]:
    rows = ["## Rooms, from the ground up\n", "| room | what it is | inside |", "| --- | --- | --- |"]
    ground = [room for room in ROOMS if ".spine." in room]
    above = [room for room in ROOMS if ".spine." not in room]
    all_of_them = ["hezhi.kit", *ground, "hezhi.packkit", *above, "hezhi.wiring", *_edge()]
    return [*rows, *(_room_row(room) for room in all_of_them), ""]


def _edge() -> list[str]:
    return [f"hezhi.edge.{path.parent.name}" for path in sorted(folder_of("hezhi.edge").glob("*/__init__.py"))]


def _room_row(room: str) -> str:
    path = folder_of(room).relative_to(folder_of("hezhi").parents[1]).as_posix()
    inside = ", ".join(f"`{name.rpartition('.')[2]}`" for name in inner_modules(room))
    return f"| [{room.removeprefix('hezhi.')}]({path}/) | {room_says(room)} | {inside} |"


def _events() -> list[str]:
    from hezhi.kit import bus

    rows = ["## Who hears what\n", "| event | from | heard by, in this order |", "| --- | --- | --- |"]
    for event, handlers in bus.table():
        heard = ", ".join(f"`{_place(one.__module__)}.{one.__name__}`" for one in handlers) or "nobody yet"
        rows.append(f"| `{event.__name__}` | {_place(event.__module__)} | {heard} |")
    return [*rows, ""]


def _place(module: str) -> str:
    return ".".join(module.split(".")[2:3])


def _doors() -> list[str]:
    parts = ["## Doors\n"]
    for room in ROOMS:
        names = [name for name in public_names(f"{room}.api") if name.kind == "function"]
        if names:
            parts += [f"### {room.removeprefix('hezhi.')}\n", *(f"- `{one.name}`: {one.says}" for one in names), ""]
    return parts


def nouns() -> list[Name]:
    """Return every public class of every ``contracts.py``."""
    modules = [*(f"{room}.contracts" for room in ROOMS), "hezhi.packkit.contracts"]
    return [name for module in modules for name in public_names(module) if name.kind == "class"]


def glossary_page(present: str) -> str:
    """Return ``GLOSSARY.md``: its hand-written words, then the nouns of all contracts."""
    head = present.split(BEGIN)[0].rstrip()
    rows = ["| noun | room | meaning |", "| --- | --- | --- |"]
    rows += [f"| `{one.name}` | {one.module.split('.')[-2]} | {one.says} |" for one in sorted(nouns(), key=_by_name)]
    return f"{head}\n\n{BEGIN}\n\n## Nouns of the contracts\n\n" + "\n".join(rows) + "\n"


def _by_name(one: Name) -> tuple[str, str]:
    return one.name, one.module
