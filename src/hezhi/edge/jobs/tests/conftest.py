"""A worker in a process of its own, on the test database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection


@pytest.fixture
def worker(tmp_path: Path, transactional_db: None) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start ``hezhi worker`` against the test database; whatever still runs afterwards is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*flags: str, **environment: str) -> subprocess.Popen[bytes]:
        at = connection.settings_dict
        secret = quote(at["PASSWORD"], safe="")
        port = f":{at['PORT']}" if at["PORT"] else ""
        where = f"{port}/{at['NAME']}?host={quote(at['HOST'], safe='')}"
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "hezhi.project.settings",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "DATABASE_URL": f"postgresql://{at['USER']}:{secret}@{where}",
            "HEZHI_RUN_DIR": str(tmp_path),
            "HEZHI_KEY_FILE": str(settings.VAULT_KEY_FILE),  # addresses are sealed by the test's own process
            "HEZHI_WORKER_SILENT_SECONDS": "1",
            **environment,
        }
        started.append(subprocess.Popen([sys.executable, "-m", "hezhi.edge.cli", "worker", *flags], env=env))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
