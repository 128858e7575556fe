"""Whoever sends more than he is asked for gets a refusal, or exactly what comes of what he was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest
from django.http import HttpRequest
from tests.attacks.scene import OUTSIDER, Operation, Scene, operations, taken_back
from tests.attacks.world import World, clock_held, differing, extras

from hezhi.edge.api.routes import case_acts
from hezhi.edge.api.site import openapi
from hezhi.flow.cases.models import Case
from hezhi.spine.guard import api as guard

WHO = ("housing_bureau", "coordinator", "supervisor", "duty_officer", "operator")


def sent(world: World, scene: Scene, who: str, one: Operation, body: Any) -> tuple[int, bytes, Any]:
    """Ask for one operation with a body; return status, answer and what all tables hold then."""
    world.again()
    headers = {"Idempotency-Key": "mass-assignment", "X-Report-Code": scene.own.code}
    with taken_back():
        answer = getattr(scene.office.client(who), one.method)(
            one.address(scene.ids), data=body, content_type="application/json", headers=headers
        )
        return answer.status_code, answer.content, world.rows() if answer.status_code == 200 else None


def doer(world: World, scene: Scene, one: Operation) -> tuple[str, tuple[int, bytes, Any]]:
    """Return who may do it, with what comes of it; the last who was asked where nobody may."""
    for who in WHO:
        plain = sent(world, scene, who, one, one.body)
        if plain[0] == 200:
            break
    return who, plain


def free(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of a body whose values are free, as a pack or a source declares them."""
    for name, one in schema.get("properties", {}).items():
        if (one.get("type") == "object" and "properties" not in one) or (
            one.get("type") == "array" and one.get("items", {}).get("type") == "object"
        ):
            yield name


def shape_of(one: Operation) -> Mapping[str, Any]:
    document = openapi()
    told = document["paths"][one.path][one.method].get("requestBody", {}).get("content", {})
    schema = told.get("application/json", {}).get("schema", {})
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def taken(scene: Scene, only: str = "") -> tuple[list[str], set[str]]:
    """Send every operation more than it asks for; return what was taken, and what was done by somebody at all."""
    found: list[str] = []
    done: set[str] = set()
    with clock_held():
        world = World()
        for one in operations(scene.ids):
            if one.method == "get" or only not in one.name:
                continue
            who, plain = doer(world, scene, one)
            done |= {one.name} if plain[0] == 200 else set()
            shape = shape_of(one)
            for more in extras(scene.office.town.agencies[OUTSIDER]):
                more = {name: value for name, value in more.items() if name not in shape.get("properties", {})}
                bodies = [{**more, **one.body}]
                for name in free(shape):
                    given = one.body.get(name)
                    inner = [{**more, **row} for row in given] if isinstance(given, list) else {**more, **(given or {})}
                    bodies.append({**one.body, name: inner})
                told = [_more(one, plain, sent(world, scene, who, one, body)) for body in bodies]
                found += [said for said in told if said]
    return found, done


def _more(one: Operation, plain: tuple[int, bytes, Any], got: tuple[int, bytes, Any]) -> str:
    if got[0] == 422:
        return ""
    if got[0] != plain[0] or got[1] != plain[1]:
        return f"{one.name}: {plain[0]} {plain[1][:200]!r} became {got[0]} {got[1][:200]!r}"
    return f"{one.name}: {said}" if got[2] and (said := differing(plain[2], got[2])) else ""


def test_no_operation_takes_more_than_it_asks_for(scene: Scene) -> None:
    found, done = taken(scene)

    assert found == []
    assert len(done) >= 12, done


def test_every_body_names_what_it_does_not_know(scene: Scene) -> None:
    more = {"is_staff": True, "handler_id": 1, "agency_ids": [1], "state": "closed"}
    unknown: dict[str, int] = {}
    for one in operations(scene.ids):
        names = {name for name in more if name not in shape_of(one).get("properties", {})}
        if one.method == "get" or not shape_of(one):
            continue
        if one.guards == {"Signature"}:  # its words are told to nobody without a key, and read by the devices' room
            continue
        headers = {
            "Idempotency-Key": "mass-assignment",
            "X-Report-Code": scene.own.code,
            "Authorization": "Bearer none",
        }
        if one.name != "intake_push":
            del headers["Authorization"]
        client, body = scene.office.client("operator"), {**one.body, **more}
        answer = client.post(one.address(scene.ids), body, "application/json", headers=headers)
        told = {row["place"].rpartition(".")[2] for row in answer.json().get("findings", ())}
        if answer.status_code != 422 or not names <= told:
            unknown[one.name] = answer.status_code

    assert unknown == {}


def test_an_act_that_writes_what_it_is_sent_is_found(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = case_acts._do

    @guard.acting
    def weak(request: HttpRequest, key: str, act: Any, case_id: int, **told: Any) -> Any:
        done = plain(request, key, act, case_id, **told)
        Case.objects.filter(id=case_id).update(bounce_count=orjson.loads(request.body or b"{}").get("bounce_count", 0))
        return done

    monkeypatch.setattr(case_acts, "_do", weak)
    waiting = replace(scene, ids={**scene.ids, "case_id": scene.office.opened("w1", spot="东门路1号").id})
    found, done = taken(waiting, only="case_acts_accept")

    assert done == {"case_acts_accept"}
    assert found and all(one.startswith("case_acts_accept: ('cases_case'") for one in found)
