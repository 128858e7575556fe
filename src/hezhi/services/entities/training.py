"""Trains weights and scores whole sets with Splink on DuckDB. Sees signs only; knows no table of the house.

Splink trains without labels (Fellegi and Sunter, EM); it neither clusters here nor decides anything.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import splink.comparison_level_library as cll
import splink.comparison_library as cl
import sqlglot
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.exceptions import SplinkException

from hezhi.services.entities.features import Compared, Features
from hezhi.services.entities.scoring import ModelUnfit
from hezhi.services.entities.specs import Spec

ID = "unique_id"
BYTE_DISTANCES = frozenset(
    (
        "levenshtein", "editdist3", "damerau_levenshtein", "jaro_similarity", "jaro_winkler_similarity", "jaccard",
        "hamming", "mismatches", "jarowinkler_similarity", "jaro_winkler", "jaro",
    )
)  # fmt: skip
"""Functions of DuckDB that count bytes: of two Chinese names they measure the encoding."""
LEAST_SHARE = 0.001
CHANCE_FOUND = 0.9  # share of all matches that the sure rules are taken to find


@dataclass(frozen=True)
class Trained:
    """``settings``: Splink's JSON with all weights; ``frequencies``: see ``scoring.weights_read``."""

    settings: dict[str, Any]
    frequencies: dict[str, Any]
    report: dict[str, Any]


def settings_lint(settings: Mapping[str, Any], *, ascii_columns: Sequence[str] = ()) -> list[str]:
    """Return what is wrong with Splink settings: every condition that lets DuckDB measure texts by bytes.

    Args:
        ascii_columns: columns whose values are known to be ASCII, where bytes are characters.

    Example:
        >>> level = {"sql_condition": 'levenshtein("name_l", "name_r") <= 1'}
        >>> settings_lint({"comparisons": [{"output_column_name": "name", "comparison_levels": [level]}]})
        ["'name': levenshtein counts bytes, not characters; compare signs made in Python instead"]
    """
    told = []
    allowed = {f"{name}_{side}" for name in ascii_columns for side in "lr"}
    for compared in settings["comparisons"]:
        for level in compared["comparison_levels"]:
            if level["sql_condition"] == "ELSE":
                continue
            tree = sqlglot.parse_one(level["sql_condition"], read="duckdb")
            for call in tree.find_all(sqlglot.exp.Func):
                name = call.name.lower() if isinstance(call, sqlglot.exp.Anonymous) else call.sql_name().lower()
                columns = {column.name for column in call.find_all(sqlglot.exp.Column)}
                if name in BYTE_DISTANCES and not columns <= allowed:
                    told.append(
                        f"'{compared['output_column_name']}': {name} counts bytes, not characters;"
                        " compare signs made in Python instead"
                    )
    return told


def settings_of(spec: Spec) -> SettingsCreator:
    """Return Splink's settings of a spec, without weights."""
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(one) for one in spec.compared],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in spec.keys],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
        unique_id_column_name=ID,
    )


def _comparison(one: Compared) -> cl.CustomComparison:
    missing = cll.CustomLevel(f'"{one.id}_l" IS NULL OR "{one.id}_r" IS NULL', label_for_charts="missing")
    levels: list[Any] = [missing.configure(is_null_level=True)]
    for number, level in enumerate(one.levels):
        made = cll.CustomLevel(level.sql(), label_for_charts=level.label.en)
        levels.append(made.configure(tf_adjustment_column=one.id) if number == 0 and one.is_weighed else made)
    return cl.CustomComparison(output_column_name=one.id, comparison_levels=[*levels, cll.ElseLevel()])


def table_of(spec: Spec, entries: Mapping[int, Features]) -> pa.Table:
    """Return records as Arrow: their number and their signed columns."""
    columns: dict[str, pa.Array] = {ID: pa.array(list(entries), pa.int64())}
    for name, is_list in spec.columns.items():
        kind = pa.list_(pa.int64()) if is_list else pa.int64()
        columns[name] = pa.array([one.get(name) for one in entries.values()], kind)
    return pa.table(columns)


