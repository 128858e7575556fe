"""What the words say: how well a classifier learns the real labels, and which things many write about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from hezhi.edge.real.messages import Message
from hezhi.edge.real.plan import Labels
from hezhi.services.text import api as text
from hezhi.services.text.contracts import HotIssue, SplitEvaluation
from hezhi.services.text.contracts import Message as TextMessage


def samples_read(file: Path, labels: Labels) -> list[tuple[str, str]]:
    """Return ``(text, label)`` of every row of a table, in its order."""
    import duckdb

    with duckdb.connect() as connection:
        query = f'SELECT "{labels.text}", "{labels.label}" FROM read_parquet(?)'  # noqa: S608 -- names of our own plan
        rows = connection.execute(query, [str(file)]).fetchall()
    return [(str(words), str(label)) for words, label in rows]


def classifier_judged(file: Path, labels: Labels) -> SplitEvaluation:
    """Train on four fifths of the table and judge on the rest."""
    return text.evaluate_fixed_split(samples_read(file, labels))


def hot_found(messages: Sequence[Message], keys: Collection[str]) -> tuple[HotIssue, ...]:
    """Return the things that many of the accepted messages concern, the hottest first."""
    return text.hot_issues(
        TextMessage(one.key, f"{one.title}\n{one.body}", one.at, "", one.support_count, one.reporter)
        for one in messages
        if one.key in keys and one.at is not None
    )
