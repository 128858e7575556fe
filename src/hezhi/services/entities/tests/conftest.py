"""A trained set of invented people, once for all tests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from hezhi.services.entities import training
from hezhi.services.entities.features import Features, features_of
from hezhi.services.entities.scoring import Weights, weights_read
from hezhi.services.entities.specs import PERSON
from hezhi.services.entities.tests.invented import people


@dataclass(frozen=True)
class Set:
    truth: Mapping[int, int]
    known: Mapping[int, Features]
    trained: training.Trained
    weights: Weights


def plain_sign(column: str, text: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{column}|{text}".encode()).digest()[:8], "big", signed=True)


@pytest.fixture(scope="session")
def invented() -> Set:
    rows = list(people(500, seed=5))
    known = {at: features_of(PERSON.compared, person, plain_sign) for at, (_, person) in enumerate(rows)}
    trained = training.model_train(PERSON, training.table_of(PERSON, known), seed=1, pairs=60_000)
    truth = {at: person for at, (person, _) in enumerate(rows)}
    return Set(truth, known, trained, weights_read(PERSON, trained.settings, trained.frequencies))
