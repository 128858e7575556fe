"""What can go wrong around papers.

HezhiError
├── Invalid
│   └── DocumentDataInvalid
├── NotFound
│   ├── DocumentNotFound
│   └── TemplateUnknown
├── Refused
│   └── DocumentKeyReused
└── DocumentError
    └── TypesettingFailed
"""

from __future__ import annotations

from hezhi.kit.errors import HezhiError, Invalid, NotFound, Refused


class DocumentDataInvalid(Invalid):
    """The facts for this paper are incomplete or of the wrong kind."""

    code = "document_data_invalid"


class DocumentNotFound(NotFound):
    """There is no such paper."""

    code = "document_not_found"


class TemplateUnknown(NotFound):
    """There is no such template."""

    code = "template_unknown"


class DocumentKeyReused(Refused):
    """A paper with other facts was already ordered under this key."""

    code = "document_key_reused"


class DocumentError(HezhiError):
    """A paper could not be made."""

    code = "document_error"


class TypesettingFailed(DocumentError):
    """The template refused these facts, and would refuse them again."""

    code = "typesetting_failed"
