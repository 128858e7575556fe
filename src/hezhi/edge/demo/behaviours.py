"""``behaviour/*.yml`` as typed shapes: what robot officers and citizens do with the records of one pack."""

from __future__ import annotations

from typing import Any, Literal

from hezhi.packkit.shape import Shape

Spread = tuple[float, float, float]
"""Least, typical and most; hours unless said otherwise."""

Spec = Any
"""How a value is made: a literal, a text with {names}, or one of the ways `hezhi.edge.demo.making` knows."""

When = dict[str, Any]
"""Facts that must hold: ``{matter: [a, b], task.field: value, round: 0}``; a list means "any of"."""


class Looking(Shape):
    """A masked field that is opened for the task before it is done, where a report of the case has it."""

    share: float = 1
    field: str
    basis: str  # as the pack cites it
    purpose: str
    minutes: int = 10


class Doing(Shape):
    """One way a task is done; the first whose ``when`` holds and whose ``share`` is drawn counts."""

    share: float = 1
    when: When = {}
    after_hours: Spread = (1, 4, 14)
    result: dict[str, Spec] = {}
    papers: dict[str, str] = {}  # name of the paper → stored sample
    looks: Looking | None = None


class Dismiss(Shape):
    share: float
    verdict: str
    reason: str
    when: When = {}


class Snooze(Shape):
    share: float
    days: float
    reason: str


class TrustWord(Shape):
    """After dismissing as harmless: let the subject raise nothing for a while."""

    share: float
    days: int
    reason: str
    verdict: str = "harmless"


class Triage(Shape):
    """``mistaken_share`` of officers take the machine's word; ``otherwise`` is named when nothing else is known.

    ``by_detector`` is what they name for what a detector found.
    """

    after_hours: Spread
    matter: Literal["stated", "read"] = "stated"
    mistaken_share: float = 0
    otherwise: str = ""
    by_detector: dict[str, str] = {}
    reason: str = ""
    dismiss: tuple[Dismiss, ...] = ()
    snooze: Snooze | None = None
    trust: TrustWord | None = None


class Return(Shape):
    share: float
    reason: str
    proposes: str
    note: str
    when: When = {}
    after_hours: Spread = (0.5, 2, 7)


class Ruling(Shape):
    """Whom the coordinator makes lead: the agency of ``kind`` at the case's place."""

    kind: str
    reason: str
    when: When = {}


class Claim(Shape):
    """An outcome the lead claims once ``when`` holds and ``share`` is drawn; the first that fits counts."""

    outcome: str
    share: float = 1
    when: When = {}
    says: tuple[str, ...]


class Pause(Shape):
    """A suspension; ``stage`` is the task whose opening prompts it."""

    share: float
    stage: str
    reason: str
    note: str
    waiting_for: str
    days: Spread
    when: When = {}


class Order(Shape):
    """An urging or a supervision ``after_due`` hours (office hours) past the due date, or on a ring."""

    share: float
    kind: Literal["urge", "supervise"]
    text: str
    ring: int = 0
    after_hours: Spread = (1, 3, 8)
    answer: str
    answer_hours: Spread = (1, 4, 9)


class Verify(Shape):
    after_hours: Spread
    note: str
    papers: dict[str, str] = {}  # name of the paper → stored sample
    send_back: float = 0
    send_back_reason: str = ""


class Rate(Shape):
    share: float
    after_hours: Spread = (1, 12, 90)
    stars: dict[str, dict[int, float]]  # outcome, or "" for every other → stars → weight
    comments: dict[int, tuple[str, ...]] = {}


class Contest(Shape):
    share: float
    when: When
    text: str
    decision: Literal["upheld", "rejected"]
    reason: str
    by: Literal["citizen", "counter"] = "counter"  # the reporter, or an officer who writes it down for somebody
    after_hours: Spread = (10, 40, 160)
    decide_hours: Spread = (2, 8, 20)


class HandOver(Shape):
    """Somebody hands a case to a colleague some hours after accepting it."""

    share: float
    when: When = {}
    after_hours: Spread = (2, 6, 16)


class CoHand(Shape):
    """The lead asks another agency in."""

    share: float
    kind: str
    part: Literal["co", "support"] = "co"
    when: When = {}
    after_hours: Spread = (0.5, 2, 6)


class Force(Shape):
    """A coordinator forms a task force of one handler of each kind."""

    share: float
    name: str
    purpose: str
    kinds: tuple[str, ...]
    days: int
    when: When = {}
    dissolve_after_days: int | None = None
    dissolve_reason: str = ""


class Transfer(Shape):
    share: float
    kind: str
    reason: str
    when: When = {}
    after_hours: Spread = (1, 3, 7)


class Extend(Shape):
    share: float
    amount: int
    reason: str
    before_due_hours: float = 20
    when: When = {}


class Reopen(Shape):
    """After a re-visit or an audit: a supervisor opens the case again."""

    share: float
    reason: str
    when: When = {}
    after_hours: Spread = (2, 6, 16)


class Merge(Shape):
    """What is done with offered duplicates, and how some of it is taken back."""

    share: float
    share_at_least: float = 0.6  # likeness below which the officer does not believe the offer
    reason: str
    split_share: float = 0
    split_reason: str = ""
    split_hours: Spread = (5, 20, 60)


class Behaviour(Shape):
    """``behaviour/*.yml``: what is done with the records of one pack."""

    pack: str
    hours: Literal["office", "duty"] = "office"
    triage: Triage | None = None
    accept_hours: Spread
    late_accept_share: float = 0
    returns: tuple[Return, ...] = ()
    rulings: tuple[Ruling, ...]
    ruling_hours: Spread = (0.3, 1, 3)
    tasks: dict[str, tuple[Doing, ...]]
    claims: tuple[Claim, ...]
    submit_hours: Spread = (0.2, 1, 5)
    pauses: tuple[Pause, ...] = ()
    extend: Extend | None = None
    orders: tuple[Order, ...] = ()
    verify: Verify
    close_hours: Spread = (0.1, 0.3, 2)
    rate: Rate | None = None
    contests: tuple[Contest, ...] = ()
    reopen: Reopen | None = None
    hand_overs: tuple[HandOver, ...] = ()
    co_hands: tuple[CoHand, ...] = ()
    forces: tuple[Force, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    merge: Merge | None = None
    slow_share: float = 0  # cases where every task takes `slow_times` as long
    slow_times: float = 6
