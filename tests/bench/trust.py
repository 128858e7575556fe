"""What trust costs: the same acts with row policies, sealing and ledger, and with one after the other off, in turn.

Without policies the connection is the owner's; see `untrusted` for the other two.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

from django.db import transaction
from tests.bench.figures import Figure, median, times_ms
from tests.bench.untrusted import without_ledger, without_sealing
from tests.house.cli_table import CliTable
from tests.house.permission_table import Table
from tests.house.test_routes import page_cells, scene_make

from hezhi.edge.api.tests.factories import place_make
from hezhi.edge.stories.town import VILLAGE, Town, town_make
from hezhi.edge.web.tests.office import office_make
from hezhi.flow.cases import api as cases
from hezhi.flow.intake import api as intake
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor
from hezhi.wiring.policies import OPEN

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PACK, MATTER = "fire_lane", 0
ROUNDS = 100
WAYS = ("all", "without policies", "without sealing too", "bare")
VALUES = {"region": VILLAGE, "happened_at": "2026-03-02 08:50", "fully_blocked": True, "contact_phone": "13900000102"}


def measure() -> list[Figure]:
    table = _table()  # first: its pages look at the newest of a small town
    pack = packkit.shelf().get(PACK)
    town = town_make(pack, START)
    lead, supervisor = town.actor(pack.matters[MATTER].lead, START), town.actor("supervisor", START)
    opened = [_open(pack, town, number) for number in range(len(WAYS) * ROUNDS)]

    def accept(number: int) -> None:
        with _trust(lead, WAYS[number % len(WAYS)]):
            cases.case_accept(case_id=opened[number], by=lead, at=START + timedelta(minutes=1))

    def urge(number: int) -> None:
        with _trust(supervisor, WAYS[number % len(WAYS)]):
            at = START + timedelta(minutes=2)
            cases.case_urge(case_id=opened[number], text="请抓紧", by=supervisor, at=at)

    def report(number: int) -> None:
        with _trust(None, WAYS[number % len(WAYS)]):
            values = VALUES | {"spot": f"和畅路{number}号", "lane": pack.matters[MATTER].id}
            by, at = Actor.citizen("bench"), START + timedelta(minutes=3)
            intake.record_report(pack_id=PACK, kind="report", values=values, by=by, at=at, key=f"b{number}")

    sums, told = [0.0] * len(WAYS), []
    for work in (accept, urge, report):
        took = times_ms(work, len(WAYS) * ROUNDS)
        medians = [median(took[place :: len(WAYS)]) for place in range(len(WAYS))]
        sums = [before + one for before, one in zip(sums, medians, strict=True)]
        told.append(f"{work.__name__} {'/'.join(f'{one:.0f}' for one in medians)} ms")
    note = f"medians of {ROUNDS} each, in turn; {', '.join(told)} ({'/'.join(WAYS)}: without the ledger too)"
    return [
        *table,
        Figure("trust.act_ratio_on_off", sums[0] / sums[3], "ratio", 1.0, note),
        Figure("trust.act_ratio_policies", sums[0] / sums[1], "ratio", 1.0, note),
        Figure("trust.act_ratio_sealing", sums[1] / sums[2], "ratio", 1.0, note),
        Figure("trust.act_ratio_ledger", sums[2] / sums[3], "ratio", 1.0, note),
    ]


def _table() -> list[Figure]:
    """Run the permission table: API and commands, and pages × people; look whether every table is guarded.

    Each is asked in a town of its own, which is taken back.
    """
    with transaction.atomic():
        pages = [got in wanted for _, _, wanted, got in page_cells(scene_make(office_make()))]
        transaction.set_rollback(True)
    with transaction.atomic():
        table = Table(place_make())
        routes, commands = ([one.is_right for one in cells] for cells in (table.cells(), CliTable(table).cells()))
        transaction.set_rollback(True)
    cells = [*pages, *routes, *commands]
    unguarded = guard.tables_unguarded() - set(OPEN)
    note = (
        f"{len(routes)} of the API and {len(commands)} of the command line × roles × own and other agency × own and "
        f"other region; {len(pages)} of pages × a stranger, the lead, an outsider, and the roles likewise"
    )
    return [
        Figure("trust.permission_cells", len(cells), "cells", None, note),
        Figure("trust.permission_failures", cells.count(False), "cells", None, "came out otherwise, or left a trace"),
        Figure("trust.tables_without_policy", len(unguarded), "tables", None, "neither guarded nor open for a reason"),
    ]


@contextmanager
def _trust(actor: Actor | None, way: str) -> Iterator[None]:
    with ExitStack() as stack:
        if way == "all":
            stack.enter_context(guard.asking())
            if actor is not None:
                guard.asked_by(actor)
        if way in WAYS[2:]:
            stack.enter_context(without_sealing())
        if way == "bare":
            stack.enter_context(without_ledger())
        yield


def _open(pack: Pack, town: Town, number: int) -> int:
    new = cases.NewCase(
        pack_id=pack.id, matter=pack.matters[MATTER].id, title=f"第{number}号", subject=f"t{number}",
        region_code=town.region, region_path=town.region_path, grade="yellow", record_ids=(10**6 + number,),
    )  # fmt: skip
    return cases.case_open(new=new, by=Actor.system("bench"), at=START).id
