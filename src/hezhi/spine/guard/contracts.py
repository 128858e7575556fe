"""What a pass says, and what is known of a protected table."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hezhi.spine.permissions.contracts import Actor


@dataclass(frozen=True)
class Pass:
    """Who asks the database, and whether a command is under way.

    Attributes:
        actor: None for a stranger.
        is_acting: inside a command (or one of the listed house reads): every row is in reach, since a command
            touches rows of others too, and the rooms have asked for the right before.
    """

    actor: Actor | None = None
    is_acting: bool = False

    @property
    def acting(self) -> Pass:
        """The same asker, inside a command."""
        return self if self.is_acting else replace(self, is_acting=True)


@dataclass(frozen=True)
class Policy:
    """Which rows of one table a reader sees.

    Attributes:
        reads: SQL condition over the table's columns, built with the functions of ``install.FUNCTIONS``.
        checks: SQL condition on the rows that a command may write.
    """

    table: str
    reads: str
    checks: str = "true"
