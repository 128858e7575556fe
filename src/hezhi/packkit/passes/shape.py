"""Pass 2, shape: documents become typed parts; each part is judged by itself, so that one mistake hides no other."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from hezhi.kit.names import nearest_name
from hezhi.packkit.draft import Draft, Placed
from hezhi.packkit.read import Loc
from hezhi.packkit.shape import (
    SCANS,
    Check,
    Decision,
    Detector,
    Expectation,
    Identity,
    Indicator,
    Matter,
    OnlineFeature,
    Playbook,
    Record,
    Story,
)
from hezhi.packkit.shape.quality import QualityNote

Model = TypeVar("Model", bound=BaseModel)

REQUIRED_FILES = ("pack.yml", "records.yml", "matters.yml", "playbook.yml", "README.md", "CHANGELOG.md")
LISTS: dict[str, tuple[str, type[BaseModel]]] = {
    "records.yml": ("records", Record),
    "matters.yml": ("matters", Matter),
    "features.yml": ("features", OnlineFeature),
    "indicators.yml": ("indicators", Indicator),
    "expectations.yml": ("expectations", Expectation),
    "tests/loop.yml": ("stories", Story),
    "quality.yml": ("quality", QualityNote),
}
FOLDERS: dict[str, tuple[str, type[BaseModel]]] = {
    "detectors/": ("detectors", Detector),
    "decisions/": ("decisions", Decision),
    "checks/": ("checks", Check),
}
KINDS = ["count_window", *SCANS]
SHOWN_MOST = 120  # characters of a wrong value
OWN_RULES = {("lawful_basis",): ("meaning/no-lawful-basis", "No article of law is named that the pack stands on.")}
"""Places whose absence is graver than a wrong shape."""


def run(draft: Draft) -> None:
    """Fill the draft's typed parts; what does not fit becomes findings."""
    for name in REQUIRED_FILES:
        if name not in draft.files and name.replace(".yml", ".yaml") not in draft.files:
            draft.report("shape/missing-file", "", 1, f"'{name}' is missing.")
    for name in draft.docs:
        if name == "pack.yml":
            draft.identity = _loose(draft, name, Identity)
        elif name == "playbook.yml":
            draft.playbook = _loose(draft, name, Playbook)
        elif name in LISTS:
            _list(draft, name)
        elif folder := next((one for one in FOLDERS if name.startswith(one)), ""):
            part, model = _part_of(folder, draft.docs[name].data)
            getattr(draft, part).extend(_whole(draft, name, (), model))


def _part_of(folder: str, data: Any) -> tuple[str, type[BaseModel]]:
    """Return where a file of a folder belongs; what a detector is, its kind says.

    A kind that is none is read as the one it is nearest to, so that it is all that is found of it.
    """
    part, model = FOLDERS[folder]
    if folder != "detectors/" or not isinstance(data, dict) or "kind" not in data:
        return part, model
    kind = str(data["kind"])
    meant = kind if kind in KINDS else nearest_name(kind, KINDS) or _likest(data)
    return (part, model) if meant not in SCANS else ("scans", SCANS[meant])


def _likest(data: dict[str, Any]) -> str:
    """Return the kind of detector that has most of these keys."""
    return max(KINDS, key=lambda kind: len(data.keys() & SCANS.get(kind, Detector).model_fields.keys()))


def _list(draft: Draft, name: str) -> None:
    part, model = LISTS[name]
    data = draft.docs[name].data
    if not isinstance(data, list):
        draft.report("shape/wrong-type", name, 1, "The file is a list: each entry starts with '- '.")
        return
    for index in range(len(data)):
        getattr(draft, part).extend(_whole(draft, name, (index,), model))


def _json(data: Any) -> str:
    return json.dumps(
        data, ensure_ascii=False, default=lambda value: value.isoformat() if isinstance(value, date) else str(value)
    )


def _whole(draft: Draft, file: str, loc: Loc, model: type[Model]) -> Iterator[Placed[Model]]:
    """Yield the typed part at ``loc``, or report why there is none."""
    data = draft.docs[file].data
    for part in loc:
        data = data[part]
    try:
        yield Placed(model.model_validate_json(_json(data), strict=True), file, loc)
    except ValidationError as error:
        _report(draft, file, loc, model, error)


