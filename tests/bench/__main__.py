"""Measures the promises of the loop in a database of its own and writes ``bench.json``.

    python -m tests.bench [lists] [acts] [intake]

Every figure stands beside a baseline measured in the same run. No test depends on these times.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hezhi.project.settings")
os.environ.setdefault("HEZHI_POOL_SIZE", "0")


def main(wanted: list[str]) -> int:
    from hezhi.edge.cli import ready

    with ready.database_up():
        import django

        django.setup()
        from django.db import connection
        from tests.bench import acts, intake, lists
        from tests.bench.figures import show

        parts = {"acts": acts.measure, "intake": intake.measure, "lists": lists.measure}
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            figures = [one for name, part in parts.items() if not wanted or name in wanted for one in part()]
        finally:
            connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    show(figures, Path("bench.json"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
