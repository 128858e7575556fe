"""The one place where the facts of papers are sealed and opened.

A paper's facts repeat what people reported, so they open, and are erased, with what the paper is about.
"""

from __future__ import annotations

import secrets

from hezhi.kit.canonical import sha256
from hezhi.services.documents.models import Document
from hezhi.spine.vault import api as vault
from hezhi.spine.vault.contracts import Place

SALT_BYTES = 16


def sealed(text: str, *, template: str, key: str, about: str) -> tuple[str, str]:
    """Return the envelope of a paper's facts, and their salted hash.

    Raises:
        SubjectErased: what the paper is about was erased.
    """
    salt = secrets.token_hex(SALT_BYTES)
    return vault.seal(vault.key_ready(subject=about), _place(template, key), [salt, text]), sha256(salt + text)


def facts_of(document: Document) -> str:
    """Return a paper's facts as canonical JSON.

    Raises:
        SubjectErased: what the paper is about was erased.
    """
    subjects = vault.keys_get(subjects=[document.about])
    _salt, text = vault.unseal(subjects[document.about], _place(document.template, document.key), document.sealed)
    return str(text)


def _place(template: str, key: str) -> Place:
    return Place("documents_document", f"{template}/{key}", "facts")
