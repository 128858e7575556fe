"""What is run: files, columns and names, as ``real.yml`` in the city's folder says. Plain Python."""

from __future__ import annotations

from pathlib import Path

import yaml

from hezhi.packkit.shape import Shape


class Columns(Shape):
    """Columns of one file; empty where a file has none of the kind. ``answered``: moment of the reply."""

    key: str
    title: str
    at: str
    body: str
    reporter: str = ""
    support: str = ""
    answered: str = ""


class Part(Shape):
    """One file of messages and the source under which it comes in.

    Attributes:
        prefix: goes before its keys, so that those of two files stay apart.
        closed_after_days: when robots close what has no reply of its own.
    """

    file: str
    source: str
    prefix: str
    columns: Columns
    closed_after_days: int


class Hot(Shape):
    part: str
    shown: int


class Replies(Shape):
    """``days``: table of listed days beside the data folder; its first and last year bound the comparison."""

    part: str
    days: str
    first_year: int
    last_year: int
    within: tuple[int, ...]


class Labels(Shape):
    """A table of labelled texts. ``least``: macro-F1 below which the run fails."""

    file: str
    text: str
    label: str
    least: float


class Plan(Shape):
    pack: str
    kind: str
    figures: str
    folder: str
    given: dict[str, str]
    title: str
    catch_all: str
    spare_minutes: int
    parts: tuple[Part, ...]
    hot: Hot
    replies: Replies
    classifier: Labels
    cases_most: int = 0  # matters the robots close at most; 0: all

    def files(self) -> tuple[str, ...]:
        """Return every file of the run, below the folder of the data sets."""
        own = (*(one.file for one in self.parts), self.classifier.file)
        return (*(f"{self.folder}/{one}" for one in own), self.replies.days)

    def part(self, prefix: str) -> Part:
        return next(one for one in self.parts if one.prefix == prefix)


def plan_read(path: Path) -> Plan:
    """Return the plan of a file.

    Raises:
        pydantic.ValidationError: it does not have the shape.
    """
    return Plan.model_validate(yaml.safe_load(path.read_text("utf-8")))
