"""The HTTP API, version 1: what it speaks, how it refuses, and which routes it has."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.types import DictStrAny

from hezhi.edge.api import errors
from hezhi.edge.api.auth import OFFICER, USUAL
from hezhi.edge.api.once import dumps
from hezhi.edge.api.routes import (
    alerts,
    case_acts,
    cases,
    checks,
    devices,
    files,
    house,
    indicators,
    intake,
    links,
    notices,
    packs,
    records,
    reports,
    rights,
    running,
    staff,
    tasks,
    tickets,
)


class Reader(Parser):
    """Reads JSON bodies and queries, and stops texts that no table could keep."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        found: DictStrAny = orjson.loads(request.body)
        _check(found)
        return found

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> DictStrAny:
        found = super().parse_querydict(data, list_fields, request)
        _check(found)
        return found


def _check(value: Any) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise errors.TextInvalid
    elif isinstance(value, dict):
        for name, one in value.items():
            _check(name)
            _check(one)
    elif isinstance(value, list):
        for one in value:
            _check(one)


class Writer(BaseRenderer):
    """Writes JSON with Chinese unescaped."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return dumps(data)


_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


class Api(NinjaAPI):
    """Ninja's API with short names of operations: file and function."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        view = operation.view_func
        return f"{view.__module__.rpartition('.')[2]}_{view.__name__.rstrip('_')}"


api = Api(
    title="Hezhi",
    version="1",
    description=(
        "Records in, acts on alerts, cases and tasks, and the reporter's own view.\n\n"
        "Officers use the session of the site (with its CSRF token for changes), systems of other agencies a bearer "
        "token, sources their own bearer token, devices a signature. Every act takes an `Idempotency-Key`: the same "
        "request with the same "
        "key is done once and gets the same answer again. Every refusal is a `Problem` with a stable `code`."
    ),
    docs_url=None,  # no page that loads code from elsewhere; the document itself is at /api/v1/openapi.json
    auth=OFFICER,
    throttle=[USUAL],
    parser=Reader(),
    renderer=Writer(),
    urls_namespace="api",
)
errors.attach(api)
for path, module in (
    ("", house),
    ("/intake", intake),
    ("/reports", reports),
    ("/rights", rights),
    ("/records", records),
    ("/alerts", alerts),
    ("/links", links),
    ("/cases", cases),
    ("/cases", case_acts),
    ("/checks", checks),
    ("/tasks", tasks),
    ("/tickets", tickets),
    ("/files", files),
    ("/notices", notices),
    ("/staff", staff),
    ("/devices", devices),
    ("/packs", packs),
    ("/indicators", indicators),
    ("/running", running),
):
    api.add_router(path, module.router)
api.add_router("/cases", tickets.of_case)
api.add_router("/requests", rights.officers)


@cache
def openapi() -> dict[str, Any]:
    """Return the OpenAPI document of this API."""
    return dict(api.get_openapi_schema(path_prefix="/api/v1/"))


def openapi_text() -> str:
    """Return the document as ``docs/reference/openapi.json`` holds it."""
    return orjson.dumps(openapi(), option=_OPTIONS, default=str).decode() + "\n"
