"""Labelled sets of records and of pairs, linked by the house's signs and by Splink with its own plain settings.

Both train without labels on the same rows. A set of records is judged by all its pairs at even odds, 1 to 1; a set of
labelled pairs by those of its test part, above the weight that is best on its other two parts.
"""

from __future__ import annotations

import csv
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from hezhi.services.entities import features as f
from hezhi.services.entities import training
from hezhi.services.entities.rules import Bounds, Node, clusters_of
from hezhi.services.entities.scoring import pair_weight, weights_read
from hezhi.services.entities.specs import Spec

SEED = 1
PAIRS = 500_000  # random pairs that say how often values agree by chance, for both
EVEN = 0.0  # bits
Row = Mapping[str, str | None]
Pair = tuple[int, int]


@dataclass(frozen=True)
class Quality:
    """Of the pairs called one subject, and of those that are, how many are both; seconds with training."""

    precision: float
    recall: float
    seconds: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        return f"P {self.precision:.4f} R {self.recall:.4f} F1 {self.f1:.4f} in {self.seconds:.1f} s"


@dataclass(frozen=True)
class RecordSet:
    """``truth`` gives each row its subject."""

    rows: Sequence[Row]
    truth: Sequence[str]
    spec: Spec
    plain: SettingsCreator
    plain_training: Sequence[Any]
    plain_sure: Sequence[Any]


def sign(column: str, text: str) -> int:
    """Public data need no key; the time of a hash is the same."""
    return int.from_bytes(sha256(f"{column}|{text}".encode()).digest()[:8], "big", signed=True)


def people_spec(columns: Iterable[str]) -> Spec:
    """Return the spec of people in Latin letters, as far as the columns are there."""
    made = {
        "given_name": f.word("given_name", "名", "Given name"),
        "surname": f.word("surname", "姓", "Surname"),
        "street_number": f.code("street_number", "门牌", "Street number"),
        "address_1": f.wording("address_1", "街道", "Street"),
        "suburb": f.word("suburb", "城区", "Suburb"),
        "postcode": f.code("postcode", "邮编", "Postcode", is_weighed=True),
        "date_of_birth": f.day("date_of_birth", "出生日期", "Day of birth"),
        "phone_number": f.code("phone_number", "电话", "Telephone"),
        "soc_sec_id": f.code("soc_sec_id", "社保号", "Social security number"),
    }
    compared = tuple(one for name, one in made.items() if name in columns)
    keys = (
        ("date_of_birth",), ("surname", "given_name"), ("surname_bone", "postcode"), ("given_name_bone", "postcode"),
        ("surname_head", "given_name_head", "date_of_birth_year"), ("suburb", "given_name"), ("suburb", "surname"),
        ("address_1",), ("phone_number",), ("soc_sec_id",),
    )  # fmt: skip
    there = {name for one in compared for name in one.columns}
    return Spec(
        id="bench",
        compared=compared,
        keys=_among(keys, there),
        training=_among((("date_of_birth",), ("surname",), ("postcode",)), there),
        sure=_sure(there),
    )


def _sure(there: set[str]) -> tuple[tuple[str, ...], ...]:
    """Where there are names and a day only, two of the three have to do."""
    if "postcode" not in there:
        return (("given_name", "date_of_birth"), ("surname", "date_of_birth"))
    sure = (("soc_sec_id",), ("surname", "given_name", "date_of_birth"), ("surname", "postcode", "date_of_birth"))
    return _among(sure, there)


def _among(rules: Sequence[tuple[str, ...]], there: set[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(rule for rule in rules if set(rule) <= there)


def people_plain(columns: Sequence[str]) -> SettingsCreator:
    """Return the settings that Splink's own example gives to such people, as far as the columns are there."""
    made = {
        "given_name": cl.NameComparison("given_name"),
        "surname": cl.NameComparison("surname"),
        "street_number": cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        "address_1": cl.LevenshteinAtThresholds("address_1", [1, 2]),
        "suburb": cl.LevenshteinAtThresholds("suburb", [1, 2]),
        "postcode": cl.LevenshteinAtThresholds("postcode", [1, 2]),
        "date_of_birth": cl.LevenshteinAtThresholds("date_of_birth", [1, 2]),
        "phone_number": cl.LevenshteinAtThresholds("phone_number", [1, 2]),
        "soc_sec_id": cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1]),
    }
    rules = (("soc_sec_id",), ("given_name", "date_of_birth"), ("surname", "date_of_birth"), ("given_name", "surname"),
             ("postcode", "date_of_birth"), ("postcode", "given_name"), ("postcode", "surname"),
             ("address_1",), ("phone_number",))  # fmt: skip
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[one for name, one in made.items() if name in columns],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in _among(rules, set(columns))],
        unique_id_column_name=training.ID,
    )


