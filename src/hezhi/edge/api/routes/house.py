"""Whether the house is up, and who asks."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest
from ninja import Router, Schema

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import answers

router = Router(tags=["house"])


class Health(Schema):
    status: str


class Me(Schema):
    """The actor the house sees behind this request. ``rights`` are sorted and without their scopes."""

    ref: str
    name: str
    kind: str
    agency_id: int | None
    rights: list[str]


@router.get("/health", response=answers(Health, anonymous=True), auth=None, summary="Is the house up?")
def health(request: HttpRequest) -> Health:
    """Answer ``ok`` when the web process and the database answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Health(status="ok")


@router.get("/me", response=answers(Me), summary="Who am I?")
def me(request: HttpRequest) -> Me:
    """Return who asks, and with which rights."""
    actor = by(request)
    rights = sorted({grant.right.value for grant in actor.grants})
    return Me(ref=actor.ref, name=actor.name, kind=actor.kind.value, agency_id=actor.agency_id, rights=rights)
