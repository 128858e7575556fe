"""Reads of the table of papers, as frozen rows."""

from __future__ import annotations

from hezhi.services.documents.contracts import DocumentRow, DocumentState
from hezhi.services.documents.errors import DocumentNotFound
from hezhi.services.documents.models import Document
from hezhi.services.documents.registry import TEMPLATES


def row_of(document: Document) -> DocumentRow:
    """Return the row other rooms see."""
    known = TEMPLATES.get(document.template)
    return DocumentRow(
        id=document.id,
        about=document.about,
        template=document.template,
        title=known.title if known else document.template,
        data_sha256=document.data_sha256,
        state=DocumentState(document.state),
        file_sha256=document.file_sha256,
        error=document.error,
        ordered_by=document.ordered_by,
        ordered_at=document.ordered_at,
        made_at=document.made_at,
    )


def document_get(*, document_id: int) -> DocumentRow:
    """Return one paper.

    Raises:
        DocumentNotFound: there is none with this id.
    """
    found = Document.objects.filter(pk=document_id).first()
    if found is None:
        raise DocumentNotFound(document_id=document_id)
    return row_of(found)


def documents_of(*, about: str) -> list[DocumentRow]:
    """Return the papers of one matter, oldest first."""
    return [row_of(one) for one in Document.objects.filter(about=about).order_by("id")]
