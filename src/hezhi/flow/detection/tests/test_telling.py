"""Nobody reads braces: a detector's sentence says what number will stand where."""

from __future__ import annotations

from pathlib import Path

import pytest

from hezhi.flow.detection.telling import says_readable
from hezhi.flow.detection.tests.factories import pack_scanning, scan
from hezhi.packkit.api import pack_read
from hezhi.packkit.shape.base import Text

PACKS = sorted(
    one.parent for one in (Path(__file__).parents[5] / "packs").glob("*/pack.yml") if one.parent.name != "_demo_fails"
)


def told(**more: object) -> Text:
    pack = pack_scanning(scan(**more))
    return says_readable(pack, pack.scans[0])


def test_features_are_told_by_their_label_and_parameters_by_their_value() -> None:
    says = {"zh": "{least} 次以上：{n}，{kinds}，{last}", "en": "{least} or more: {n}, {kinds}, {last}"}
    features = {
        "n": {"agg": "count"},
        "kinds": {"agg": "distinct", "of": "kind"},
        "last": {"agg": "last", "of": "spot"},
    }

    assert told(says=says, features=features) == Text(
        zh="3 次以上：[条数]，[事项不同的个数]，[位置]",
        en="3 or more: [rows], [Matter, how many different], [Spot]",
    )


@pytest.mark.parametrize("folder", PACKS, ids=lambda one: one.name)
def test_no_sentence_of_a_pack_keeps_a_brace(folder: Path) -> None:
    pack = pack_read(folder)

    for one in pack.scans:
        readable = says_readable(pack, one)
        assert "{" not in readable.zh + readable.en
