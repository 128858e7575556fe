"""Equal identifiers have equal pseudonyms within one purpose, and nothing in common across two."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hezhi.kit.errors import NotAllowed
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.vault import api, rules
from hezhi.spine.vault.errors import SubjectErased
from hezhi.spine.vault.models import SubjectKeyRow

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HOUSE = Actor.system("test")
PLATE = {"scheme": "plate", "value": "浙A12345"}


@pytest.fixture(autouse=True)
def file(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.VAULT_KEY_FILE, settings.VAULT_KEY_FILE_IS_MADE = tmp_path / "master_keys", True
    api._holder.cache_clear()
    yield
    api._holder.cache_clear()


@pytest.mark.django_db
def test_a_purpose_keeps_its_pseudonyms_and_shares_none_with_another() -> None:
    first = api.pseudonym(purpose="lake", **PLATE)

    assert api.pseudonym(purpose="lake", **PLATE) == first == api.pseudonymiser(purpose="lake")("plate", "浙A12345")
    assert first.startswith("1.") and len(first) == 34
    others = {
        api.pseudonym(purpose="checks", **PLATE),
        api.pseudonym(purpose="lake", scheme="permit", value="浙A12345"),
        api.pseudonym(purpose="lake", scheme="plate", value="浙A12346"),
    }
    assert len(others | {first}) == 4


@pytest.mark.django_db
def test_a_new_master_key_changes_no_pseudonym() -> None:
    first = api.pseudonym(purpose="lake", **PLATE)

    api.keys_rotate(by=HOUSE, at=AT)

    assert api.pseudonym(purpose="lake", **PLATE) == first


@pytest.mark.django_db
def test_a_renewed_key_begins_a_generation_of_its_own_and_is_written_down() -> None:
    first, other = api.pseudonym(purpose="lake", **PLATE), api.pseudonym(purpose="lake.two", **PLATE)

    assert api.purpose_key_renew(purpose="lake", by=HOUSE, at=AT) == 2

    second = api.pseudonym(purpose="lake", **PLATE)
    assert second.startswith("2.") and second[2:] != first[2:]
    assert api.pseudonym(purpose="lake.two", **PLATE) == other
    [line] = ledger.lines_of(chain="vault")
    assert (line.act, line.body) == ("pseudonyms.renew", {"purpose": "lake", "generation": 2})


@pytest.mark.django_db
def test_under_a_destroyed_key_nothing_is_made_or_compared() -> None:
    api.pseudonym(purpose="lake", **PLATE)

    api.purpose_key_destroy(purpose="lake", generation=1)

    with pytest.raises(SubjectErased):
        api.pseudonym(purpose="lake", **PLATE)


@pytest.mark.django_db
def test_only_the_house_renews_and_a_wrong_name_makes_no_key() -> None:
    with pytest.raises(NotAllowed):
        api.purpose_key_renew(purpose="lake", by=Actor.citizen("JL1"), at=AT)
    with pytest.raises(ValueError, match="no name of a purpose"):
        api.pseudonym(purpose="Lake:1", **PLATE)

    assert SubjectKeyRow.objects.count() == 0
    assert ledger.lines_of(chain="vault") == []


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_two_pairs_of_scheme_and_value_have_one_sign_only_if_they_are_equal(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert (rules.pseudonym_sign(b"key", *one) == rules.pseudonym_sign(b"key", *other)) == (one == other)
