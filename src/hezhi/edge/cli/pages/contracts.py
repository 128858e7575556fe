"""The import contracts of the house, written as a file for import-linter."""

from __future__ import annotations

from hezhi.edge.cli.pages.house import FLOW, ROOMS, SERVICES, SPINE, inner_modules

LAYERS = (
    "hezhi.edge",
    "hezhi.wiring",
    *(f"hezhi.flow.{room}" for room in reversed(FLOW)),
    " | ".join(f"hezhi.services.{room}" for room in SERVICES),
    "hezhi.packkit",
    "hezhi.spine",
    "hezhi.kit",
)
# files, clocks and the vault stand beside each other on the calendar; the rest is one above the other
SPINE_LAYERS = ("files | clocks", "calendar", "people", "regions", "guard", "permissions", "ledger", "vault", "reads")


# A room's own tests may build what they need; the contracts are about the house that runs.
def _block(name: str, kind: str, **rows: tuple[str, ...] | str) -> str:
    key = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    lines = [f"[importlinter:contract:{key}]", f"name = {name}", f"type = {kind}"]
    lines += ["ignore_imports = hezhi.**.tests.** -> hezhi.**", "unmatched_ignore_imports_alerting = none"]
    for row, value in rows.items():
        if isinstance(value, str):
            lines.append(f"{row} = {value}")
        else:
            lines += [f"{row} =", *(f"    {one}" for one in value)]
    return "\n".join(lines)


def contracts_file() -> str:
    """Return the text of ``.importlinter``."""
    assert {name for row in SPINE_LAYERS for name in row.split(" | ")} == set(SPINE)
    blocks = [
        "# Written by `hezhi docs write` from hezhi.edge.cli.pages.contracts.",
        "[importlinter]\nroot_package = hezhi\ninclude_external_packages = True",
        _block("Imports run one way", "layers", layers=LAYERS),
        _block("Imports run one way inside the spine", "layers", layers=SPINE_LAYERS, containers="hezhi.spine"),
        _block(
            "Decisions and contracts are plain Python", "forbidden",
            source_modules=("hezhi.kit", "hezhi.packkit", "hezhi.**.rules", "hezhi.**.contracts", "hezhi.**.states"),
            forbidden_modules=("django", "procrastinate"),
        ),
        _block(
            "Only the edge knows how the house is started", "forbidden",
            source_modules=tuple(f"hezhi.{part}" for part in ("kit", "packkit", "spine", "services", "flow", "wiring")),
            forbidden_modules=("hezhi.project",),
        ),
        _block(
            "Only the wiring calls handlers", "protected",
            protected_modules=("hezhi.flow.*.handlers", "hezhi.services.*.handlers", "hezhi.spine.*.handlers"),
            allowed_importers=("hezhi.wiring",),
        ),
        *(
            _block(
                f"One door into {room.rpartition('.')[2]}", "protected",
                protected_modules=tuple(inner), allowed_importers=(room,), as_packages="True",
            )
            for room in ROOMS
            if (inner := inner_modules(room))
        ),
    ]  # fmt: skip
    return "\n\n".join(blocks) + "\n"
