"""``playbook.yml``: from the entrance to the verified end."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hezhi.packkit.shape.base import AgencyKind, Id, Limit, Shape, Text
from hezhi.packkit.shape.records import Field as FormField

Verdict = Literal["true", "false", "harmless", "cannot_verify"]
Whom = Literal["lead", "co", "support", "coordinator"]


class Entrance(Shape):
    """Where records of one kind go: to an alert for triage, or straight to a case."""

    record: Id
    to: Literal["alert", "case"]


class AlertRule(Shape):
    title: Text = Field(description="may name record fields in braces")
    grade_by: Id | None = Field(default=None, description="decision table that colours the alert")
    triage_within: Limit


class LimitBy(Shape):
    """The main limit by a choice field of the record, e.g. another one for a question than for a complaint."""

    field: Id
    limits: dict[str, Limit] = Field(min_length=1)


class Extension(Shape):
    times: int = Field(ge=0)
    budget: int = Field(gt=0, description="units of the main limit that one extension may add at most")


class Reason(Shape):
    id: Id
    label: Text


class Paper(Shape):
    """A paper that tasks or the verification ask for, as people know it."""

    id: Id
    label: Text


class Ring(Shape):
    """One rung of the ladder: so much after the main limit is used up, who is told and may act."""

    id: Id
    label: Text
    after_due: Limit
    to: Literal["township", "city", "leaders"]


class Wait(Shape):
    """A waiting time before a task opens, on somebody's account, after another task is done."""

    after: Id
    limit: Limit
    waiting_for: Literal["citizen", "agency", "court", "system"]


class Graded(Shape):
    """The result of a task is coloured by a decision table: people fill in what they found, the kernel the colour.

    ``colour`` and ``reasons`` are fields of the task that nobody fills in by hand: a choice of the four colours, and a
    text. What the table asks and the result leaves open makes the colour grey.
    """

    by: Id = Field(description="decision table; its inputs are other fields of the task")
    colour: Id
    reasons: Id


class Task(Shape):
    """Human work with an owner, a limit and a result.

    A task opens once every task of ``after`` is done and every condition of ``opens_when`` holds:
    it maps ``task.field`` to the value that must have been given. ``adverse`` marks a task whose result
    burdens someone: a named person decides (``decided_by``), with ``reasons``, after a task that ``serves``.
    """

    id: Id
    says: Text
    by: Whom | AgencyKind
    after: tuple[Id, ...] = ()
    wait: Wait | None = None
    opens_when: dict[str, str | bool | int] = {}
    limit: Limit
    fields: dict[str, FormField] = {}
    papers: tuple[Id, ...] = Field(default=(), description="ids of papers that must be attached")
    optional: bool = Field(default=False, description="opens only when the lead begins it; it may stay undone")
    serves: bool = Field(default=False, description="its result is a notice served on the person concerned")
    adverse: bool = False
    undoes: Id | None = Field(default=None, description="the adverse task whose effect this one takes back")
    graded: Graded | None = None

    @property
    def asked(self) -> dict[str, FormField]:
        """The fields that people fill in."""
        filled = (self.graded.colour, self.graded.reasons) if self.graded else ()
        return {name: one for name, one in self.fields.items() if name not in filled}


class Supervision(Shape):
    """Own limits of the acts urge (催办) and supervise (督办): until when the handler answers."""

    urge_answer: Limit
    supervise_answer: Limit


class Verification(Shape):
    by: Literal["supervisor", "coordinator"]
    papers: tuple[Id, ...] = ()
    audit_share: float = Field(ge=0, le=1, description="share of closed cases drawn at random for a second look")


class Rating(Shape):
    scale: Literal[5] = 5
    revisit_at_most: int = Field(ge=0, le=5, description="a rating this low opens a re-visit task")


class Outcome(Shape):
    id: Id
    label: Text
    verdict: Verdict
    wrongful: bool = Field(default=False, description="an adverse effect turned out wrong; indicators count it")
    needs: tuple[Id, ...] = Field(default=(), description="tasks that must be done before this outcome may be claimed")


class Notice(Shape):
    """Who is told what, on which act. ``text`` may name ``{number}``, ``{title}``, ``{due_on}``, ``{reason}``."""

    on: str
    to: Literal["reporter", "lead", "co", "coordinator", "supervisor"]
    channels: tuple[Literal["in_app", "mail", "sms"], ...] = ("in_app",)
    text: Text


class Playbook(Shape):
    entrances: tuple[Entrance, ...] = Field(min_length=1)
    alert: AlertRule
    title: Text
    accept_within: Limit
    main_limit: Limit
    limit_by: LimitBy | None = Field(
        default=None, description="overrides main_limit; a matter's own limit overrides both"
    )
    extension: Extension
    return_reasons: tuple[Reason, ...] = Field(min_length=1)
    bounce_budget: int = Field(ge=0, description="returns after which the coordinator must rule the same day")
    suspend_reasons: tuple[Reason, ...] = ()
    rings: tuple[Ring, ...] = Field(max_length=3)
    supervision: Supervision
    papers: tuple[Paper, ...] = ()
    tasks: tuple[Task, ...] = Field(min_length=1)
    verification: Verification
    reopen_within: Limit
    contest_within: Limit
    rating: Rating
    outcomes: tuple[Outcome, ...] = Field(min_length=2)
    notices: tuple[Notice, ...] = ()
