"""``records.yml``: the shapes of accepted records, and what makes two of them look like one."""

from __future__ import annotations

from typing import Literal

from pydantic import Field as F
from pydantic import model_validator

from hezhi.packkit.shape.base import Id, Shape, Text
from hezhi.packkit.shape.devices import FromDevices

FieldType = Literal[
    "text", "integer", "number", "flag", "moment", "day", "choice", "region", "matter", "file", "phone", "identifier"
]
SchemeId = Literal["resident_id", "credit_code", "plate", "phone", "bank_account", "permit", "mmsi"]
"""Kinds of identifiers; ``hezhi.packkit.identifiers`` reads each."""
CENTS = "cents"
"""The unit of money: rooms and the lake count whole cents, people write and read yuan."""


class Choice(Shape):
    id: Id
    label: Text


class Field(Shape):
    """One field of a record. ``secret`` fields are masked and opened only for a stated purpose."""

    type: FieldType
    label: Text
    required: bool = False
    sensitivity: Literal["open", "personal", "secret"] = "open"
    choices: tuple[Choice, ...] = ()
    at_least: float | None = None
    at_most: float | None = F(default=None, description="for numbers the value, for text the length")
    pattern: str | None = None
    unit: str | None = None
    scheme: SchemeId | None = F(default=None, description="for an identifier: which kind; its check digit is checked")
    help: Text | None = None

    @property
    def is_money(self) -> bool:
        return self.unit == CENTS and self.type == "integer"

    @model_validator(mode="after")
    def _identifier_has_scheme(self) -> Field:
        if (self.type == "identifier") != (self.scheme is not None):
            raise ValueError("a field of type identifier, and no other, names its scheme")
        return self


class Duplicate(Shape):
    """When two records are offered as one matter (a person decides).

    All stated conditions must hold: the same values in ``same``, moments within ``within_hours``,
    and text similarity of ``similar_field`` at or above ``similarity_share``.
    """

    id: Id
    same: tuple[str, ...] = ()
    within_hours: int | None = F(default=None, gt=0)
    similar_field: str | None = None
    similarity_share: float | None = F(default=None, gt=0, le=1)


COMPARED: dict[str, dict[str, tuple[FieldType, ...]]] = {
    "person": {
        "name": ("text",), "born": ("day",), "phone": ("phone", "identifier"), "address": ("text",),
        "number": ("identifier",),
    },
    "organisation": {
        "name": ("text",), "address": ("text",), "phone": ("phone", "identifier"), "number": ("identifier",),
    },
}  # fmt: skip
"""What is compared of each kind of subject whose records may lack a number, and which types of fields say it."""
NUMBER_OF: dict[str, SchemeId] = {"person": "resident_id", "organisation": "credit_code"}
"""The scheme of the ``number`` of each."""


class Linked(Shape):
    """Records of this kind are linked with others about the same subject, though a sure number may be missing.

    ``fields`` says which field of the record holds what is compared. Values become keyed signs; none is kept.
    """

    subject: Literal["person", "organisation"]
    fields: dict[str, Id] = F(min_length=1)


class Record(Shape):
    id: Id
    says: Text
    key: str = F(description="field that names the record at its source")
    subject: str = F(description="field by which alerts are grouped")
    place: str = F(description="field of type region")
    happened: str = F(description="field of type moment")
    matter: str | None = F(default=None, description="field of type matter; without it the pack's only matter applies")
    text: str | None = F(default=None, description="field with free text, for suggestions and similarity")
    contact: str | None = F(default=None, description="field of type phone by which the reporter is answered")
    fields: dict[str, Field]
    ignored: tuple[str, ...] = F(default=(), description="columns of the source that are knowingly left out")
    duplicates: tuple[Duplicate, ...] = ()
    late_after_hours: int | None = F(default=None, gt=0, description="older records are accepted with the mark 'late'")
    links: Linked | None = F(default=None, description="whom or what it is about, where that is to be linked")
    devices: FromDevices | None = F(default=None, description="for records that are messages of devices")
