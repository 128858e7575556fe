"""Form fields as pages show them, made from a pack's fields or by hand, and read back from a posted form.

Nothing is checked here: the rooms check, and every value goes back onto the page as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from hezhi.edge.web import money
from hezhi.edge.web.refusals import Refusal, said
from hezhi.kit.moments import CITY_ZONE
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Field as PackField
from hezhi.packkit.shape import Pack
from hezhi.spine.files import api as files
from hezhi.spine.files.contracts import FileRef
from hezhi.spine.permissions.contracts import Actor

FLAG_WORDS = {"true": "true", "1": "true", "是": "true", "false": "false", "0": "false", "否": "false"}
INPUT_TYPES = {"moment": "datetime-local", "day": "date", "integer": "number", "number": "number", "yuan": "number",
               "phone": "tel"}  # fmt: skip
IMAGES = "image/jpeg,image/png,image/webp"
PAPERS = IMAGES + ",application/pdf,.docx,.xlsx,.csv,.txt,audio/mpeg,video/mp4"
LONG_TEXT = 200  # characters; a text that may be longer gets more than one line
KEPT = "__kept"


@dataclass(frozen=True)
class FormField:
    """One field. ``options`` are (value, title); ``groups`` gives the heading of each, "" for none."""

    name: str
    label: str
    kind: str = "text"  # text area choice checks radios flag moment day integer number yuan phone file hidden
    required: bool = True
    help: str = ""
    why: str = ""
    unit: str = ""
    options: tuple[tuple[str, str], ...] = ()
    groups: Mapping[str, str] | None = None
    value: Any = ""
    error: str = ""
    accept: str = PAPERS
    prefix: str = ""
    least: float | None = None
    most: float | None = None
    rows: int = 4
    multiple: bool = False

    @property
    def id(self) -> str:
        return f"{self.prefix}{'-' if self.prefix else ''}{self.name}"

    @property
    def input_type(self) -> str:
        return INPUT_TYPES.get(self.kind, "text")

    @property
    def chosen(self) -> tuple[str, ...]:
        value = self.value
        return tuple(str(one) for one in value) if isinstance(value, (list, tuple)) else (str(value),)

    @property
    def is_on(self) -> bool:
        """Whether a tick stands in the box; "false" is a text too, but no tick."""
        return self.value is True or self.value == "true"

    @property
    def grouped(self) -> list[tuple[str, list[tuple[str, str]]]]:
        heading = self.groups or {}
        return [
            (name, list(options)) for name, options in groupby(self.options, key=lambda one: heading.get(one[0], ""))
        ]

    @property
    def described_by(self) -> str:
        said_here = (("why", self.why), ("help", self.help), ("wrong", self.error))
        return " ".join(f"{self.id}-{part}" for part, text in said_here if text)

    @property
    def attributes(self) -> SafeString:
        is_text = self.kind in ("text", "area")
        given = {
            "required": "" if self.required and not (self.kind == "file" and self.value) else None,
            "multiple": "" if self.multiple else None,
            "aria-invalid": "true" if self.error else None,
            "aria-describedby": self.described_by or None,
            "maxlength": f"{self.most:.0f}" if is_text and self.most is not None else None,
            "min": f"{self.least:g}" if not is_text and self.least is not None else None,
            "max": f"{self.most:g}" if not is_text and self.most is not None else None,
            "step": {"number": "any", "yuan": "0.01"}.get(self.kind),
            "autocomplete": "tel" if self.kind == "phone" else None,
        }
        return format_html_join("", ' {}="{}"', ((name, value) for name, value in given.items() if value is not None))


def of_pack(
    name: str,
    declared: PackField,
    *,
    pack: Pack,
    value: Any = "",
    why: str = "",
    prefix: str = "",
) -> FormField:
    """Return the page's field for a field that a pack declares; ``value`` is one that rooms gave."""
    kind: str = declared.type
    options: tuple[tuple[str, str], ...] = ()
    groups: dict[str, str] | None = None
    if kind == "choice":
        options = tuple((one.id, said(one.label)) for one in declared.choices)
        kind = "radios" if len(options) <= 4 else "choice"
    elif kind == "matter":
        options, groups, kind = *matter_options(pack), "choice"
    elif kind == "flag":
        options = (("true", gettext("yes")), ("false", gettext("no")))
    elif declared.is_money:
        kind = "yuan"
    elif kind == "text" and (declared.at_most or 0) > LONG_TEXT:
        kind = "area"
    return FormField(
        name=name,
        label=said(declared.label),
        kind=kind,
        required=declared.required,
        help=said(declared.help) if declared.help else "",
        why=why,
        unit=gettext("yuan") if kind == "yuan" else declared.unit or "",
        options=options,
        groups=groups,
        value=shown_value(kind, value),
        accept=IMAGES + ",application/pdf",
        prefix=prefix,
        least=_bound(kind, declared.at_least),
        most=_bound(kind, declared.at_most),
    )


def _bound(kind: str, bound: float | None) -> float | None:
    return bound / 100 if bound is not None and kind == "yuan" else bound


def matter_options(pack: Pack) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    """Return a pack's matters as options with their headings, those of one group together."""
    rows = [(one.id, said(one.label), said(one.group) if one.group else "") for one in pack.matters]
    rows.sort(key=lambda one: one[2])
    return tuple((id_, title) for id_, title, _ in rows), {id_: group for id_, _, group in rows}


def shown_value(kind: str, value: Any) -> Any:
    """Return a value as its input wants it: moments in city time, sums in yuan, yes and no by its options' words."""
    if isinstance(value, datetime):
        return value.astimezone(CITY_ZONE).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind == "yuan":
        return money.yuan_written(value)
    if kind == "flag":
        return FLAG_WORDS.get(str(value).strip().lower(), "")
    return "" if value is None else value


def with_typed(fields: Iterable[FormField], typed: Mapping[str, Any], refusal: Refusal | None) -> list[FormField]:
    """Return fields with what was typed and what is wrong with it."""
    return [
        replace(one, value=typed.get(one.name, one.value), error=refusal.of_field(one.name) if refusal else one.error)
        for one in fields
    ]


def for_rooms(fields: Iterable[FormField], typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed as rooms take it: sums in cents."""
    sums = {one.name for one in fields if one.kind == "yuan"}
    return {name: packkit.cents_read(value) if name in sums else value for name, value in typed.items()}


def read_posted(
    request: HttpRequest, fields: Sequence[FormField], *, by: Actor, at: datetime, refs: list[FileRef] | None = None
) -> dict[str, Any]:
    """Return ``{name: raw text, list or file hash}`` of a posted form; files are stored first.

    Args:
        refs: takes every file that came along, for rooms that keep names too.

    Raises:
        FileTooLarge, FileTypeRefused, FileEmpty: of an uploaded file.
    """
    values: dict[str, Any] = {}
    for one in fields:
        if one.kind == "file":
            ref = _file(request, one.name, by, at)
            values[one.name] = ref.sha256 if ref else ""
            if ref and refs is not None:
                refs.append(ref)
        elif one.kind == "checks" or one.multiple:
            values[one.name] = request.POST.getlist(one.name)
        else:
            values[one.name] = request.POST.get(one.name, "").strip()
    return values


def _file(request: HttpRequest, name: str, by: Actor, at: datetime) -> FileRef | None:
    uploaded = request.FILES.get(name)
    if isinstance(uploaded, UploadedFile):
        return files.file_put(content=uploaded.read(), name=uploaded.name or name, by=by, at=at)
    kept = request.POST.get(name + KEPT, "")
    return files.file_get(kept) if kept else None
