"""Django's PostgreSQL, telling the server who asks before the first statement that needs it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base

from hezhi.spine.guard.contracts import Pass
from hezhi.spine.guard.current import PASS, text_of

UNKNOWN = object()
_TELL = "SELECT set_config('hezhi.pass', %s, false), set_config('role', %s, false)"


class DatabaseWrapper(base.DatabaseWrapper):
    """Sends the pass of the current thread when the connection does not have it yet.

    What the connection was told last is kept on the connection itself, since a pool hands it on. A rollback takes
    the setting back with it, so after one it is told anew.
    """

    def create_cursor(self, name: str | None = None) -> Any:
        told = PASS.get()
        wanted = text_of(told)
        if getattr(self.connection, "hezhi_pass", "") != wanted:
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
