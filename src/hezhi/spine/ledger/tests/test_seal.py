"""A seal covers a settled range of lines with one Merkle root, and seals follow each other."""

from __future__ import annotations

import hashlib
import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction
from hypothesis import given
from hypothesis import strategies as st

from hezhi.spine.ledger import api, models, tree
from hezhi.spine.ledger.errors import SealBusy
from hezhi.spine.ledger.tests.factories import START_AT, append, write_chains


def recursive_root(entries: list[bytes]) -> bytes:
    """The definition of RFC 6962 section 2.1, word by word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return hashlib.sha256(b"\x01" + recursive_root(entries[:split]) + recursive_root(entries[split:])).digest()


@given(st.lists(st.text(alphabet="0123456789abcdef", min_size=1, max_size=64), max_size=70))
def test_the_root_is_that_of_the_standard(told):
    leaves = (tree.leaf_hash(one) for one in told)

    assert tree.merkle_root(leaves) == recursive_root([one.encode() for one in told]).hex()


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=40, unique=True), st.data())
def test_any_changed_moved_or_missing_leaf_changes_the_root(leaves, data):
    place = data.draw(st.integers(0, len(leaves) - 2))
    swapped = [*leaves]
    swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
    changed = [*leaves[:place], tree.leaf_hash("another line"), *leaves[place + 1 :]]

    roots = {tree.merkle_root(one) for one in (leaves, swapped, changed, leaves[:place] + leaves[place + 1 :])}

    assert len(roots) == 4


@pytest.mark.django_db
def test_a_seal_covers_all_lines_since_the_seal_before():
    write_chains({"case:1": 3, "case:2": 2})
    first = api.seal_make(at=START_AT)
    write_chains({"case:1": 1, "case:3": 1})
    second = api.seal_make(at=START_AT + timedelta(hours=1))

    hashes = list(models.Line.objects.order_by("id").values_list("hash", flat=True))
    assert (first.number, first.line_count, first.tree_size) == (1, 5, 5)
    assert (second.number, second.line_count, second.tree_size) == (2, 3, 8)
    assert first.root == tree.merkle_root(map(tree.leaf_hash, hashes[:5]))
    assert second.root == tree.merkle_root(map(tree.leaf_hash, hashes[:8]))
    assert second.first_id == first.last_id + 1
    assert second.prev_hash == first.hash
    assert api.seals_all() == [first, second]
    assert api.ledger_breaks() == []


@pytest.mark.django_db
def test_nothing_new_means_no_seal():
    assert api.seal_make(at=START_AT) is None
    append()
    assert api.seal_make(at=START_AT) is not None
    assert api.seal_make(at=START_AT) is None
    assert models.Seal.objects.count() == 1


@pytest.mark.django_db
def test_each_seal_is_written_into_the_ledger_itself():
    append()
    seal = api.seal_make(at=START_AT)

    [line] = api.lines_of(chain="seals")
    assert (line.act, line.actor) == ("ledger.seal", "system:ledger")
    assert line.body == {"number": 1, "hash": seal.hash, "root": seal.root, "lines": 1}


@pytest.mark.django_db(transaction=True)
def test_sealing_waits_for_open_acts_and_gives_up_in_time():
    append("case:1")
    is_open, may_end = threading.Event(), threading.Event()

    def slow_act() -> None:
        try:
            with transaction.atomic():
                append("case:2")
                is_open.set()
                may_end.wait(20)
        finally:
            connections.close_all()

    thread = threading.Thread(target=slow_act)
    thread.start()
    assert is_open.wait(20)
    with pytest.raises(SealBusy):
        api.seal_make(at=START_AT, wait_ms=50)
    assert models.Seal.objects.count() == 0
    may_end.set()
    thread.join()

    assert api.seal_make(at=START_AT).line_count == 2
    assert api.ledger_breaks() == []
