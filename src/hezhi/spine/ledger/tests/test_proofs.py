"""A sealed line, and the growth of the ledger, are proved from a few rows; the key stays with its owner."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hezhi.spine.ledger import api, models, queries, rules, signing
from hezhi.spine.ledger.contracts import NewLine
from hezhi.spine.ledger.errors import ProofImpossible, SigningKeyMissing
from hezhi.spine.ledger.tests.factories import START_AT, Clerk, append, tamper
from hezhi.spine.ledger.tree import is_consistent, is_included, leaf_hash

pytestmark = pytest.mark.django_db


def write(count: int) -> None:
    lines = [NewLine(f"case:{number % 7}", "case.note", {"n": number}) for number in range(count)]
    api.lines_append(lines=lines, by=Clerk(), at=START_AT)


def sealed(*counts: int) -> list:
    made = []
    for hour, count in enumerate(counts):
        write(count)
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('ledger_line_id')")  # a rolled-back act leaves a hole
        made.append(api.seal_make(at=START_AT + timedelta(hours=hour)))
    return made


def test_every_line_is_proved_under_the_newest_head():
    head = sealed(300, 1, 500, 40)[-1]
    rows = list(models.Line.objects.filter(id__lte=head.last_id).order_by("id").values_list("id", "hash"))

    proofs = api.lines_prove(line_ids=[line_id for line_id, _ in rows], head=head)

    root = bytes.fromhex(head.root)
    assert [one.index for one in proofs] == list(range(head.tree_size))
    assert head.tree_size == 300 + 1 + 500 + 40 + 3  # three seals wrote a line of their own before
    for (line_id, told), proof in zip(rows, proofs, strict=True):
        path = [bytes.fromhex(one) for one in proof.path]
        assert line_id == proof.line_id
        assert is_included(leaf_hash(told), proof.index, head.tree_size, path, root)


def test_every_head_is_proved_to_have_grown_into_every_later_one():
    heads = sealed(300, 1, 255, 500)

    for at, old in enumerate(heads):
        for new in heads[at:]:
            path = [bytes.fromhex(one) for one in api.heads_prove(old=old, new=new)]
            roots = bytes.fromhex(old.root), bytes.fromhex(new.root)
            assert is_consistent(old.tree_size, roots[0], new.tree_size, roots[1], path)


def test_a_proof_reads_two_blocks_and_a_row_for_each_level_however_long_the_ledger_is():
    head = sealed(1000, 2000, 3000)[-1]
    reader = queries.TreeReader(head.last_id)
    line_id = models.Line.objects.order_by("id").values_list("id", flat=True)[2345]

    with CaptureQueriesContext(
        connection,
    ) as asked:
        api.lines_prove(line_ids=[line_id], head=head)

    assert reader.place_of(line_id) == 2345
    assert len(asked) <= 1 + head.tree_size.bit_length() + 2 * 2


def test_sealing_reads_the_new_lines_only():
    sealed(600)
    write(3)

    with CaptureQueriesContext(connection) as asked:
        head = api.seal_make(at=START_AT + timedelta(days=1))

    [read] = [one["sql"] for one in asked if 'FROM "ledger_line"' in one["sql"] and "BETWEEN" in one["sql"]]
    assert f"BETWEEN {head.first_id} AND {head.last_id}" in read
    assert (head.line_count, head.tree_size) == (4, 604)


def test_a_line_that_is_not_sealed_or_was_changed_is_not_proved():
    [head] = sealed(20)
    late = append("case:99")
    late_id = models.Line.objects.get(chain=late.chain).id
    with pytest.raises(ProofImpossible):
        api.lines_prove(line_ids=[late_id], head=head)

    line_id = models.Line.objects.order_by("id").first().id
    tamper(f"UPDATE ledger_line SET hash = repeat('0', 64) WHERE id = {line_id}")

    with pytest.raises(ProofImpossible):
        api.lines_prove(line_ids=[line_id], head=head)


def test_the_key_is_made_once_for_its_owner_alone(settings, tmp_path):
    settings.LEDGER_KEYS = tmp_path / "keys"

    assert (api.key_make(), api.key_make()) == (True, False)

    private, public = sorted((tmp_path / "keys").iterdir())
    assert (private.name, private.stat().st_mode & 0o777) == ("ledger_ed25519.pem", 0o600)
    assert (public.name, public.read_text().startswith("ed25519:")) == ("ledger_ed25519.pub", True)
    assert "PRIVATE" not in public.read_text()


def test_whoever_checks_opens_no_private_key(settings, tmp_path):
    settings.LEDGER_KEYS = tmp_path / "keys"
    [head] = sealed(5)
    private = tmp_path / "keys/ledger_ed25519.pem"
    private.write_bytes(b"not to be read by who only checks")

    assert api.ledger_breaks() == []

    public = private.with_suffix(".pub")
    public.write_text(f"ed25519:{'0' * 64}\n")
    assert [one.place for one in api.ledger_breaks()] == ["seal 1"]
    public.write_text(f"ed25519:{'0' * 64}\n{head.signer}\n")  # a name of an older key may stand there too
    assert api.ledger_breaks() == []


def test_a_name_that_is_not_there_yet_is_written_from_the_key(settings, tmp_path):
    settings.LEDGER_KEYS = tmp_path / "keys"
    [head] = sealed(5)
    public = tmp_path / "keys/ledger_ed25519.pub"
    public.unlink()
    assert [one.place for one in api.ledger_breaks()] == ["seal 1"]

    api.key_names_keep()

    assert public.read_text() == f"{head.signer}\n"
    assert api.ledger_breaks() == []


def test_a_lost_key_is_never_replaced_in_silence(settings, tmp_path):
    sealed(3)
    append("case:50")
    settings.LEDGER_KEYS = tmp_path / "empty"

    with pytest.raises(SigningKeyMissing):
        api.seal_make(at=START_AT)

    assert not (tmp_path / "empty").exists()
    assert models.Seal.objects.count() == 1


@pytest.mark.parametrize("algorithm", ["ed25519", "sm2"])
@pytest.mark.filterwarnings("ignore")  # the SM2 library warns about Python's own OpenSSL
def test_a_head_is_signed_by_the_chosen_algorithm_and_no_change_passes(settings, tmp_path, algorithm):
    settings.LEDGER_KEYS, settings.LEDGER_SIGNATURE = tmp_path, algorithm
    [head] = sealed(5)

    assert head.signer.startswith(f"{algorithm}:")
    assert signing.is_signed(head)
    assert signing.is_signed(replace(head, root="0" * 64)) is False
    assert signing.is_signed(replace(head, signature="00")) is False
    assert signing.is_signed(replace(head, signature="no hex")) is False
    assert signing.is_signed(replace(head, signer=f"{algorithm}:00")) is False
    assert api.ledger_breaks() == []
    assert head.hash == rules.seal_hash(head)


@pytest.mark.filterwarnings("ignore")
def test_a_house_that_changes_its_algorithm_still_knows_its_older_heads(settings, tmp_path):
    settings.LEDGER_KEYS = tmp_path
    sealed(5)
    settings.LEDGER_SIGNATURE = "sm2"
    api.key_make()
    sealed(5)

    assert [one.signer.partition(":")[0] for one in api.seals_all()] == ["ed25519", "sm2"]
    assert api.ledger_breaks() == []