def people_set(
    file: Path,
    subject: Callable[[Row], str],
    *,
    without: Sequence[str] = (),
    renamed: Callable[[Row], Row] | None = None,
) -> RecordSet:
    """Read a set of people, leaving some columns out; ``renamed`` gives columns the names that the spec knows."""
    with file.open(encoding="utf-8") as lines:
        told = csv.DictReader(lines, skipinitialspace=True)
        rows = [{name: (value or "").strip() or None for name, value in row.items() if name} for row in told]
    rows = [dict(renamed(row)) if renamed else row for row in rows]
    truth = [subject(row) for row in rows]
    names = {name for name in rows[0] if name not in without}
    spec = people_spec(names)
    columns = [one.id for one in spec.compared]
    return RecordSet(
        rows=[{name: row.get(name) for name in columns} for row in rows],
        truth=truth,
        spec=spec,
        plain=people_plain(columns),
        plain_training=[block_on(*rule) for rule in spec.training],
        plain_sure=[block_on(*rule) for rule in spec.sure],
    )


def ours(chosen: RecordSet) -> tuple[Quality, Quality]:
    """Link a set by signs; return the quality of its pairs at even odds, and of its clusters as joined."""
    start = time.perf_counter()
    known = {at: f.features_of(chosen.spec.compared, row, sign) for at, row in enumerate(chosen.rows)}
    table = training.table_of(chosen.spec, known)
    trained = training.model_train(chosen.spec, table, seed=SEED, pairs=PAIRS)
    scored = training.pairs_score(chosen.spec, trained, table, at_least=EVEN)
    links = {(one, other): weight for one, other, weight in scored}
    pairs = quality(links, chosen.truth, time.perf_counter() - start)
    homes = clusters_of((Node(at, f"{at:07d}") for at in known), links, {}, Bounds()).of
    members: dict[int, list[int]] = {}
    for one, home in homes.items():
        members.setdefault(home, []).append(one)
    joined = [pair for inside in members.values() for pair in combinations(inside, 2)]
    return pairs, quality(joined, chosen.truth, time.perf_counter() - start)


def splink_alone(chosen: RecordSet) -> Quality:
    """Link a set by Splink with its plain settings on clear text."""
    start = time.perf_counter()
    table = pa.table({training.ID: range(len(chosen.rows)), **columns_of(chosen.rows)})
    linker = trained_plain(table, chosen.plain, chosen.plain_training, chosen.plain_sure)
    found = linker.inference.predict(threshold_match_weight=EVEN, warning_mode="never").as_pyarrow_table()
    pairs = zip(*(found[f"{training.ID}_{side}"].to_pylist() for side in "lr"), strict=True)
    return quality([(min(pair), max(pair)) for pair in pairs], chosen.truth, time.perf_counter() - start)


def columns_of(rows: Sequence[Row]) -> dict[str, pa.Array]:
    return {name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]}


def trained_plain(
    table: pa.Table, settings: SettingsCreator, rules: Sequence[Any], sure: Sequence[Any]
) -> Linker:  # fmt: skip
    engine = DuckDBAPI(connection=duckdb.connect())
    linker = Linker(engine.register(table), settings, log_level=logging.ERROR)
    if sure:
        linker.training.estimate_probability_two_random_records_match(sure, recall=training.CHANCE_FOUND)
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS, seed=SEED)
    for rule in rules:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    return linker


