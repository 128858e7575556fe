"""Log lines without personal data: as text for people, as JSON for machines that collect them.

Whoever logs names routes, ids and codes, never what a person wrote. The words of an error may be somebody's (a
database tells the row that it refused), so a traceback tells its places and its kinds alone. The mask is the net
below that: whatever looks like a phone number, an identity number or a token is put out of every line.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

import psycopg

from hezhi.kit.errors import HezhiError

MASK = "***"
_LIKE_SECRETS = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{16}[0-9Xx](?![0-9A-Za-z])"  # identity number
    r"|(?<![0-9])1[3-9]\d(?:[- ]?\d{4}){2}(?![0-9])"  # mobile number
    r"|(?<![0-9A-Za-z])0\d{2,3}-?\d{7,8}(?![0-9A-Za-z])"  # fixed line
    r"|[A-Za-z0-9_-]*(?:[0-9][A-Za-z_-]|[A-Za-z_-][0-9])[A-Za-z0-9_-]{20,}"  # token, hash
)


def masked(text: str) -> str:
    """Return a text without what looks like a phone number, an identity number or a token."""
    return _LIKE_SECRETS.sub(MASK, text)


class _Formatter(logging.Formatter):
    def formatException(self, ei: Any) -> str:
        """Return the places of a traceback and the kinds of its errors, innermost last."""
        return "\n".join(_told_of(ei[1], set())) if ei[1] else ""


def _told_of(problem: BaseException, seen: set[int]) -> list[str]:
    seen.add(id(problem))
    before = problem.__cause__ or (None if problem.__suppress_context__ else problem.__context__)
    told = _told_of(before, seen) if before is not None and id(before) not in seen else []
    frames = traceback.extract_tb(problem.__traceback__)
    told += [f"  {one.filename}:{one.lineno} {one.name}" for one in frames]
    return [*told, _kind(problem)]


def _kind(problem: BaseException) -> str:
    """Return the class of an error, with the words that are the house's own or a program's, never a person's."""
    name = f"{type(problem).__module__}.{type(problem).__qualname__}"
    if isinstance(problem, HezhiError):
        return f"{name}: {problem.code}"
    if isinstance(problem, psycopg.Error):
        where = problem.diag.constraint_name or problem.diag.table_name or ""
        words = str(problem) if isinstance(problem, psycopg.OperationalError) else f"{problem.sqlstate or ''} {where}"
        return f"{name}: {words}".rstrip(": ")
    return name


class LineFormatter(_Formatter):
    """One line of text, masked."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class JsonFormatter(_Formatter):
    """One JSON object a line: moment, level, logger, message, its facts, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["traceback"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
