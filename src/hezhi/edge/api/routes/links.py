"""Records that may be about one subject, and what people say of them. Names and values stand nowhere in it."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import answers
from hezhi.edge.api.once import Key, once
from hezhi.edge.api.shapes import Cursor, In, RowId, Rows, Size, page
from hezhi.services.entities import api as entities
from hezhi.services.entities.contracts import LinkRow

router = Router(tags=["links"])


class JudgementIn(In):
    """``reason`` is read by whoever looks at the link later."""

    verdict: Literal["same", "different", "unsure"]
    reason: Annotated[str, Field(min_length=5, max_length=2000)]


@router.get("", response=answers(Rows[LinkRow]), summary="List links")
def page_of_links(request: HttpRequest, is_waiting: bool = True, cursor: Cursor = "", size: Size = 50) -> dict:
    """Return links I may judge, newest first; by default those that wait for a person."""
    return page(entities.links_page(by=by(request), is_waiting=is_waiting, cursor=cursor, size=size))


@router.get("/{link_id}", response=answers(LinkRow, 404), summary="Read a link")
def link(request: HttpRequest, link_id: RowId) -> LinkRow:
    """Return one link with its score and the reasons for it."""
    return entities.link_get(link_id=link_id, by=by(request))


@router.post("/{link_id}/judge", response=answers(LinkRow, 404, 409), summary="Judge a link")
def judge(request: HttpRequest, link_id: RowId, body: JudgementIn, key: Key) -> LinkRow:
    """Say that two records are one subject, are not, or that nobody can tell; it goes before every score."""
    told = {**body.model_dump(), "link_id": link_id}
    return once(request, key, lambda who, at, act_key: entities.link_judge(by=who, at=at, key=act_key, **told))
