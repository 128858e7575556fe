"""The running house, for whoever runs it: jobs, failures, what was given up, and what is done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import answers
from hezhi.edge.api.once import Key, once
from hezhi.edge.api.shapes import Done, Id, In, Name
from hezhi.edge.health import running as house
from hezhi.edge.jobs import mending
from hezhi.services.notices.contracts import Channel
from hezhi.spine.permissions.contracts import Actor

router = Router(tags=["running"])
Why = Annotated[str, Field(min_length=1, max_length=mending.REASON_MOST)]


class FailedIn(In):
    """Failed jobs of one task that failed alike; ``up_to`` is the newest that is meant."""

    task: Name
    kind: Name
    up_to: Id
    reason: Why


class GivenUpIn(In):
    """Messages of one channel that were given up for one reason."""

    channel: Channel
    error: Annotated[str, Field(max_length=500)]
    reason: Why


@router.get("", response=answers(house.Running), summary="How does the house run?")
def running(request: HttpRequest) -> house.Running:
    """Return jobs, failures, sweeps, messages given up, batches that wait, the last backup and the room left."""
    return house.running(by=by(request))


@router.post("/jobs/retry", response=answers(Done, 404, 409), summary="Run failed jobs again")
def retry(request: HttpRequest, body: FailedIn, key: Key) -> Done:
    """Put failed jobs of one task and kind of error back into the queue; ``count`` tells how many."""
    return _do(request, key, mending.jobs_retry, body)


@router.post("/jobs/drop", response=answers(Done, 404, 409), summary="Forget failed jobs")
def drop(request: HttpRequest, body: FailedIn, key: Key) -> Done:
    """Forget failed jobs of one task and kind of error; ``count`` tells how many."""
    return _do(request, key, mending.jobs_drop, body)


@router.post("/deliveries/retry", response=answers(Done, 404, 409), summary="Try messages again")
def deliver_again(request: HttpRequest, body: GivenUpIn, key: Key) -> Done:
    """Try messages again that were given up and whose address is still kept; ``count`` tells how many."""
    return _do(request, key, mending.deliveries_again, body)


def _do(request: HttpRequest, key: str, act: Callable[..., int], body: In) -> Done:
    def do(who: Actor, at: datetime, act_key: str) -> Done:
        return Done(count=act(**body.dict(), by=who, at=at, key=act_key))

    return once(request, key, do)
