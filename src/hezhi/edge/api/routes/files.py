"""Papers and photos, handed in before the act that names them."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import File, Router
from ninja.files import UploadedFile

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import answers
from hezhi.edge.now import now
from hezhi.spine.files import api as files
from hezhi.spine.files.contracts import FileRef

router = Router(tags=["files"])


@router.post("", response=answers(FileRef), summary="Hand in a file")
def put(request: HttpRequest, file: File[UploadedFile]) -> FileRef:
    """Store a file; name its ``sha256`` in the act it belongs to. The same content is stored once.

    Its type is judged by its bytes; the message of a refusal lists what is taken.
    """
    return files.file_put(content=file.read(), name=file.name or "file", by=by(request), at=now())
