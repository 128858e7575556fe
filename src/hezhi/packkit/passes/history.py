"""Pass 6, history: the same version always means the same content, versions grow, retired ids never return."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from hezhi.kit.canonical import canonical, sha256
from hezhi.packkit.draft import Draft
from hezhi.packkit.lock import Locked, version_key


def content_hash(draft: Draft) -> str:
    """Return one SHA-256 over the names and contents of all files but the changelog."""
    parts = {
        name: hashlib.sha256(content).hexdigest() for name, content in draft.files.items() if name != "CHANGELOG.md"
    }
    return sha256(canonical(parts))


def run(draft: Draft, locked: Sequence[Locked]) -> None:
    """Compare the pack with the lines of the version lock."""
    if draft.identity is None or not draft.identity.it.id or not draft.identity.it.version:
        return
    pack, where = draft.identity.it, draft.identity
    own = [line for line in locked if line.id == pack.id]
    for line in own:
        if line.version == pack.version and line.hash != content_hash(draft):
            cause = f"{line.stamp} is locked with other content; give the changed pack a new version."
            draft.say("history/changed-without-version", where, "version", cause=cause)
    newest = max((line.version for line in own), key=version_key, default=pack.version)
    if version_key(newest) > version_key(pack.version):
        draft.say(
            "history/version-goes-back",
            where,
            "version",
            cause=f"{pack.id}@{newest} is already locked, {pack.version} is older.",
        )
    if any(line.is_retired for line in own) and pack.status != "retired":
        draft.say("history/retired-returns", where, "id", cause=f"'{pack.id}' was retired; choose another id.")
