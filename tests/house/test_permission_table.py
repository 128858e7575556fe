"""Every operation of the API on a thing × everybody: what the table wants comes, and refusals leave no trace."""

from __future__ import annotations

import pytest
from tests.house import cli_table
from tests.house.permission_table import ELSEWHERE, EVERYBODY, Table, operations

from hezhi.edge.api.site import openapi
from hezhi.edge.api.tests.factories import place_make
from hezhi.edge.cli.pages.rights import rights_page
from hezhi.edge.web import urls
from hezhi.flow.cases.states import MOVES
from hezhi.project.options import ROOT
from hezhi.spine.permissions.contracts import Right

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_every_cell_is_what_the_rights_of_roles_say() -> None:
    cells = list(Table(place_make()).cells())

    wrong = [one for one in cells if not one.is_right]
    assert not wrong, "\n".join(str(one) for one in wrong)
    assert len(cells) == len(EVERYBODY) * len(list(operations()))
    assert {one.wanted for one in cells} == {"hidden", "refused", "let through", "sign in"}


@pytest.mark.slow
def test_every_command_given_by_everybody_is_what_the_rights_of_roles_say() -> None:
    cells = list(cli_table.CliTable(Table(place_make())).cells())

    wrong = [one for one in cells if not one.is_right]
    assert not wrong, "\n".join(str(one) for one in wrong)
    officers = len(EVERYBODY) - 1
    assert len(cells) == officers * len(cli_table.BY_AN_OFFICER) + len(cli_table.OPENS_THE_DATABASE)
    assert {one.wanted for one in cells} == {"hidden", "refused", "let through", "nothing"}


def test_every_command_is_of_one_kind_and_none_is_forgotten() -> None:
    kinds = (cli_table.BY_AN_OFFICER, cli_table.OPENS_THE_DATABASE, cli_table.THE_MACHINE)
    told = [command for kind in kinds for command in kind]

    assert sorted(told) == sorted(set(cli_table.commands(cli_table.tree())))
    assert len(told) == len(set(told))


def test_a_command_takes_an_officer_exactly_where_the_table_says() -> None:
    by = {name for name, params in cli_table.options(cli_table.tree()) if "by" in params}

    assert by == set(cli_table.BY_AN_OFFICER)


def test_what_has_no_row_is_there_and_has_a_reason() -> None:
    names = {told["operationId"] for methods in openapi()["paths"].values() for told in methods.values()}
    assert set(ELSEWHERE) <= names


def test_the_page_of_rights_tells_every_right_route_and_brake() -> None:
    page = rights_page()

    assert (ROOT / "docs/reference/rights.md").read_text() == page
    assert [right for right in Right if f"| `{right}` |" not in page] == []
    assert [act for act in MOVES if f"| `{act}` |" not in page] == []
    assert [one.name for one in urls.urlpatterns if f"| `{one.name}` | `{one.pattern}` |" not in page] == []
    assert "| sign-in | 8 | 60 | 100 |" in page
    assert "| code | 8 | 60 | 20 |" in page
