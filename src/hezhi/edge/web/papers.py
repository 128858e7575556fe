"""The papers and files of a case as people know them: what each one is, who handed it in, and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.http import HttpResponse
from django.utils.translation import gettext

from hezhi.edge.web.errors import NoSuchPage
from hezhi.edge.web.refusals import paper_title, said
from hezhi.edge.web.sentences import who_of
from hezhi.flow.tasks import api as tasks
from hezhi.spine.files import api as files

if TYPE_CHECKING:
    from hezhi.edge.web.casefile import CaseFile, Reported


@dataclass(frozen=True)
class HandedIn:
    """One file that somebody handed in.

    Attributes:
        label: what it is, in the reader's language: the pack's label of the paper or of the field.
        file_name: its own name, empty where only its content was kept.
        who: name of the person, or what kind of sender it was.
    """

    sha256: str
    label: str
    file_name: str
    who: str
    at: datetime


def file_answer(sha256: str, name: str) -> HttpResponse:
    """Return a stored file under a name people know; nothing in it may run or load anything."""
    known = files.file_get(sha256)
    ending = known.name[known.name.rfind(".") :]
    name = name if name.endswith(ending) else name + ending
    response = HttpResponse(files.file_read(sha256), content_type=known.mime)
    shown = "inline" if known.mime.startswith("image/") or known.mime == "application/pdf" else "attachment"
    response["Content-Disposition"] = f"{shown}; filename*=UTF-8''{quote(name)}"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def answer_of(reported: Iterable[Reported], sha256: str) -> HttpResponse:
    """Return a file that came with one of these records.

    Raises:
        NoSuchPage: it came with none of them, or in a masked field.
    """
    for one in (paper for record in reported for paper in papers_of_record(record)):
        if one.sha256 == sha256:
            return file_answer(sha256, one.file_name or one.label)
    raise NoSuchPage()


def papers_of_case(file: CaseFile) -> list[HandedIn]:
    """Return everything handed in to a case, in the order of time."""
    found = [*_with_reports(file), *_with_tasks(file), *_with_acts(file)]
    return sorted(found, key=lambda one: one.at)


def papers_of_record(reported: Reported) -> Iterator[HandedIn]:
    """Return the files that came with one record, without those of masked fields."""
    row = reported.record
    who = row.source_name or gettext("the reporter")
    names = {one.sha256: one.name for one in reported.view.files}
    labels = {
        str(fact.value): said(fact.declared.label)
        for fact in reported.facts
        if fact.declared.type == "file" and not fact.is_secret
    }
    for sha256 in {**names, **labels}:
        label = labels.get(sha256) or gettext("Attached to the report")
        yield HandedIn(sha256, label, names.get(sha256, ""), who, row.received_at)


def _with_reports(file: CaseFile) -> Iterator[HandedIn]:
    for one in file.records:
        yield from papers_of_record(one)


def _with_tasks(file: CaseFile) -> Iterator[HandedIn]:
    for task in file.tasks:
        who, at = who_of(task.done_by, file.names), task.done_at or task.opened_at
        for paper in task.papers:
            yield HandedIn(paper.sha256, paper_title(file.pack, paper.name), paper.file_name, who, at)
        for name, declared in tasks.fields_of(task).items():
            if declared.type == "file" and task.result.get(name):
                yield HandedIn(str(task.result[name]), said(declared.label), "", who, at)


def _with_acts(file: CaseFile) -> Iterator[HandedIn]:
    """Return papers of acts on the case itself, e.g. of the verification; a task's line holds their hashes only."""
    for line in file.lines:
        if line.is_erased:
            continue  # its files went with its words
        for paper in line.body.get("papers") or ():
            if isinstance(paper, dict):
                label = paper_title(file.pack, paper["name"])
                name = line.body.get("file_names", {}).get(paper["sha256"], "")
                yield HandedIn(paper["sha256"], label, name, who_of(line.actor, file.names), line.at)
