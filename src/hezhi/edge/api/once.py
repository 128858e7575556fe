"""Acts over HTTP are done once: the same request with the same key gets the first answer again.

The note of the answer is written in the transaction of the act. So a request that died on the way, or whose
answer was lost, can be sent again without thought; and a key used for another request is refused. Answers repeat
what people wrote, so they are kept sealed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import orjson
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from ninja import Header
from pydantic import BaseModel

from hezhi.edge.api.auth import by as actor_of
from hezhi.edge.api.errors import KeyReused
from hezhi.edge.api.models import Answered
from hezhi.edge.now import now
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.vault import api as vault
from hezhi.spine.vault.contracts import Place

KEPT_FOR = timedelta(days=7)
NUMBER = re.compile(r"\b[A-Z]{2}[0-9]{6,8}-[0-9]{6,}\b")  # public numbers of records, alerts and cases
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=100,
        pattern=r"^[A-Za-z0-9._:-]+$",
        description="Names this act; the same request with the same key is done once.",
    ),
]
_CLAIM = """
INSERT INTO house_api_answered (actor, key, request_sha256, answer, numbers, at) VALUES (%s, %s, %s, '', '{}', %s)
ON CONFLICT (actor, key) DO NOTHING
"""


def dumps(data: Any) -> bytes:
    """Return ``data`` as JSON, Chinese unescaped; frozen rows, moments and sets included."""
    return orjson.dumps(data, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, BaseModel):
        return value.model_dump()
    raise TypeError(f"cannot write {type(value).__name__} as JSON")


def once(request: HttpRequest, key: str, do: Callable[[Actor, datetime, str], Any], actor: Actor | None = None) -> Any:
    """Do one act and note the answer, or give the answer that was noted.

    Args:
        do: the act, given actor, moment and the key as rooms shall note it (no other act has the same).

    Raises:
        KeyReused: the actor used the key for another request.
    """
    asker = actor or actor_of(request)
    told = hashlib.sha256(b"\n".join([str(request.method).encode(), request.path.encode(), request.body])).hexdigest()
    at = now()
    with transaction.atomic():
        if not _claimed(asker, key, told, at):
            return _noted(asker, key, told)
        result = do(asker, at, f"api:{asker.ref}:{key}")
        _note(asker, key, dumps(result).decode())
    return result


@guard.acting
def _note(asker: Actor, key: str, answer: str) -> None:
    envelope = vault.seal(vault.key_ready(subject=asker.ref), _place(asker, key), answer)
    numbers = sorted(set(NUMBER.findall(answer)))
    Answered.objects.filter(actor=asker.ref, key=key).update(answer=envelope, numbers=numbers)


@guard.acting
def _claimed(asker: Actor, key: str, told: str, at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [asker.ref, key, told, at])
        return cursor.rowcount == 1


@guard.acting
def _noted(asker: Actor, key: str, told: str) -> HttpResponse:
    noted = Answered.objects.get(actor=asker.ref, key=key)
    if noted.request_sha256 != told:
        raise KeyReused
    subjects = vault.keys_get(subjects=[asker.ref])
    answer = vault.unseal(subjects[asker.ref], _place(asker, key), noted.answer)
    return HttpResponse(answer, content_type="application/json; charset=utf-8")


def _place(asker: Actor, key: str) -> Place:
    return Place("house_api_answered", f"{asker.ref} {key}", "answer")


def answers_forget(numbers: Sequence[str]) -> int:
    """Forget noted answers that speak of one of these public numbers; return how many. Part of the act of erasing.

    The rooms know the keys of their acts still, so the same request again is not done twice.
    """
    return Answered.objects.filter(numbers__overlap=list(numbers)).delete()[0]


def answered_purge(*, at: datetime) -> int:
    """Forget answers older than ``KEPT_FOR``; return how many. Rooms still know the keys of acts on cases."""
    return Answered.objects.filter(at__lt=at - KEPT_FOR).delete()[0]
