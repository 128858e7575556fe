"""The committed document is the one the code speaks."""

from __future__ import annotations

import json

from hezhi.edge.api.site import openapi_text
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