def quality(found: Iterable[Pair], truth: Sequence[str], seconds: float) -> Quality:
    """Compare pairs with the truth; pairs that no key brought together count as missed."""
    called = set(found)
    right = sum(truth[one] == truth[other] for one, other in called)
    there = sum(count * (count - 1) // 2 for count in Counter(truth).values())
    return Quality(right / len(called) if called else 1.0, right / there, seconds)


@dataclass(frozen=True)
class LabelledPairs:
    """Pairs of rows with what people said of them: ``parts`` by name, each ``(left, right, is_one)``."""

    parts: Mapping[str, Sequence[tuple[Row, Row, bool]]]
    spec: Spec
    plain: Sequence[Any]
    training: Sequence[str]


def pairs_set(folder: Path, spec: Spec, plain: Sequence[Any]) -> LabelledPairs:
    """Read a set of labelled pairs."""
    parts = {}
    for part in ("train", "valid", "test"):
        with (folder / f"{part}.csv").open(encoding="utf-8") as lines:
            parts[part] = [
                (_side(row, "left_"), _side(row, "right_"), row["label"] == "1") for row in csv.DictReader(lines)
            ]
    return LabelledPairs(parts, spec, plain, [rule[0] for rule in spec.training])


def _side(row: Mapping[str, str], side: str) -> Row:
    values = {name.removeprefix(side).lower(): value for name, value in row.items() if name.startswith(side)}
    return {name: value.strip(" '`-") or None for name, value in values.items()}


def ours_on_pairs(chosen: LabelledPairs) -> Quality:
    """Score labelled pairs by signs."""
    start = time.perf_counter()
    sides = {
        part: [[f.features_of(chosen.spec.compared, side, sign) for side in pair[:2]] for pair in pairs]
        for part, pairs in chosen.parts.items()
    }
    known = dict(enumerate(side for pairs in sides.values() for pair in pairs for side in pair))
    trained = training.model_train(chosen.spec, training.table_of(chosen.spec, known), seed=SEED, pairs=PAIRS)
    weights = weights_read(chosen.spec, trained.settings, trained.frequencies)
    scores = {part: [pair_weight(weights, *pair) for pair in pairs] for part, pairs in sides.items()}
    return _judged(chosen, scores, start)


def splink_on_pairs(chosen: LabelledPairs) -> Quality:
    """Score labelled pairs by Splink with plain settings on clear text: each pair is a block of its own."""
    start = time.perf_counter()
    told = [(part, pair) for part, pairs in chosen.parts.items() for pair in pairs]
    sides = [side for _, pair in told for side in pair[:2]]
    columns = columns_of(sides)
    table = pa.table(
        {training.ID: range(len(sides)), "pair": [at // 2 for at in range(len(sides))], **columns}
    )  # fmt: skip
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=list(chosen.plain),
        blocking_rules_to_generate_predictions=[block_on("pair")],
        additional_columns_to_retain=["pair"],
        unique_id_column_name=training.ID,
    )
    linker = trained_plain(table, settings, [block_on(name) for name in chosen.training], [])
    found = linker.inference.predict(warning_mode="never").as_pyarrow_table()
    by_pair = dict(zip(found["pair_l"].to_pylist(), found["match_weight"].to_pylist(), strict=True))
    scores: dict[str, list[float]] = {part: [] for part in chosen.parts}
    for at, (part, _) in enumerate(told):
        scores[part].append(by_pair[at])
    return _judged(chosen, scores, start)


def _judged(chosen: LabelledPairs, scores: Mapping[str, Sequence[float]], start: float) -> Quality:
    """Choose the weight that is best on the labels of the first two parts, and use it on the third."""
    labels = {part: [pair[2] for pair in pairs] for part, pairs in chosen.parts.items()}
    known = [*zip(scores["train"], labels["train"], strict=True), *zip(scores["valid"], labels["valid"], strict=True)]
    bar = max(sorted({score for score, _ in known}), key=lambda least: _at(known, least, 0.0).f1)
    return _at(list(zip(scores["test"], labels["test"], strict=True)), bar, time.perf_counter() - start)


def _at(told: Sequence[tuple[float, bool]], least: float, seconds: float) -> Quality:
    called = [is_one for score, is_one in told if score >= least]
    there = sum(is_one for _, is_one in told)
    return Quality(sum(called) / len(called) if called else 1.0, sum(called) / there, seconds)
