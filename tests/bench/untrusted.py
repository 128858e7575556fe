"""Switches trust off for a block, so that what it costs can be measured: the ledger's door and the vault's.

Policies are off wherever nobody asks (`guard.asking`): the connection is the owner's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any
from unittest import mock

from hezhi.spine.ledger import api as ledger
from hezhi.spine.ledger.contracts import Line
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.vault import api as vault
from hezhi.spine.vault.contracts import Place, SubjectKey


def _unwritten(
    *, chain: str, act: str, by: Actor, at: datetime, body: Any, pack: str = "", key: str = "", **_: Any
) -> Line:
    return Line(chain, 0, act, by.ref, at, pack, key, dict(body), "")


def _no_keys(*, subjects: Collection[str]) -> dict[str, SubjectKey]:
    return {one: SubjectKey(one, b"") for one in subjects}


def _plain(_: SubjectKey, __: Place, content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)


_LEDGER: dict[str, Callable[..., Any]] = {
    "line_append": _unwritten,
    "lines_append": lambda **_: None,
    "line_by_key": lambda **_: None,
    "is_replay": lambda **_: False,
}
_VAULT: dict[str, Callable[..., Any]] = {
    "keys_make": _no_keys,
    "keys_get": _no_keys,
    "keys_find": _no_keys,
    "key_ready": lambda *, subject: SubjectKey(subject, b""),
    "seal": _plain,
    "unseal": lambda _, __, text: json.loads(text),
}


def without_ledger() -> Any:
    """Write and read no line inside the block."""
    return _switched(ledger, _LEDGER)


def without_sealing() -> Any:
    """Keep contents as they are inside the block, without a key; what was sealed before cannot be read in it."""
    return _switched(vault, _VAULT)


@contextmanager
def _switched(door: Any, does: dict[str, Callable[..., Any]]) -> Iterator[None]:
    with ExitStack() as stack:
        for name, one in does.items():
            stack.enter_context(mock.patch.object(door, name, one))
        yield
