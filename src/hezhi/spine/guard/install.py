"""What the owner writes into the database: the web's role, the functions that check a pass, and the policies."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.conf import settings
from django.db import InternalError, connection, transaction
from psycopg import sql

from hezhi.spine.guard import rules
from hezhi.spine.guard.contracts import Policy

TRIES = 20
SAME_ROLE = "tuple concurrently updated"  # how PostgreSQL refuses two changes of one role at once

FUNCTIONS = """
CREATE TABLE IF NOT EXISTS guard_key (inner_pad bytea NOT NULL, outer_pad bytea NOT NULL);

-- The claims of a pass that is signed and not over, else no row's worth of them: '{}'.
CREATE OR REPLACE FUNCTION guard_pass() RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    told text := current_setting('hezhi.pass', true);
    body text := substr(told, 66);
    found jsonb;
BEGIN
    IF coalesce(told, '') = '' OR NOT EXISTS (
        SELECT FROM guard_key k
        WHERE encode(sha256(k.outer_pad || sha256(k.inner_pad || convert_to(body, 'UTF8'))), 'hex') = left(told, 64)
    ) THEN
        RETURN '{}';
    END IF;
    found := body::jsonb;
    RETURN CASE WHEN (found->>'until')::bigint > extract(epoch FROM clock_timestamp()) THEN found ELSE '{}' END;
END $$;

-- Whether a command is under way; nothing else opens the role of commands any table.
CREATE OR REPLACE FUNCTION guard_acts() RETURNS boolean LANGUAGE sql STABLE
RETURN coalesce((guard_pass()->>'acts')::boolean, false);

CREATE OR REPLACE FUNCTION guard_ref() RETURNS text LANGUAGE sql STABLE RETURN guard_pass()->>'ref';

CREATE OR REPLACE FUNCTION guard_holds(p_right text) RETURNS boolean LANGUAGE sql STABLE
RETURN coalesce(guard_pass()->'rights' ? p_right, false);

-- What its reader has an interest in and so has nothing to do with: all of it by name, or ids of one kind.
CREATE OR REPLACE FUNCTION guard_barred() RETURNS text[] LANGUAGE sql STABLE
RETURN ARRAY(SELECT jsonb_array_elements_text(guard_pass()->'barred'));

CREATE OR REPLACE FUNCTION guard_barred_ids(p_kind text) RETURNS bigint[] LANGUAGE sql STABLE
RETURN ARRAY(SELECT split_part(one, ':', 2)::bigint FROM unnest(guard_barred()) AS one WHERE one LIKE p_kind || ':%');

-- Paths of regions, each with a dot at its end; the empty one begins every path.
CREATE OR REPLACE FUNCTION guard_regions(p_right text) RETURNS text[] LANGUAGE sql STABLE
RETURN ARRAY(SELECT jsonb_array_elements_text(guard_pass()->'rights'->p_right->'r'));

CREATE OR REPLACE FUNCTION guard_agencies(p_right text) RETURNS integer[] LANGUAGE sql STABLE
RETURN ARRAY(SELECT one::integer FROM jsonb_array_elements_text(guard_pass()->'rights'->p_right->'a') AS one);

CREATE OR REPLACE FUNCTION guard_cases(p_right text) RETURNS bigint[] LANGUAGE sql STABLE
RETURN ARRAY(SELECT one::bigint FROM jsonb_array_elements_text(guard_pass()->'rights'->p_right->'c') AS one);
"""

LEAKPROOF = """
DO $$ BEGIN
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        ALTER FUNCTION pg_catalog.arrayoverlap(anyarray, anyarray) LEAKPROOF;
        ALTER FUNCTION pg_catalog.arraycontains(anyarray, anyarray) LEAKPROOF;
        ALTER FUNCTION pg_catalog.textlike(text, text) LEAKPROOF;
    END IF;
END $$
"""
"""Lets lists of the web's role use their indexes. None of the three tells anything of a value by failing on it:
array operators fail on types alone, LIKE on its pattern alone. Without it lists are right, but slow."""

TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r'
"""


def guard_install(policies: Sequence[Policy]) -> int:
    """Bring role, functions, grants and policies up to date. Return how many tables are guarded.

    The connection must be the owner's. Doing it again changes nothing. Roles belong to the whole server: where another
    database of it sets up the same one at this moment, it is tried again.
    """
    for _ in range(TRIES - 1):
        try:
            return _install(policies)
        except InternalError as error:
            if SAME_ROLE not in str(error):
                raise
            time.sleep(0.1)
    return _install(policies)


@transaction.atomic
def _install(policies: Sequence[Policy]) -> int:
    inner, outer = rules.pads(settings.PASS_KEY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7501)")
        for role in (settings.WEB_ROLE, settings.ACT_ROLE):
            cursor.execute(_role_made(role))
        cursor.execute(FUNCTIONS)
        cursor.execute(LEAKPROOF)
        cursor.execute("DELETE FROM guard_key")
        cursor.execute("INSERT INTO guard_key VALUES (%s, %s)", [inner, outer])
        web, act = sql.Identifier(settings.WEB_ROLE), sql.Identifier(settings.ACT_ROLE)
        for told in (
            "ALTER ROLE {0} LOGIN PASSWORD {2}",
            "GRANT {1} TO {0} WITH INHERIT FALSE, SET TRUE",
            "GRANT USAGE ON SCHEMA public TO {0}, {1}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {0}, {1}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {0}, {1}",
            "REVOKE ALL ON guard_key FROM {0}, {1}, PUBLIC",
        ):
            cursor.execute(sql.SQL(told).format(web, act, sql.Literal(settings.WEB_PASSWORD)))
        for policy in policies:
            _guard(cursor, policy)
    return len(policies)


def _role_made(name: str) -> sql.Composed:
    return sql.SQL(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {}) THEN CREATE ROLE {}; END IF; END $$"
    ).format(sql.Literal(name), sql.Identifier(name))


def _guard(cursor: object, policy: Policy) -> None:
    web, act = sql.Identifier(settings.WEB_ROLE), sql.Identifier(settings.ACT_ROLE)
    told = (
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        "REVOKE INSERT, UPDATE, DELETE ON {table} FROM {web}",
        "DROP POLICY IF EXISTS guard_read ON {table}",
        "DROP POLICY IF EXISTS guard_act ON {table}",
        "CREATE POLICY guard_read ON {table} FOR SELECT TO {web} USING ({reads})",
        "CREATE POLICY guard_act ON {table} TO {act} USING ((SELECT guard_acts()))"
        " WITH CHECK ((SELECT guard_acts()) AND ({checks}))",
    )
    for one in told:
        cursor.execute(  # type: ignore[attr-defined]
            sql.SQL(one).format(
                table=sql.Identifier(policy.table),
                web=web,
                act=act,
                reads=sql.SQL(policy.reads),
                checks=sql.SQL(policy.checks),
            )
        )


def tables_unguarded() -> frozenset[str]:
    """Return the tables of this database that no policy guards, or whose policies are switched off."""
    with connection.cursor() as cursor:
        cursor.execute(
            TABLES + " AND NOT (c.relrowsecurity AND EXISTS"
            " (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'guard_read'))"
        )
        return frozenset(name for (name,) in cursor.fetchall())
