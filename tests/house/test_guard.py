"""PostgreSQL itself shows the web no row its asker may not see, whatever SQL is sent.

The statements here are raw, as an attacker's would be who got through a filter: rooms and their rights are not
asked. Pages and API run under the same role in every other test.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from hezhi.edge.cli import ready
from hezhi.edge.now import now
from hezhi.edge.web.tests.office import Office, office  # noqa: F401
from hezhi.flow.alerts import queries as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.cases import queries as case_rows
from hezhi.flow.checks import queries as checks
from hezhi.flow.checks.models import Answer
from hezhi.flow.detection import queries as detection
from hezhi.flow.intake import queries as records
from hezhi.flow.tasks import queries as tasks
from hezhi.project import postgres
from hezhi.spine.guard import api as guard
from hezhi.spine.guard import rules
from hezhi.spine.guard.contracts import Pass
from hezhi.spine.guard.current import PASS
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.wiring.policies import OPEN, POLICIES

pytestmark = pytest.mark.django_db
SRC = Path(__file__).resolve().parents[2] / "src/hezhi"
GUARDED = sorted(policy.table for policy in POLICIES)
OFFICERS = ("duty_officer", "coordinator", "supervisor", "housing_bureau", "market_supervision", "grid_worker",
            "analyst", "operator")  # fmt: skip


@pytest.fixture
def at_work(office: Office) -> Office:  # noqa: F811
    """A town with a case under way, one that waits, and a second alert."""
    case = office.opened("k1")
    cases.case_accept(case_id=case.id, by=office.actor("housing_bureau"), at=now())
    office.opened("k2", spot="春江路18号旁空地")
    office.alerted("k3", spot="和畅路2号", standing_on="marked_bay")
    return office


@contextmanager
def as_web(actor: Actor | None = None) -> Iterator[None]:
    """Send what follows as the web's role, with the pass of ``actor``."""
    with guard.asking():
        if actor is not None:
            guard.asked_by(actor)
        yield