def _loose(draft: Draft, file: str, model: type[Model]) -> Placed[Model]:
    """Return the typed part with None for every key that does not fit, so that later passes see the rest."""
    data = draft.docs[file].data
    if not isinstance(data, dict):
        draft.report("shape/wrong-type", file, 1, "The file holds keys and values: 'key: value'.")
        data = {}
    try:
        return Placed(model.model_validate_json(_json(data), strict=True), file)
    except ValidationError as error:
        _report(draft, file, (), model, error)
        bad = {tuple(one["loc"][:2]) for one in error.errors()} | {tuple(one["loc"][:1]) for one in error.errors()}
    kept: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        kept[name] = None if info.is_required() else info.get_default(call_default_factory=True)
        value = data.get(name)
        if (name,) in bad and isinstance(value, list):
            value = [item for index, item in enumerate(value) if (name, index) not in bad]
        elif (name,) in bad:
            continue
        if value is not None:
            try:
                kept[name] = TypeAdapter[Any](info.annotation or Any).validate_json(_json(value))
            except ValidationError:
                continue
    return Placed(model.model_construct(**kept), file)


def _report(draft: Draft, file: str, loc: Loc, model: type[BaseModel], error: ValidationError) -> None:
    doc = draft.docs[file]
    seen: set[tuple[Loc, str]] = set()
    errors = error.errors(include_url=False)
    meant = {
        (*inner[:-1], nearest_name(str(inner[-1]), _keys_at(model, doc.real((*loc, *inner))[len(loc) : -1])))
        for one in errors
        if one["type"] == "extra_forbidden" and (inner := tuple(one["loc"]))
    }
    for one in errors:
        if one["type"] == "missing" and tuple(one["loc"]) in meant:
            continue  # told where it is mistyped
        inner = tuple(one["loc"])
        real = doc.real((*loc, *inner))
        kind = one["type"]
        rule, cause, nearest = _tell(one, model, real[len(loc) :], inner)
        if inner in OWN_RULES and kind in ("missing", "too_short"):
            rule, cause = OWN_RULES[inner]
        mark = (real, str(inner[-1]) if kind == "missing" else "")
        if mark not in seen:
            seen.add(mark)
            draft.report(rule, file, doc.line(real), cause, nearest)


def _tell(one: Any, model: type[BaseModel], real: Loc, inner: Loc) -> tuple[str, str, str]:
    """Return rule, cause and nearest valid name of one typing error."""
    kind, where = one["type"], ".".join(str(part) for part in real) or "the entry"
    if kind == "extra_forbidden":
        key = str(inner[-1])
        return (
            "shape/unknown-key",
            f"'{key}' is not a key of the format here.",
            nearest_name(key, _keys_at(model, real[:-1])),
        )
    if kind == "missing":
        return "shape/missing-key", f"'{inner[-1]}' is missing in {where}.", ""
    if kind == "literal_error":
        expected = [word.strip(" '") for word in str(one["ctx"]["expected"]).replace(" or ", ",").split(",")]
        given = str(one["input"])
        if inner == ("kind",) and (model is Detector or model in SCANS.values()):
            expected = KINDS
        return "shape/wrong-value", f"'{given}' is not one of: {', '.join(expected)}.", nearest_name(given, expected)
    if kind.endswith("_type") or kind in (
        "int_from_float",
        "model_attributes_type",
        "date_parsing",
        "date_from_datetime_parsing",
    ):
        return "shape/wrong-type", f"{where}: {one['msg'].lower()}, got {_shown(one['input'])}.", ""
    return "shape/wrong-value", f"{where}: {one['msg'].lower()}, got {_shown(one['input'])}.", ""


def _shown(value: object) -> str:
    told = repr(value)
    return told if len(told) <= SHOWN_MOST else f"{told[:SHOWN_MOST]}…"


def _keys_at(model: type[BaseModel], real: Loc) -> list[str]:
    """Return the keys the format knows at a place inside ``model``."""
    models: list[type[BaseModel]] = [model]
    for part in real:
        if isinstance(part, int):
            continue
        inner = [m for one in models if part in one.model_fields for m in _models_in(one.model_fields[part].annotation)]
        models = inner or models  # a free key of a mapping keeps the models of its values
    return [name for one in models for name in one.model_fields]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if typing.get_origin(annotation) in (tuple, dict, list, typing.Union, types.UnionType, typing.Annotated):
        return [m for inner in typing.get_args(annotation) for m in _models_in(inner)]
    return []
