"""Whatever people say in a story stands sealed in the ledger: its lines show ids, codes and moments for ever."""

from __future__ import annotations

import re
from typing import Any
from unittest import mock

import pytest
from tests.packs.test_stories import FOLDERS, alone

from hezhi.edge.stories.play import story_play
from hezhi.packkit.api import pack_read
from hezhi.spine.ledger import rules

__all__ = ["alone"]

CODE = re.compile(r"[A-Za-z0-9_:.@+\- ]*")
CHAINS = ("case:", "record:", "alert:", "hit:", "trust:")
LAW = "ground"  # the legal ground of who leads: out of the pack, about nobody


def texts_of(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts_of(one)]
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in texts_of(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.django_db
@pytest.mark.parametrize("alone", FOLDERS, indirect=True, ids=lambda folder: folder.name)
def test_no_word_of_a_story_stands_in_clear_in_a_line(alone: Any) -> None:
    pack, seen, sealed = pack_read(alone), [], []
    real = rules.payload_of

    def spy(**given: Any) -> str:
        if given["chain"].startswith(CHAINS):
            seen.extend((given["act"], name, value) for name, value in given["body"].items() if name != LAW)
            sealed.append(given.get("words"))
        return real(**given)

    with mock.patch.object(rules, "payload_of", spy):
        for story in pack.stories:
            assert story_play(pack, story) == []

    assert [one for one in seen if any(not CODE.fullmatch(text) for text in texts_of(one[2]))] == []
    assert any(sealed)