def rows(query: str, *given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return cursor.fetchall()


def ids(table: str) -> set[Any]:
    return {one for (one,) in rows(f"SELECT id FROM {table}")}


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(DatabaseError) as told, transaction.atomic():
        work()
    return str(told.value)


def test_every_table_is_guarded_or_open_for_a_stated_reason() -> None:
    assert not set(GUARDED) & set(OPEN)
    assert guard.tables_unguarded() == frozenset(OPEN)


def test_the_webs_role_is_nobody_and_owns_nothing() -> None:
    role, act = settings.WEB_ROLE, settings.ACT_ROLE
    attributes = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles"
    assert rows(f"{attributes} WHERE rolname IN (%s, %s)", role, act) == [(False,) * 5] * 2
    assert rows("SELECT relname FROM pg_class WHERE relowner IN (%s::regrole, %s::regrole)", role, act) == []
    member = "SELECT roleid::regrole::text, inherit_option FROM pg_auth_members WHERE member = %s::regrole"
    assert rows(member, role) == [(act, False)]
    assert rows(member, act) == []


def test_the_role_of_commands_opens_nothing_by_itself(at_work: Office) -> None:
    with as_web(at_work.actor("coordinator")):
        rows("SELECT set_config('role', %s, false)", settings.ACT_ROLE)
        for table in GUARDED:
            assert rows(f"SELECT count(*) FROM {table}") == [(0,)], table
        connection.connection.hezhi_pass = None


@pytest.mark.parametrize("table", GUARDED)
def test_raw_sql_without_an_actor_finds_nothing(at_work: Office, table: str) -> None:
    with as_web():
        assert rows("SELECT current_user") == [(settings.WEB_ROLE,)]
        assert rows(f"SELECT count(*) FROM {table}") == [(0,)]


def test_the_scene_has_rows_to_be_found(at_work: Office) -> None:
    for table in ("cases_case", "tasks_task", "intake_record", "alerts_alert", "ledger_line", "notices_notice"):
        assert rows(f"SELECT count(*) FROM {table}") != [(0,)], table


@pytest.mark.parametrize("name", OFFICERS)
def test_a_reader_finds_by_raw_sql_what_the_rooms_would_show(at_work: Office, name: str) -> None:
    actor = at_work.actor(name)
    shown = {
        "cases_case": case_rows.visible(actor),
        "tasks_task": tasks.visible(actor),
        "alerts_alert": alerts.visible(actor),
        "detection_hit": detection.visible(actor),
    }
    wanted = {table: set(found.values_list("id", flat=True)) for table, found in shown.items()}
    of_cases = {one for case_id in wanted["cases_case"] for one in cases.records_of(case_id=case_id)}
    every_key = {one for (one,) in rows("SELECT subject FROM vault_key")}
    wanted["intake_record"] = set(records.readable(actor).values_list("id", flat=True)) | of_cases
    with as_web(actor):
        found = {table: ids(table) for table in wanted}
        keys = {one for (one,) in rows("SELECT subject FROM vault_key")}
    assert found == wanted
    named = {"cases_case": "case", "alerts_alert": "alert", "detection_hit": "hit", "intake_record": "record"}
    assert keys == every_key & {f"{kind}:{one}" for table, kind in named.items() for one in wanted[table]}


@pytest.mark.parametrize("name", OFFICERS)
def test_a_reader_finds_by_raw_sql_the_answers_that_the_log_would_show(at_work: Office, name: str) -> None:
    duty = at_work.actor("duty_officer")
    here = min(permissions.scopes(duty, Right.CHECK_RUN).region_paths)
    for asker, path in ((duty.ref, here), ("machine:gate", here), ("machine:gate", "890102.890102001")):
        Answer.objects.create(
            pack_id="p", pack="p@2026.1", check_id="c", answer="ok", colour="green", told={}, given={}, asker=asker,
            region_path=path, at=now(), keep_until_at=now(), request_hash="",
        )  # fmt: skip
    actor = at_work.actor(name)
    shown = set(checks.visible(actor).values_list("id", flat=True))
    with as_web(actor):
        found = ids("checks_answer")
    assert found == shown
    assert len(found) == {"duty_officer": 1, "supervisor": 2}.get(name, 0)


BARRED = {
    "cases_case": "id", "cases_caserecord": "case_id", "cases_participant": "case_id", "cases_order": "case_id",
    "cases_contest": "case_id", "tasks_task": "case_id", "alerts_alert": "case_id",
}  # fmt: skip


@pytest.mark.parametrize("name", ["housing_bureau", "supervisor", "duty_officer", "coordinator"])
def test_whoever_has_an_interest_in_a_case_finds_no_row_of_it_and_all_of_others(at_work: Office, name: str) -> None:
    case = next(one for one in case_rows.visible(at_work.actor("housing_bureau")).order_by("id"))
    chains = {f"case:{case.id}", *(f"record:{one}" for one in cases.records_of(case_id=case.id))}
    actor = at_work.actor(name)
    with as_web(actor):
        before = {table: ids(table) for table in ("cases_case", "intake_record", "alerts_alert")}
        assert case.id in before["cases_case"]

    cases.case_recuse(case_id=case.id, person_id=actor.person_id, reason="亲属", by=actor, at=now())

    with as_web(at_work.actor(name)):
        for table, column in BARRED.items():
            assert rows(f"SELECT count(*) FROM {table} WHERE {column} = %s", case.id) == [(0,)], table
        assert rows("SELECT count(*) FROM ledger_line WHERE chain = ANY(%s)", sorted(chains)) == [(0,)]
        assert rows("SELECT count(*) FROM vault_key WHERE subject = ANY(%s)", sorted(chains)) == [(0,)]
        assert rows("SELECT count(*) FROM notices_notice WHERE about = %s", f"case:{case.id}") == [(0,)]
        assert rows("SELECT count(*) FROM documents_document WHERE about = %s", f"case:{case.id}") == [(0,)]
        after = {table: ids(table) for table in before}
    gone = {table: before[table] - after[table] for table in before}
    records = {int(one.partition(":")[2]) for one in chains if one.startswith("record:")}
    assert gone["cases_case"] == {case.id}
    assert gone["intake_record"] == before["intake_record"] & records
    assert len(gone["alerts_alert"]) == len(before["alerts_alert"] & {case.alert_id})


def test_an_agency_outside_a_case_finds_nothing_of_it(at_work: Office) -> None:
    with as_web(at_work.actor("market_supervision")):
        for table in GUARDED:
            if table not in ("notices_notice", "notices_delivery", "cases_precedent"):
                assert rows(f"SELECT count(*) FROM {table}") == [(0,)], table
        assert rows("SELECT count(*) FROM ledger_line WHERE chain LIKE 'case:%%'") == [(0,)]


def test_the_lead_agency_finds_its_own_case_with_its_lines_and_no_other(at_work: Office) -> None:
    actor = at_work.actor("housing_bureau")
    with as_web(actor):
        chains = {chain for (chain,) in rows("SELECT DISTINCT chain FROM ledger_line")}
        seen = ids("cases_case")
    assert {one for one in chains if one.startswith("case:")} == {f"case:{one}" for one in seen}
    assert not {one for one in chains if one.partition(":")[0] not in ("case", "record")}


def test_a_pass_cannot_be_written_changed_or_kept_for_later(at_work: Office) -> None:
    everything = Pass(Actor.system("x"))
    scopes = {right: permissions.scopes(everything.actor, right) for right in rules.GUARDED}
    true = rules.signed(everything, scopes, 2**33, settings.PASS_KEY)
    forged = (
        rules.signed(everything, scopes, 2**33, b"another key"),
        true.replace('"acts":false', '"acts":true'),
        rules.signed(everything, scopes, 1, settings.PASS_KEY),
        true[64:],
        true[:64],
        "x",
    )

    def count() -> int:
        return rows("SELECT count(*) FROM cases_case")[0][0]

    with as_web():
        assert count() == 0
        rows("SELECT set_config('hezhi.pass', %s, false)", true)
        assert count() == 2
        for one in forged:
            rows("SELECT set_config('hezhi.pass', %s, false)", one)
            assert count() == 0, one
        connection.connection.hezhi_pass = None


def test_the_key_of_passes_is_out_of_reach(at_work: Office) -> None:
    with as_web(Actor.system("x")):
        assert "permission denied" in refused(lambda: rows("SELECT * FROM guard_key"))
        assert "must be owner" in refused(lambda: rows("ALTER TABLE cases_case DISABLE ROW LEVEL SECURITY"))
        assert "must be owner" in refused(lambda: rows("DROP POLICY guard_read ON cases_case"))


def test_reading_writes_nothing(at_work: Office) -> None:
    before = ledger.last_line_id()
    for table in GUARDED:
        for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            assert rows("SELECT has_table_privilege(%s, %s, %s)", settings.WEB_ROLE, table, right) == [(False,)], table
    with as_web(at_work.actor("coordinator")):
        assert "permission denied" in refused(lambda: rows("UPDATE cases_case SET title = 'x' RETURNING id"))
        assert "permission denied" in refused(lambda: rows("DELETE FROM cases_order RETURNING id"))
    assert ledger.last_line_id() == before


def test_nobody_signs_for_another(at_work: Office) -> None:
    before = ledger.last_line_id()
    by, other = at_work.actor("coordinator"), at_work.actor("supervisor")

    @guard.act
    def signed(actor: Actor) -> None:
        ledger.line_append(chain="case:1", act="case.note", by=actor, at=now(), body={})

    with as_web(by):
        assert "row-level security" in refused(lambda: signed(other))
        assert PASS.get() == Pass(by)
        assert "row-level security" in refused(lambda: signed(Actor(ref="service:x", name="x")))
        assert ledger.last_line_id() == before
        for actor in (by, Actor.system("sweep"), Actor.citizen("JL1")):
            signed(actor)
    with as_web():
        assert "row-level security" in refused(lambda: signed(by))
    assert rows("SELECT actor FROM ledger_line WHERE id > %s ORDER BY id", before) == [
        (by.ref,),
        ("system:sweep",),
        ("citizen:JL1",),
    ]


def test_what_a_rollback_took_back_is_told_again(at_work: Office) -> None:
    with as_web(at_work.actor("coordinator")):
        for _ in range(2):
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                rows("SELECT 1 FROM cases_case")
                raise ZeroDivisionError
            assert rows("SELECT count(*) FROM cases_case") == [(2,)]


def test_outside_a_request_the_owner_is_not_held(at_work: Office) -> None:
    with as_web():
        assert rows("SELECT count(*) FROM cases_case") == [(0,)]
    assert rows("SELECT count(*) FROM cases_case") == [(2,)]
    assert rows("SELECT current_user") != [(settings.WEB_ROLE,)]


def test_signed_in_with_its_own_password_the_role_sees_nothing_and_dumps_nothing(tmp_path: Path) -> None:
    if settings.HEZHI.database_url:
        pytest.skip("another server than the embedded one: its rules for signing in are its own")
    given = connection.get_connection_params()
    told = {name: given[name] for name in ("dbname", "host") if given.get(name)}
    told |= {"user": settings.WEB_ROLE, "password": settings.WEB_PASSWORD}
    with psycopg.connect(**told) as web:
        assert web.execute("SELECT current_user, count(*) FROM cases_case").fetchone() == (settings.WEB_ROLE, 0)
    program = postgres.binaries(ready.place(), ready.options().pgbin) / "pg_dump"
    address = psycopg.conninfo.make_conninfo(**told)
    done = subprocess.run(
        [program, "-d", address, "-f", tmp_path / "dump"], capture_output=True, text=True, env={**os.environ}
    )
    assert done.returncode != 0
    assert "permission denied" in done.stderr
    assert not (tmp_path / "dump").exists() or "COPY" not in (tmp_path / "dump").read_text()


HOUSE_READS = {
    "record_files": "files and counts per file, for rooms only; the indicators room asks who may read names",
    "case_basis": "ids of records and alerts, for rooms only",
    "case_ids_of": "ids of cases, for rooms only",
    "alerts_hits": "ids of hits, for rooms only",
    "hits_basis": "counts per detector and ids of records, for rooms only",
    "_facts": "what the ledger says of the cases of a month, counted as indicators are",
    "sources_listed": "sources stand open; no row of theirs is told",
    "arrivals_by_day": "counts per source and day, for rooms only",
    "arrivals_newest": "moments and counts of deliveries, for rooms only",
    "arrivals_doubtful": "counts per source and rule, for rooms only",
    "answer_get": "number and code open one report; its case is the house's to find",
    "openings_of": "number and code open one report; who opened its fields is its reporter's to know",
    "record_known": "number and code are what is asked",
    "rights_of": "number and code open one record; its requests and their cases are the subject's to know",
    "_sheet": "the case of a request was asked before; the record concerned is told masked",
    "_request_of": "a case that the reader sees; the number of the record concerned",
    "record_by_number": "number and code are what is asked",
    "story_of": "number and code open one report; the story names no officer",
    "_breaks": "places of breaks of the ledger, for whoever may verify; words are opened to be compared, and not told",
    "_counts": "two counts of the whole house for watching machines",
    "_of_everybody": "counts of lines and of messages given up, by reason, for whoever runs the house",
    "_case_of": "number and code were asked before; an id for the contest",
    "recalls_of": "counts of samples over the whole house; no subject and no record among them",
    "entry_match": "a check asks which records are the same subject; ids and weights, no value, for rooms only",
}
PARTS_OF_COMMANDS = {
    "_answer_act": "a reporter's rating or contest, number and code asked before",
    "_claimed": "the note of an answer, by actor and key",
    "_note": "the note of an answer, by actor and key",
    "_noted": "the note of an answer, by actor and key",
    "batch_take": "a command of several transactions",
    "check_run": "a command that writes one line, and needs no transaction for it",
    "push_take": "a command of several transactions",
}


@pytest.mark.parametrize(("mark", "told"), [("house_read", HOUSE_READS), ("acting", PARTS_OF_COMMANDS)])
def test_what_looks_further_than_its_reader_is_told(mark: str, told: dict[str, str]) -> None:
    pattern = re.compile(rf"^@guard\.{mark}\n(?:@.*\n)*def (\w+)", re.MULTILINE)
    found = {name for file in SRC.rglob("*.py") for name in pattern.findall(file.read_text())}
    assert found == set(told)


@pytest.mark.django_db(transaction=True)
def test_a_connection_handed_on_is_told_anew() -> None:
    with as_web():
        rows("SELECT 1")
        kept = connection.connection.hezhi_pass
    with as_web():
        connection.close()
        rows("SELECT 1")
        rows("SELECT set_config('hezhi.pass', 'of another', false)")
        assert connection.connection.hezhi_pass == kept
        raw = connection.connection
        with pytest.MonkeyPatch.context() as patch:  # as a pool does: the same connection again
            patch.setattr(connection.Database, "connect", lambda **_: raw)
            connection.connection = None
            assert rows("SELECT current_setting('hezhi.pass')") == [(kept,)]
