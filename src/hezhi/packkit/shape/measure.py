"""``indicators.yml`` and ``expectations.yml``: numbers recomputable from the ledger."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hezhi.packkit.shape.base import Id, Shape, Text

By = Literal["region", "agency", "matter"]


class Filter(Shape):
    """Which cases count; every stated condition must hold. Lists mean "any of"."""

    outcome: tuple[Id, ...] = ()
    verdict: tuple[Literal["true", "false", "harmless", "cannot_verify"], ...] = ()
    is_closed: bool | None = None
    is_on_time: bool | None = None
    is_wrongful: bool | None = None
    was_returned: bool | None = None
    was_reopened: bool | None = None
    was_contested: bool | None = None
    rated_at_least: int | None = None
    rated_at_most: int | None = None
    is_rated: bool | None = None
    done_task: Id | None = None


class Indicator(Shape):
    """A count, a share (``count`` over ``over``) or a median of days.

    Cases belong to the period in which they closed (``period_of: closed``) or opened.
    """

    id: Id
    says: Text
    measure: Literal["count", "share", "median_days"]
    count: Filter = Filter()
    over: Filter | None = None
    from_act: str | None = Field(default=None, description="median_days: first act, e.g. case.open")
    to_act: str | None = Field(default=None, description="median_days: last act, e.g. case.close")
    period_of: Literal["opened", "closed"] = "closed"
    unit: Literal["count", "share", "days"]
    per: Literal["month"] = "month"
    by: tuple[By, ...] = ()
    good: Literal["up", "down", "neither"]
    hide_below: int = Field(ge=0, description="fewer cases in the denominator: show 'too few'")
    caveat: Text


class Fresh(Shape):
    """How old the newest row of a source may get; working days are those of the city's calendar."""

    value: int = Field(gt=0)
    unit: Literal["hours", "working_days"]
    source: str = Field(min_length=2, description="who agreed to it, or where it is laid down")


class Expectation(Shape):
    """What each source of a record kind owes: rows accepted per period, and how old its newest row may get.

    Below ``at_least`` or above ``at_most``, and once it is no longer fresh, who keeps the source is told.
    """

    id: Id
    record: Id
    per: Literal["day", "week", "month"]
    at_least: int = Field(ge=0)
    at_most: int = Field(gt=0)
    newest_within: Fresh | None = None
