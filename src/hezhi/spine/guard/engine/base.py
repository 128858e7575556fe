"""Django's PostgreSQL, telling the server who asks before the first statement that needs it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from hezhi.spine.guard.contracts import Pass
from hezhi.spine.guard.current import PASS, text_of

UNKNOWN = object()
INERROR = TransactionStatus.INERROR
_TELL = "SELECT set_config('hezhi.pass', %s, false), set_config('role', %s, false)"


class DatabaseWrapper(base.DatabaseWrapper):
    """Sends the pass of the current thread when the connection does not have it yet.

    What the connection was told last is kept on the connection itself. A rollback takes the setting back with it, so
    after one it is told anew.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Take a connection, of a pool perhaps: a request does not rely on what its last user told it.

        A process that guards nothing tells nothing, so that SET TRANSACTION may be its first statement.
        """
        connection = super().get_new_connection(conn_params)
        connection.hezhi_pass = getattr(connection, "hezhi_pass", "") if PASS.get() is None else UNKNOWN
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        told = PASS.get()
        wanted = text_of(told)
        # A failed transaction takes nothing but the way back, after which the pass is told anew.
        if self.connection.hezhi_pass != wanted and self.connection.info.transaction_status != INERROR:
            with self.wrap_database_errors:
                self.connection.execute(_TELL, [wanted, _role_of(told)])
            self.connection.hezhi_pass = wanted
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
