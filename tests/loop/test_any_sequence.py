"""Whatever is done to a case, in whatever order and by whomever: somebody has it, its state is one of the table,
a refusal leaves no trace, a replay changes nothing, and clocks and ledger add up.

Deterministic as part of the suite. Longer, with other sequences each time:
``SEQUENCES=2000 pytest tests/loop/test_any_sequence.py``. A failure prints its sequence and a seed; with that
``--hypothesis-seed`` and ``SHORTEN=1`` it is played again and made short, which takes minutes.
"""

from __future__ import annotations

import os
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from tests.loop.holding import everything_holds, moved_by_the_table
from tests.loop.sequences import Life, Step

from hezhi.flow.cases.models import Case
from hezhi.flow.cases.tests.factories import LAMP, Lamps, everything
from hezhi.kit.errors import HezhiError
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor

AS_PART_OF_THE_SUITE = 25
ASKED = int(os.environ.get("SEQUENCES", "0"))
pytestmark = [pytest.mark.slow]
done_acts: set[str] = set()  # over all sequences of a run


@settings(
    max_examples=ASKED or AS_PART_OF_THE_SUITE,
    derandomize=not ASKED,
    phases=[Phase.generate, *([Phase.shrink] if "SHORTEN" in os.environ else [])],
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(dice=st.randoms(use_true_random=False), length=st.integers(1, 40))
def _play(dice: Random, length: int, lamps: Lamps, colleague: Actor, elsewhere: Actor) -> None:
    with transaction.atomic():
        life = Life(lamps, dice)
        life.begin(colleague, elsewhere)
        now = everything()
        for number in range(length):
            life.time_passes()
            step = life.step()
            now = _try(life, step, f"k-{number}", now, is_replayed=life.pick(False, False, True))
        assert ledger.ledger_breaks() == []
        transaction.set_rollback(True)


def _try(life: Life, step: Step, key: str, before: dict[str, str], *, is_replayed: bool) -> dict[str, str]:
    """Try one step and check what must hold afterwards; return the fingerprint of all tables."""
    how = {"key": key} if step.has_key else {}
    was = life.case.state
    try:
        told = step.do(by=step.by, at=step.at, **how)
    except HezhiError as refusal:
        note(f"{step}: refused, {refusal.code}")
        now = everything()
        assert {name for name in now if now[name] != before[name]} == set(), f"{step.act} left a trace"
        return now
    note(f"{step}: done, {life.case.state}")
    done_acts.add(step.act)
    moved_by_the_table(step.act, was, life.case.state)
    everything_holds(life.case_id, life.now)
    now = everything()
    if step.has_key:
        assert now["ledger_line"] != before["ledger_line"], f"{step.act} wrote nothing"
        assert Case.objects.get(id=life.case_id).last_act_at == step.at
        if is_replayed:
            again = step.do(by=step.by, at=life.now, **how)
            assert everything() == now, f"{step.act} again under the same key changed something"
            assert again == told
    return now


def test_any_sequence_of_acts_leaves_a_case_whole(lamps_committed: Lamps) -> None:
    done_acts.clear()
    lamps = lamps_committed
    _play(lamps=lamps, colleague=lamps.second_person(LAMP), elsewhere=lamps.other_county()["coordinator"])

    assert len(done_acts) >= 20, f"the sequences hardly move: {sorted(done_acts)}"
