"""Every operation of the API on a thing × everybody: what the table wants comes, and refusals leave no trace."""

from __future__ import annotations

import pytest
from tests.house.permission_table import ELSEWHERE, EVERYBODY, Table, operations

from hezhi.edge.api.site import openapi
from hezhi.edge.api.tests.factories import place_make

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_every_cell_is_what_the_rights_of_roles_say() -> None:
    cells = list(Table(place_make()).cells())

    wrong = [one for one in cells if not one.is_right]
    assert not wrong, "\n".join(str(one) for one in wrong)
    assert len(cells) == len(EVERYBODY) * len(list(operations()))
    assert {one.wanted for one in cells} == {"hidden", "refused", "let through", "sign in"}


def test_what_has_no_row_is_there_and_has_a_reason() -> None:
    names = {told["operationId"] for methods in openapi()["paths"].values() for told in methods.values()}
    assert set(ELSEWHERE) <= names
