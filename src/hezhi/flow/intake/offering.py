"""Suggesting the kind of matter for a text: trained on the pack's own invented samples, kept by content."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings

from hezhi.flow.intake.contracts import Offer
from hezhi.kit.canonical import sha256
from hezhi.packkit.shape import Pack
from hezhi.services.text import api as text

OFFER_COUNT = 3
_trained: dict[str, text.Classifier] = {}


def offers_for(pack: Pack, message: str) -> tuple[Offer, ...]:
    """Return up to three kinds of matter for a text with confidence and the words that decided.

    Nothing where the pack has no training samples or the text is empty: no offer is better than a guess.
    """
    samples = pack.folder / "samples" / "training.jsonl"
    if not message.strip() or not samples.exists():
        return ()
    found = _classifier(samples).suggest(message, top=OFFER_COUNT)
    return tuple(Offer(one.label, round(one.confidence_share, 4), one.words) for one in found)


def _classifier(samples: Path) -> text.Classifier:
    content = samples.read_text()
    name = sha256(content)
    if name not in _trained:
        _trained[name] = _load(name) or _train(name, content)
    return _trained[name]


def _kept(name: str) -> tuple[Path, Path]:
    folder = settings.HEZHI.run_dir / "models"
    return folder / f"{name}.joblib", folder / f"{name}.sha256"


def _load(name: str) -> text.Classifier | None:
    model, told = _kept(name)
    if not model.exists() or not told.exists():
        return None
    return text.classifier_load(model, told.read_text())


def _train(name: str, content: str) -> text.Classifier:
    rows = [json.loads(line) for line in content.splitlines() if line.strip()]
    trained = text.classifier_train([(row["text"], row["matter"]) for row in rows])
    model, told = _kept(name)
    model.parent.mkdir(parents=True, exist_ok=True)
    told.write_text(text.classifier_save(trained, model))
    return trained
