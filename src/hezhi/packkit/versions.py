"""What a case filed under an older version goes on with: that version's rules, in today's words and hands.

Frozen at filing: stages, tasks, fields, papers, reasons, outcomes, limits, rings. Following the current version:
every text in both languages, who does a task or leads a matter, and whom the notices reach.
"""

from __future__ import annotations

from typing import Any

from hezhi.packkit.shape import Pack

LANGUAGES = {"zh", "en"}
FOLLOWED = {("playbook", "tasks"): ("by",), ("matters",): ("lead", "co", "support"), ("identity",): ("owners",)}
"""What of an element follows, besides its texts, by where the element stands."""


def pack_followed(old: Pack, current: Pack) -> Pack:
    """Return ``old`` with the texts and assignees of ``current`` where both have the element, and its notices.

    Elements are matched by id; one that ``current`` no longer has stays whole, one that is new there stays out.
    """
    kept, now = (one.model_dump(exclude={"folder", "content_hash"}) for one in (old, current))
    whole = _followed((), kept, now)
    whole["playbook"]["notices"] = now["playbook"]["notices"]
    return Pack.model_validate({**whole, "folder": current.folder, "content_hash": old.content_hash})


def _followed(place: tuple[str, ...], old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        if old.keys() == LANGUAGES == new.keys():
            return new
        both = {name: _followed((*place, name), value, new[name]) for name, value in old.items() if name in new}
        return old | both | {name: new[name] for name in FOLLOWED.get(place, ()) if name in new}
    if isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)):
        by_id = {one["id"]: one for one in new if isinstance(one, dict) and "id" in one}
        return [
            _followed(place, one, by_id[one["id"]]) if isinstance(one, dict) and one.get("id") in by_id else one
            for one in old
        ]
    return old
