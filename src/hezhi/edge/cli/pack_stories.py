"""Plays a pack's stories for the command line, where there is a database with its tables."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from hezhi.edge.cli import ready
from hezhi.packkit import api as packkit
from hezhi.project import postgres


def stories_play(folder: Path, out: Console) -> dict[str, bool] | None:
    """Play every story of one pack and print how it went; return story name → passed.

    Returns None where no database runs or its tables are not up to date. A story leaves nothing behind.
    """
    if not ready.options().database_url and not postgres.is_running(ready.place()):
        return None
    with ready.database_up():
        ready.django_ready()
        if not _tables_ready():
            out.print("[yellow]The database lacks tables.[/yellow] Run 'hezhi django migrate' first.")
            return None
        from hezhi.edge.stories.play import story_play

        pack = packkit.pack_read(folder)
        before = packkit.shelf()
        packkit.shelf_use(packkit.Shelf([folder]))
        try:
            told = {}
            for story in pack.stories:
                findings = story_play(pack, story)
                told[story.name] = not findings
                out.print(
                    f"  [{'red]fails' if findings else 'green]holds'}[/] {pack.id}: {story.name}", highlight=False
                )
                for finding in findings:
                    out.print(f"    step {finding.step}: {finding.says}", markup=False, highlight=False)
            return told
        finally:
            packkit.shelf_use(before)


def _tables_ready() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
