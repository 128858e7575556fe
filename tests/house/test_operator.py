"""The operator's commands do what they say, and tell by their exit code."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hezhi.edge.cli.main import assemble
from hezhi.spine.ledger.api import line_append
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)


def hezhi(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(assemble(), list(arguments))
    return done.exit_code, done.output


def test_the_ledger_is_verified_sealed_and_exported(tmp_path: Path) -> None:
    assert hezhi("ledger", "verify") == (0, "0 breaks up to line 0\n")
    line_append(chain="test:1", act="test.done", by=Actor.system("test"), at=AT, body={"a": 1})
    code, said = hezhi("ledger", "seal")
    assert (code, said.split(",")[0]) == (0, "seal 1: 1 lines")
    code, said = hezhi("ledger", "verify")
    assert (code, said.split(" up to")[0]) == (0, "0 breaks")
    code, said = hezhi("ledger", "export", str(tmp_path / "out"))
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["heads.jsonl", "lines.jsonl", "seals.jsonl"]


def test_indicators_are_recomputed_from_an_empty_ledger_to_nothing() -> None:
    assert hezhi("indicator", "recompute") == (0, "0 values recomputed from the ledger\n")