def model_train(spec: Spec, table: pa.Table, *, seed: int, pairs: int = 500_000) -> Trained:
    """Train the weights of a spec on records, without labels; the same table and seed give the same weights.

    Args:
        pairs: random pairs that say how often values agree by chance.

    A level that no training pair showed gets the weight that `weights_bound` says; the report names it.
    """
    start = time.perf_counter()
    rules, skipped = list(spec.training), []
    while True:
        settings, failed = _settings_trained(spec, table, rules, seed, pairs)
        if failed is None:
            break
        rules.remove(failed[0])
        skipped.append(failed[1])
    untrained = weights_bound(settings, min(pairs, table.num_rows * (table.num_rows - 1) // 2))
    found = settings_lint(settings)
    if found:
        raise ModelUnfit(found[0])
    report = {
        "rows": table.num_rows,
        "seed": seed,
        "pairs": pairs,
        "seconds": round(time.perf_counter() - start, 1),
        "skipped": skipped,
        "untrained": untrained,
    }
    return Trained(settings, {one.id: _frequency(table, one.id) for one in spec.compared if one.is_weighed}, report)


def _settings_trained(
    spec: Spec, table: pa.Table, rules: Sequence[tuple[str, ...]], seed: int, pairs: int
) -> tuple[dict[str, Any], tuple[tuple[str, ...], str] | None]:
    """Return the trained settings, or the first rule that trains nothing, with the reason.

    WHY from the start again: a session that fails leaves Splink's settings without the comparison it left out.
    """
    with _linker(table, settings_of(spec)) as (linker, _):
        training = linker.training
        training.estimate_probability_two_random_records_match(
            [block_on(*rule) for rule in spec.sure], recall=CHANCE_FOUND
        )
        training.estimate_u_using_random_sampling(max_pairs=pairs, seed=seed)
        for rule in rules:
            try:
                training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
            except (ValueError, SplinkException) as error:  # no pairs, or a chance too small for a float
                return {}, (rule, f"{'+'.join(rule)}: {type(error).__name__}")
        return linker.misc.save_model_to_json(), None


def weights_bound(settings: dict[str, Any], pairs: int) -> list[str]:
    """Keep every weight within what so many pairs can show; return the levels that training never saw.

    Two random records match at least as often as one in those pairs. No level is rarer among matches than one in a
    thousand, or one slip of a source would outvote all the rest; none is rarer by chance than one in the random pairs
    looked at. A level that neither showed says nothing.
    """
    told = []
    prior = settings["probability_two_random_records_match"]
    settings["probability_two_random_records_match"] = min(max(prior, 1 / max(pairs, 1)), 0.5)
    for compared in settings["comparisons"]:
        for level in compared["comparison_levels"]:
            if level.get("is_null_level"):
                continue
            m, u = (_seen(level.get(name)) for name in ("m_probability", "u_probability"))
            if m is None or u is None:
                told.append(f"{compared['output_column_name']}: {level['label_for_charts']}")
            if m is None and u is None:
                m = u = LEAST_SHARE
            level["m_probability"] = max(m or 0.0, LEAST_SHARE)
            level["u_probability"] = max(u or 0.0, 1 / max(pairs, 1))
    return told


def _seen(chance: float | str | None) -> float | None:
    """Splink writes a text where it saw no pair of a level."""
    return float(chance) if isinstance(chance, (int, float)) else None


def _frequency(table: pa.Table, column: str) -> dict[str, Any]:
    counted = table[column].drop_null().value_counts()
    total = sum(one["counts"].as_py() for one in counted)
    often = {str(one["values"].as_py()): one["counts"].as_py() / total for one in counted if one["counts"].as_py() > 1}
    return {"once": 1 / total if total else None, "shares": dict(sorted(often.items()))}


def pairs_score(
    spec: Spec, trained: Trained, table: pa.Table, *, at_least: float = -math.inf
) -> list[tuple[int, int, float]]:
    """Return ``(one, other, weight in bits)`` of every pair that some key brings together, the smaller number first.

    The weights of rare and common values are those of the model, whatever is in the table.
    """
    with _linker(table, trained.settings) as (linker, engine):
        for name, one in trained.frequencies.items():
            shares = engine.register(_shares(table, name, one))
            linker.table_management.register_term_frequency_lookup(shares, name)
        threshold = None if at_least == -math.inf else at_least
        found = linker.inference.predict(threshold_match_weight=threshold, warning_mode="never")
        rows = found.as_pyarrow_table().select([f"{ID}_l", f"{ID}_r", "match_weight"]).to_pydict()
        told = zip(*rows.values(), strict=True)
        return sorted((min(one, other), max(one, other), weight) for one, other, weight in told)


def _shares(table: pa.Table, name: str, frequency: Mapping[str, Any]) -> pa.Table:
    signs = table[name].drop_null().unique().to_pylist()
    shares = [frequency["shares"].get(str(sign), frequency["once"]) for sign in signs]
    return pa.table({name: pa.array(signs, pa.int64()), f"tf_{name}": pa.array(shares, pa.float64())})


@contextmanager
def _linker(table: pa.Table, settings: SettingsCreator | dict[str, Any]) -> Iterator[tuple[Linker, DuckDBAPI]]:
    """Lend a linker with its engine, a database in memory that is closed behind it."""
    connection = duckdb.connect(config={"threads": 1})  # sums in one order, so that a run can be repeated
    try:
        engine = DuckDBAPI(connection=connection)
        yield Linker(engine.register(table), settings, log_level=logging.ERROR), engine
    finally:
        connection.close()
