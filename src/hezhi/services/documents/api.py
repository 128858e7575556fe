"""Documents: order a paper, get it later as an archival PDF.

Papers are made by a job, because typesetting has no place inside a request; the order itself is part of
the caller's transaction, so a rolled-back act leaves neither paper nor job.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hezhi.kit.canonical import canonical
from hezhi.services.documents import jobs, registry, sealing
from hezhi.services.documents.contracts import DocumentRow, DocumentState
from hezhi.services.documents.errors import DocumentKeyReused
from hezhi.services.documents.making import document_make, user_of
from hezhi.services.documents.models import Document
from hezhi.services.documents.queries import document_get, documents_of, row_of
from hezhi.spine.files import api as files
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor

__all__ = ["about_erase", "document_get", "document_make", "document_order", "documents_of", "documents_rescue"]


@guard.act
def document_order(
    *, template: str, data: dict[str, Any], about: str, by: Actor, at: datetime, key: str
) -> DocumentRow:
    """Order one paper; a job makes it after the caller's transaction is committed.

    Args:
        template: id of the template, e.g. ``dispatch_order``.
        data: facts of the shape the template asks for (``contracts.DispatchOrder``); days and moments
            may be given as such or in ISO form.
        about: what the paper belongs to, e.g. ``case:12``.
        key: names this order; the same key again returns the paper that was ordered first.

    Raises:
        TemplateUnknown: no such template.
        DocumentDataInvalid: facts are missing or of the wrong kind; all findings at once.
        DocumentKeyReused: the key already names a paper with other facts, or one that was erased.
        SubjectErased: what it is about was erased.
    """
    if not key:
        raise ValueError("a paper is ordered under a key")
    facts = registry.facts_read(registry.template_get(template), data)
    text = canonical(facts.model_dump(mode="json"))
    envelope, digest = sealing.sealed(text, template=template, key=key, about=about)
    document, is_new = Document.objects.get_or_create(
        template=template,
        key=key,
        defaults={
            "about": about,
            "sealed": envelope,
            "data_sha256": digest,
            "state": DocumentState.QUEUED,
            "ordered_by": by.ref,
            "ordered_at": at,
        },
    )
    if not is_new and (document.about != about or sealing.facts_of(document) != text):
        raise DocumentKeyReused(key=key, document_id=document.id)
    if is_new:
        jobs.make_defer(document.id)
    return row_of(document)


@guard.act
def documents_rescue() -> int:
    """Give every waiting paper that has no job a new one; return how many there were."""
    waiting = Document.objects.select_for_update(skip_locked=True).filter(state=DocumentState.QUEUED)
    lost = jobs.without_job(waiting.values_list("id", flat=True))
    for document_id in lost:
        jobs.make_defer(document_id)
    return len(lost)


def about_erase(*, abouts: Sequence[str]) -> int:
    """Take facts and PDF out of every paper of some matters; return how many. That it was ordered stays."""
    papers = Document.objects.select_for_update().filter(about__in=list(abouts)).exclude(state=DocumentState.ERASED)
    ids = list(papers.values_list("id", flat=True))
    files.files_release(users=[user_of(one) for one in ids])
    return Document.objects.filter(id__in=ids).update(
        state=DocumentState.ERASED, sealed="", data_sha256="", file_sha256="", error=""
    )
