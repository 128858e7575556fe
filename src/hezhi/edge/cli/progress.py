"""How far long work has come: a bar where somebody watches, else a line for every tenth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Begin = Callable[[str, int], Callable[[int], None]]


@contextmanager
def parts_shown(console: Console) -> Iterator[Begin]:
    """Give what begins a part: ``begin(name, total)`` returns what is called with the count done so far."""
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:

        def begin(name: str, total: int) -> Callable[[int], None]:
            task, told = bar.add_task(name, total=total), 0

            def done(count: int) -> None:
                nonlocal told
                bar.update(task, completed=count)
                tenths = count * 10 // max(total, 1)
                if not console.is_terminal and tenths > told:
                    told = tenths
                    console.print(f"  {name}: {count} of {total}")

            return done

        yield begin
