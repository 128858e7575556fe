"""Databases with the demo city, and processes that work on them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
from django.db import connection
from psycopg import sql


def _url(name: str) -> str:
    given = connection.settings_dict
    login = f"{given['USER']}:{quote(str(given['PASSWORD']), safe='')}"
    return f"postgresql://{login}@/{name}?host={quote(str(given['HOST']), safe='')}&port={given['PORT'] or 5432}"


def admin(*statements: sql.Composable) -> None:
    with psycopg.connect(_url("postgres"), autocommit=True) as server:
        for statement in statements:
            server.execute(statement)


def drop(name: str) -> sql.Composed:
    return sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))


class City:
    """One database with the demo city, and processes that work on it."""

    def __init__(self, name: str, run_dir: Path) -> None:
        self.name, self.run_dir = name, run_dir
        keep = {"PATH", "HOME", "LANG", "PYTHONPATH", "VIRTUAL_ENV"}
        self.env = {key: value for key, value in os.environ.items() if key in keep} | {
            "DATABASE_URL": _url(name),
            "HEZHI_RUN_DIR": str(run_dir),
            "HEZHI_POOL_SIZE": "0",
            "DJANGO_SETTINGS_MODULE": "hezhi.project.settings",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.loop.killing", *words]
        return subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, text=True)

    def run(self, *words: str) -> str:
        process = self.start(*words)
        told, _ = process.communicate(timeout=900)
        assert process.returncode == 0, f"{words} ended with {process.returncode}"
        return told

    def fingerprint(self, *words: str) -> dict[str, object]:
        told: dict[str, object] = json.loads(self.run("fingerprint", *words).splitlines()[-1])
        return told

    @classmethod
    def empty(cls, name: str, folder: Path) -> City:
        admin(drop(name), sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return cls(name, folder / name)

    def copy(self, name: str) -> City:
        """Return a city like this one, with keys and sent messages of its own; nobody may be working on this one."""
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(self.name))
        admin(drop(name), made)
        other = City(name, self.run_dir.with_name(name))
        shutil.copytree(self.run_dir, other.run_dir)
        return other


def difference(before: object, after: object) -> object:
    """Return only the counts that are not the same, as (calm, hunted)."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return before, after
    names = sorted(before.keys() | after.keys())
    return {name: (before.get(name, 0), after.get(name, 0)) for name in names if before.get(name) != after.get(name)}
