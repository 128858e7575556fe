"""Suggests matters for texts with a classifier per pack; a person always confirms.

A pack brings invented samples (``samples/training.jsonl``: text and matter per line) from which its first
classifier is trained when it is needed; a city trains a better one on its own confirmed records
(``matter_classifier_train``), which is used from then on. A classifier is loaded once per process.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings

from hezhi.flow.intake.contracts import ClassifierRow, MatterSuggestion, RecordState
from hezhi.flow.intake.models import MatterClassifier, Record
from hezhi.kit.canonical import sha256
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.services.text import api as text
from hezhi.services.text.errors import ClassifierChanged
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right

log = logging.getLogger(__name__)
SAMPLES = Path("samples/training.jsonl")
OFFERED = 3
TEST_FROM = 100  # samples needed before a fifth of them is held back to measure
_loaded: dict[str, tuple[str, text.Classifier]] = {}


@guard.act
def matter_classifier_train(
    *, pack_id: str, samples: Sequence[tuple[str, str]], by: Actor, at: datetime
) -> ClassifierRow:
    """Train the pack's classifier on ``(text, matter)`` pairs and use it from now on.

    With 100 samples or more a fifth is held back to measure it; the classifier in use learns from all.

    Raises:
        SamplesUnusable: fewer than two matters or texts each.
        PackUnknown: no such pack.
        NotAllowed: the actor does not manage sources everywhere.
    """
    permissions.require_everywhere(by, Right.SOURCE_MANAGE)
    packkit.shelf().get(pack_id)
    clean, _copies, _conflicts = text.copies_removed(samples)
    macro_f1 = None
    if len(clean) >= TEST_FROM:
        train, test = text.split_fixed(clean)
        macro_f1 = text.evaluate(text.classifier_train(train), test).macro_f1
    classifier = text.classifier_train(clean)
    folder = _folder()
    draft = folder / f"draft-{pack_id}-{os.getpid()}.joblib"
    told = text.classifier_save(classifier, draft)
    draft.replace(folder / f"{told}.joblib")
    row = MatterClassifier.objects.create(
        pack_id=pack_id, sha256=told, sample_count=len(clean), macro_f1=macro_f1, trained_at=at, trained_by=by.ref
    )
    body = {"sha256": told, "samples": len(clean), "macro_f1": macro_f1}
    ledger.line_append(chain=f"classifier:{pack_id}", act="classifier.train", by=by, at=at, body=body)
    return _row(row)


def matter_classifier_get(*, pack_id: str) -> ClassifierRow | None:
    """Return the classifier in use for a pack, None when it has none."""
    row = MatterClassifier.objects.filter(pack_id=pack_id).order_by("-id").first()
    return None if row is None else _row(row)


def confirmed_samples(*, pack_id: str) -> list[tuple[str, str]]:
    """Return ``(text, matter)`` of the pack's accepted records with text and confirmed matter, oldest first."""
    rows = Record.objects.filter(pack_id=pack_id, state=RecordState.ACCEPTED, revises__isnull=True)
    return list(rows.exclude(text="").exclude(matter="").order_by("id").values_list("text", "matter"))


def suggestions_for(pack: Pack, texts: Sequence[str]) -> list[tuple[MatterSuggestion, ...]]:
    """Return up to three matters per text, the likeliest first; nothing where no classifier is trained.

    Matters that the pack no longer has are left out.
    """
    classifier = _classifier(pack) if texts else None
    if classifier is None:
        return [() for _ in texts]
    known = {matter.id for matter in pack.matters}
    return [
        tuple(
            MatterSuggestion(one.label, round(one.confidence_share, 4), one.words)
            for one in offers
            if one.label in known
        )
        for offers in classifier.suggest_all(texts, top=OFFERED)
    ]


def _classifier(pack: Pack) -> text.Classifier | None:
    row = MatterClassifier.objects.filter(pack_id=pack.id).order_by("-id").first()
    if row is None:
        return _first_classifier(pack)
    kept = _loaded.get(pack.id)
    if kept is None or kept[0] != row.sha256:
        try:
            kept = (row.sha256, text.classifier_load(_folder() / f"{row.sha256}.joblib", row.sha256))
        except ClassifierChanged as error:
            log.warning("no suggestions for %s: %s", pack.id, error)  # reports come in without them
            return None
        _loaded[pack.id] = kept
    return kept[1]


def _first_classifier(pack: Pack) -> text.Classifier | None:
    """Return the classifier of the pack's own samples, trained once per content; None without samples."""
    source = pack.folder / SAMPLES
    if not source.is_file():
        return None
    name = sha256(source.read_text())
    kept = _loaded.get(pack.id)
    if kept is None or kept[0] != name:
        kept = (name, _read_back(name) or _train(name, source))
        _loaded[pack.id] = kept
    return kept[1]


def _read_back(name: str) -> text.Classifier | None:
    told = _folder() / f"{name}.sha256"
    try:
        return text.classifier_load(_folder() / f"{name}.joblib", told.read_text()) if told.exists() else None
    except ClassifierChanged:
        return None  # half-written by a process that was killed: trained again


def _train(name: str, source: Path) -> text.Classifier:
    rows = [json.loads(line) for line in source.read_text().splitlines() if line.strip()]
    trained = text.classifier_train([(row["text"], row["matter"]) for row in rows])
    draft = _folder() / f"draft-{name}-{os.getpid()}.joblib"
    told = text.classifier_save(trained, draft)
    draft.replace(_folder() / f"{name}.joblib")
    (_folder() / f"{name}.sha256").write_text(told)
    return trained


def _folder() -> Path:
    folder = Path(settings.MEDIA_ROOT) / "classifiers"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _row(row: MatterClassifier) -> ClassifierRow:
    return ClassifierRow(row.pack_id, row.sha256, row.sample_count, row.macro_f1, row.trained_at)
