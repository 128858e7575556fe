"""The committed document is the one the code speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints

from hezhi.edge.api.site import api, openapi_text
from hezhi.project.options import ROOT

DOCUMENT = ROOT / "docs/reference/openapi.json"


def test_the_committed_document_is_up_to_date():
    assert DOCUMENT.read_text() == openapi_text(), "run `hezhi docs write` and commit docs/reference/openapi.json"


def test_every_operation_says_what_it_does_and_how_it_may_refuse():
    for path, methods in json.loads(openapi_text())["paths"].items():
        for method, operation in methods.items():
            told = f"{method} {path}"
            assert operation.get("summary") and operation.get("description"), told
            assert {"200", "422", "429"} <= set(operation["responses"]), told
            assert ("401" in operation["responses"]) == ("security" in operation), told


def test_no_operation_shares_its_name():
    names = [one["operationId"] for way in json.loads(openapi_text())["paths"].values() for one in way.values()]

    assert len(names) == len(set(names))


def shapes(kind: Any, known: set[Any]) -> Iterator[type]:
    """Yield the classes that a type is made of."""
    for part in get_args(kind):
        yield from shapes(part, known)
    is_model = hasattr(kind, "model_fields")
    if kind in known or not isinstance(kind, type) or not (is_model or is_dataclass(kind)):
        return
    known.add(kind)
    yield kind
    hints = [one.annotation for one in kind.model_fields.values()] if is_model else get_type_hints(kind).values()
    for one in hints:
        yield from shapes(one, known)


def test_no_answer_shares_its_name_with_another():
    known: set[Any] = set()
    found: dict[str, set[type]] = {}
    for _, router in api._routers:
        for view in router.path_operations.values():
            for operation in view.operations:
                for model in operation.response_models.values():
                    for one in shapes(model, known):
                        found.setdefault(one.__name__, set()).add(one)

    found.pop("NinjaResponseSchema")
    assert {name: both for name, both in found.items() if len(both) > 1} == {}
