"""Schemathesis over the whole document: no 5xx, no status, type or shape that is not documented."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hezhi.edge.api.tests.factories import Place

schema = schemathesis.pytest.from_fixture("api_schema")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
TRIES = 8  # per operation; with 62 operations about half a minute


@pytest.fixture
def api_schema(place: Place) -> Any:
    """The document of an API with something in it: ids 1 and up may or may not exist, as it comes."""
    place.case()
    place.report()
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())


@schema.parametrize()
@seed(20260302)
@settings(
    max_examples=TRIES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)
def test_no_answer_is_undocumented(case: Any, place: Place):
    is_push = case.operation.path.startswith("/api/v1/intake")
    token = place.source_token() if is_push else place.token("coordinator")
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)
