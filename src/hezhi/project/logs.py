"""Log lines without personal data: as text for people, as JSON for machines that collect them.

Whoever logs names routes, ids and codes, never what a person wrote. The mask is the net below that: whatever
looks like a phone number, an identity number or a token is put out of every line, tracebacks included.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

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


class LineFormatter(logging.Formatter):
    """One line of text, masked."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class JsonFormatter(logging.Formatter):
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
