"""The font's table is read right: what it says is there, is there."""

import pytest

from hezhi.services.documents.glyphs import covered
from hezhi.services.documents.typesetting import FACE, font_folder


def test_it_covers_what_papers_need_and_not_what_it_lacks():
    points = covered(font_folder() / "NotoSansCJK-Regular.ttc", FACE)

    assert all(ord(one) in points for one in "和治〔〕〓①㎡℃—“”Aé　")
    assert not any(ord(one) in points for one in "😀ู")
    assert 40_000 < len(points) < 60_000


def test_a_file_that_is_no_font_is_refused(tmp_path):
    other = tmp_path / "x.ttc"
    other.write_bytes(b"%PDF-1.7")

    with pytest.raises(ValueError, match="not a font collection"):
        covered(other, 0)
