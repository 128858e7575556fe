"""Django's PostgreSQL, telling the server who asks with the first statement that needs it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from psycopg import sql
from psycopg.pq import TransactionStatus

from hezhi.spine.guard.contracts import Pass
from hezhi.spine.guard.current import PASS, text_of

UNKNOWN = object()
INERROR = TransactionStatus.INERROR
_TELL = sql.SQL("SELECT set_config('hezhi.pass', {}, false), set_config('role', {}, false);")


class Telling(base.Cursor):
    """Sends the pass of the current thread in front of a statement when the connection does not have it yet.

    Both go in one message, so telling takes no way of its own. The server plans a statement only when it has done
    those before it, so the statement is planned for the role that was told.
    """

    def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
        untold = _untold(self.connection)
        if untold is None:
            return super().execute(query, params, **how)
        if PASS.get() is None:  # an operator's statement may be one that stands alone, as VACUUM does
            tell(self.connection)
            return super().execute(query, params, **how)
        wanted, head = untold
        text = query.as_string(self.connection) if isinstance(query, sql.Composable) else query
        if params is not None:
            head = head.replace("%", "%%")
        self.connection.hezhi_pass = UNKNOWN  # a statement that fails takes the telling back with it
        super().execute(head + text, params, **how)
        self.nextset()
        self.connection.hezhi_pass = wanted
        return self

    def executemany(self, *given: Any, **how: Any) -> Any:
        tell(self.connection)
        return super().executemany(*given, **how)

    def stream(self, *given: Any, **how: Any) -> Any:
        tell(self.connection)
        return super().stream(*given, **how)

    def copy(self, *given: Any, **how: Any) -> Any:
        tell(self.connection)
        return super().copy(*given, **how)


def _untold(connection: Any) -> tuple[str, str] | None:
    """Return the pass that a connection has yet to be told, and the statement that tells it.

    None where it has it, where it is being set up, and in a failed transaction: that takes nothing but the way back,
    after which the pass is told anew.
    """
    told = PASS.get()
    wanted = text_of(told)
    if getattr(connection, "hezhi_pass", wanted) == wanted or connection.info.transaction_status == INERROR:
        return None
    return wanted, _TELL.format(wanted, _role_of(told)).as_string(connection)


def tell(connection: Any) -> None:
    """Tell a connection the pass of the current thread by a statement of its own."""
    untold = _untold(connection)
    if untold is not None:
        connection.hezhi_pass, statement = untold  # before, for this statement asks as well what is untold
        try:
            connection.execute(statement)
        except BaseException:
            connection.hezhi_pass = UNKNOWN
            raise


class DatabaseWrapper(base.DatabaseWrapper):
    """Keeps on each connection what it was told last; a rollback takes that back, so after one it is told anew."""

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "cursor_factory": Telling}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Take a connection, of a pool perhaps: a request does not rely on what its last user told it.

        A process that guards nothing tells nothing, so that SET TRANSACTION may be its first statement.
        """
        connection = super().get_new_connection(conn_params)
        connection.hezhi_pass = getattr(connection, "hezhi_pass", "") if PASS.get() is None else UNKNOWN
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        if name:
            with self.wrap_database_errors:
                tell(self.connection)
        return super().create_cursor(name)

    def _forget(self) -> None:
        if self.connection is not None:
            self.connection.hezhi_pass = UNKNOWN

    def _rollback(self) -> None:
        super()._rollback()
        self._forget()

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)
        self._forget()

    def _commit(self) -> None:
        try:
            super()._commit()
        except BaseException:
            self._forget()
            raise


def _role_of(told: Pass | None) -> str:
    """Return the role that goes with a pass; "none" is whoever signed in."""
    if told is None:
        return "none"
    return settings.ACT_ROLE if told.is_acting else settings.READ_ROLE
