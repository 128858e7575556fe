"""What can go wrong at the entrance.

HezhiError
├── NotFound   RecordNotFound, SourceNotFound
├── Invalid    RecordUnusable, FormatUnknown, UnknownKind, UnknownMatter, RelationInvalid
└── Refused    SourceClosed, RecordSettled, RelationMissing
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, NotFound, Refused


class RecordNotFound(NotFound):
    """There is no such report, or number and code do not belong together."""

    code = "record_not_found"


class SourceNotFound(NotFound):
    """There is no such source, or its token is wrong."""

    code = "source_not_found"


class RecordUnusable(Invalid):
    """The report is not complete yet."""

    code = "record_unusable"


class FormatUnknown(Invalid):
    """Files are taken as CSV, XLSX or JSONL."""

    code = "format_unknown"


class UnknownKind(Invalid):
    """The pack does not know this kind of record."""

    code = "unknown_kind"


class UnknownMatter(Invalid):
    """The pack's catalogue does not know this matter."""

    code = "unknown_matter"


class RelationInvalid(Invalid):
    """These two records cannot be related this way."""

    code = "relation_invalid"


class SourceClosed(Refused):
    """This source is closed; ask the operator to open it."""

    code = "source_closed"


class RecordSettled(Refused):
    """The record is accepted already; corrections go through its case."""

    code = "record_settled"


class RelationMissing(Refused):
    """These records are not related this way."""

    code = "relation_missing"
