"""Making an ordered paper: facts → words → PDF → file."""

from __future__ import annotations

import json
from datetime import datetime

from hezhi.services.documents import queries, registry, sealing, typesetting
from hezhi.services.documents.contracts import DocumentRow, DocumentState
from hezhi.services.documents.errors import DocumentDataInvalid, DocumentNotFound, TemplateUnknown, TypesettingFailed
from hezhi.services.documents.models import Document
from hezhi.spine.files import api as files
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.vault.errors import SubjectErased

DIGEST_LENGTH = 16  # digits of the data's hash printed at the foot of each page


@guard.act
def document_make(*, document_id: int, at: datetime) -> DocumentRow:
    """Make the PDF of one ordered paper and store it.

    Running twice is harmless: a paper that is made is left alone, and a run that died before it could
    note the file makes the same bytes again, which ``files`` keeps once.

    Raises:
        DocumentNotFound: there is none with this id.
    """
    document = Document.objects.select_for_update().filter(pk=document_id).first()
    if document is None:
        raise DocumentNotFound(document_id=document_id)
    if document.state != DocumentState.QUEUED:
        return queries.row_of(document)
    try:
        content = _content(document)
    except (TypesettingFailed, DocumentDataInvalid, TemplateUnknown, SubjectErased) as error:
        document.state, document.error = DocumentState.FAILED, str(error)
        document.save(update_fields=["state", "error"])
        return queries.row_of(document)
    name = f"{document.template}-{document.id}.pdf"
    stored = files.file_put(content=content, name=name, by=Actor.system("documents"), at=at)
    files.files_use(sha256s=[stored.sha256], user=user_of(document.id))
    document.state, document.file_sha256, document.made_at = DocumentState.DONE, stored.sha256, at
    document.save(update_fields=["state", "file_sha256", "made_at"])
    return queries.row_of(document)


def user_of(document_id: int) -> str:
    """Return whose the file of a paper is."""
    return f"document:{document_id}"


def _content(document: Document) -> bytes:
    template = registry.template_get(document.template)
    facts = registry.facts_read(template, json.loads(sealing.facts_of(document)))
    return typesetting.pdf(
        file=template.file,
        printed=template.printed(facts),
        digest=document.data_sha256[:DIGEST_LENGTH],
        at=document.ordered_at,
    )
