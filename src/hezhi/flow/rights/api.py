"""The door of the rights room: file a request, read how it stands, fetch what was granted."""

from __future__ import annotations

from hezhi.flow.rights.copying import copy_take
from hezhi.flow.rights.filing import Asked, answer_contest, request_file, request_file_at_counter
from hezhi.flow.rights.queries import pack_serving, record_known, rights_of
from hezhi.flow.rights.sheets import request_sheet, requests_due

__all__ = [
    "Asked",
    "answer_contest",
    "copy_take",
    "pack_serving",
    "record_known",
    "request_file",
    "request_file_at_counter",
    "request_sheet",
    "requests_due",
    "rights_of",
]
