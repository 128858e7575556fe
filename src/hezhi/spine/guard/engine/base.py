"""Django's PostgreSQL, telling the server who asks before the first statement that needs it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base

from hezhi.spine.guard.current import PASS, text_of

UNKNOWN = object()
_TELL = "SELECT set_config('hezhi.pass', %s, false)"
_TELL_AS = "SELECT set_config('hezhi.pass', %s, false), set_config('role', %s, false)"


class DatabaseWrapper(base.DatabaseWrapper):
    """Sends the pass of the current thread when the connection does not have it yet.

    What the connection was told last is kept on the connection itself, since a pool hands it on. A rollback takes
    the setting back with it, so after one it is told anew.
    """

    def create_cursor(self, name: str | None = None) -> Any:
        wanted = text_of(PASS.get())
        if getattr(self.connection, "hezhi_pass", "") != wanted:
            self._tell(wanted)
        return super().create_cursor(name)

    def _tell(self, wanted: str) -> None:
        role = settings.GUARD_ROLE
        with self.wrap_database_errors:
            if role:
                self.connection.execute(_TELL_AS, [wanted, role if wanted else "none"])
            else:
                self.connection.execute(_TELL, [wanted])
        self.connection.hezhi_pass = wanted

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
