"""Reads one YAML text into plain data and remembers on which line everything stands.

Stricter than YAML: a second key of the same name, words and numbers that other readers take for
something else (``yes``, ``0755``), empty values, anchors and tags are findings, so that a file
means the same to every reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml

Loc = tuple[str | int, ...]
Report = Callable[[str, int, str], None]
"""Called with rule id, line and cause."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORD_BOOLEAN = re.compile(r"(?i)yes|no|on|off|true|false")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?[0-9]+\.[0-9]+")
ODD_NUMBER = re.compile(r"[-+]?0[0-9]+|0[ox][0-9a-fA-F]+|[0-9]+(_[0-9]+)+|[0-9]+(:[0-5][0-9])+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Doc:
    """One parsed file. ``lines`` maps a place such as ``("tasks", 2, "by")`` to its line."""

    path: str
    data: Any
    lines: dict[Loc, int] = field(repr=False)

    def line(self, loc: Loc) -> int:
        """Return the line of ``loc``, or of the nearest place above it that exists."""
        return self.lines.get(self.real(loc), 1)

    def real(self, loc: Loc) -> Loc:
        """Return ``loc`` without the parts that the file does not have (names of union branches, missing keys)."""
        found: Loc = ()
        for part in loc:
            if (*found, part) in self.lines:
                found = (*found, part)
        return found


def read_yaml(path: str, text: str, report: Report) -> Doc | None:
    """Return the parsed file; findings go to ``report``.

    Returns None where the text is no YAML at all (rule ``text/syntax``).
    """
    try:
        return _Reader(path, text, report).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        report("text/syntax", mark.line + 1 if mark else 1, f"This is not YAML: {getattr(error, 'problem', error)}.")
        return None


class _Reader:
    """Builds data from the parser's events; one object per file."""

    def __init__(self, path: str, text: str, report: Report) -> None:
        self.path = path
        self.report = report
        self.lines: dict[Loc, int] = {}
        self.events: Iterator[Any] = iter(list(yaml.parse(text, Loader=_LOADER)))

    def document(self) -> Doc | None:
        data: Any = None
        count = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                count += 1
                if count > 1:
                    second = "A pack file holds one YAML document, this is a second one."
                    self.report("text/syntax", event.start_mark.line + 1 if event.start_mark else 1, second)
                    break
                data = self._value(next(self.events), ())
        if data is None:
            self.report("text/syntax", 1, "The file holds nothing.")
            return None
        return Doc(self.path, data, self.lines)

    def _value(self, event: Any, loc: Loc) -> Any:
        line = event.start_mark.line + 1
        self.lines.setdefault(loc, line)
        if isinstance(event, yaml.AliasEvent):
            self.report("text/no-alias", line, f"'*{event.anchor}' repeats another place; write the value out.")
            return None
        if event.anchor:
            self.report(
                "text/no-alias",
                line,
                f"'&{event.anchor}' names a place to repeat; write values out where they are used.",
            )
        elif event.tag:
            self.report("text/no-alias", line, f"the tag '{event.tag}' changes what the value is; leave it out.")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(loc)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(loc)
        return self._scalar(event, line)

    def _sequence(self, loc: Loc) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*loc, len(items))))
        return items

    def _mapping(self, loc: Loc) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent):
                self.report("text/syntax", line, "A key must be a plain word.")
                self._value(event, (*loc, "?"))
                self._value(next(self.events), (*loc, "?"))
                continue
            key = event.value
            if key in pairs:
                self.report(
                    "text/duplicate-key",
                    line,
                    f"'{key}' stands here a second time; the first is on line {self.lines[(*loc, key)]}.",
                )
                self._value(next(self.events), (*loc, key, "again"))
                continue
            self.lines[(*loc, key)] = line
            value = self._value(next(self.events), (*loc, key))
            if value is not None:
                pairs[key] = value
        return pairs

    def _scalar(self, event: Any, line: int) -> Any:
        text: str = event.value
        if event.style is not None and event.style != "":
            return text
        if text in ("", "~", "null", "Null", "NULL"):
            self.report(
                "text/empty-value",
                line,
                "Nothing is given here: give a value, leave the key out, or put a text with a comma in quotes.",
            )
            return None
        if text in ("true", "false"):
            return text == "true"
        if _WORD_BOOLEAN.fullmatch(text):
            self.report(
                "text/implicit-boolean",
                line,
                f"'{text}' is true or false to some readers; write true, false or put it in quotes.",
            )
            return text
        if ODD_NUMBER.fullmatch(text):
            self.report("text/implicit-octal", line, f"'{text}' is another number to some readers; put it in quotes.")
            return text
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
        if _DAY.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                return text
        return text
