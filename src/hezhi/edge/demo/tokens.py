"""Tokens of the demo's sources: told once when a source is made, kept in the run folder for the robots."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from hezhi.edge.demo.city import City
from hezhi.flow.intake import api as intake
from hezhi.spine.permissions.contracts import Actor

KEEPER = Actor.system("founder")


def _file() -> Path:
    return settings.HEZHI.run_dir / "demo-tokens.json"


def _read() -> dict[str, str]:
    return json.loads(_file().read_text("utf-8")) if _file().is_file() else {}


def token_keep(source: str, token: str) -> None:
    """Keep one token, readable by this user only."""
    kept = {**_read(), source: token}
    draft = _file().with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(kept, out, indent=1, sort_keys=True)
    draft.replace(_file())


def tokens_known(city: City) -> dict[str, str]:
    """Return source → token for every source that pushes; a lost one is made anew."""
    kept = _read()
    for arrivals in city.arrivals:
        for stream in arrivals.streams:
            if stream.door == "push" and stream.source not in kept:
                token = intake.source_token_renew(code=stream.source, by=KEEPER, at=datetime.now(UTC))
                token_keep(stream.source, token)
                kept[stream.source] = token
    return kept
