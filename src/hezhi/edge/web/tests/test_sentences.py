"""Every act of the kernel is told; a citizen reads no names and nothing internal."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import translation

from hezhi.edge.web.sentences import CITIZEN, PLAIN, Names, refs_in, told, told_citizen
from hezhi.packkit.words import ACTS


@dataclass
class Line:
    act: str
    actor: str = "person:7"
    body: dict[str, Any] = field(default_factory=dict)
    at: datetime = datetime(2026, 3, 2, 1, tzinfo=UTC)


NAMES = Names(persons={7: "甲"}, agencies={3: "第三局", 4: "第四局"})


@pytest.mark.parametrize("act", ACTS)
def test_every_act_of_the_kernel_has_a_sentence(act: str) -> None:
    assert act in PLAIN


@pytest.mark.parametrize("act", sorted(PLAIN))
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_line_without_facts_is_still_told(act: str, language: str) -> None:
    with translation.override(language):
        assert "%(" not in told(Line(act), NAMES).what


def test_names_stand_for_ids_and_reasons_are_quoted() -> None:
    with translation.override("en"):
        one = told(Line("case.transfer", body={"agency": 4, "from_agency": 3, "reason": "nearer"}), NAMES)

    assert (one.who, one.what, one.quote) == ("甲", "transferred the case from 第三局 to 第四局", "nearer")


def test_a_due_moment_at_midnight_reads_as_the_day_it_ends() -> None:
    with translation.override("en"):
        one = told(Line("case.urge", body={"agency": 3, "due_at": "2026-03-04T16:00:00.000000Z"}), NAMES)

    assert one.what == "urged 第三局; an answer is due 2026-03-04"


def test_the_house_is_not_named_as_a_person() -> None:
    one = told(Line("task.open", actor="system:tasks", body={"agency": 3, "reason": "kernel"}), NAMES)

    assert (one.who, one.is_machine, one.quote) == ("", True, "")


@pytest.mark.parametrize("act", sorted(PLAIN))
def test_a_citizen_reads_neither_names_nor_internal_words(act: str) -> None:
    body = {"agency": 3, "lead": 3, "person": 7, "reason": "internal words", "ground": "law"}

    one = told_citizen(Line(act, body=body), NAMES)

    if act in CITIZEN:
        assert one is not None
        assert not any(word in one.what + one.who + one.quote for word in ("甲", "第三局", "internal words"))
    else:
        assert one is None


def test_an_unknown_act_is_told_by_its_name() -> None:
    assert told(Line("case.invented"), NAMES).what == "case.invented"


def test_the_ids_to_read_are_those_the_sentences_name() -> None:
    lines = [Line("case.hand_over", body={"from_person": 8, "person": 9}), Line("case.urge", "system:x", {"agency": 3})]

    assert refs_in(lines) == ({7, 8, 9}, {3})
