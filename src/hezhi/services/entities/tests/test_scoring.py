"""One pair is scored as Splink scores it in a batch, found by the same keys, and explained."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import pytest

from hezhi.services.entities import training
from hezhi.services.entities.features import keys_of
from hezhi.services.entities.scoring import (
    ModelUnfit,
    pair_score,
    pair_weight,
    scored_read,
    sentences,
    steps_kept,
    weights_read,
)
from hezhi.services.entities.specs import ORGANISATION, PERSON
from hezhi.services.entities.tests.conftest import Set


def test_every_pair_scores_as_in_the_batch_and_is_found_by_the_same_keys(invented: Set) -> None:
    table = training.table_of(PERSON, invented.known)
    by_key: dict[int, list[int]] = defaultdict(list)
    for number, features in invented.known.items():
        for key in keys_of(PERSON.keys, features):
            by_key[key].append(number)

    told = training.pairs_score(PERSON, invented.trained, table)

    own = {
        (one, other): pair_weight(invented.weights, invented.known[one], invented.known[other])
        for one, other, _ in told
    }
    assert {pair for found in by_key.values() for pair in combinations(found, 2)} == set(own)
    assert len(told) > 300
    assert max(abs(weight - own[one, other]) for one, other, weight in told) < 1e-6


def test_the_same_records_and_seed_train_the_same_weights(invented: Set) -> None:
    again = training.model_train(PERSON, training.table_of(PERSON, invented.known), seed=1, pairs=60_000)

    assert again.settings["comparisons"] == invented.trained.settings["comparisons"]
    assert again.frequencies == invented.trained.frequencies


def test_true_pairs_score_higher_than_others(invented: Set) -> None:
    told = training.pairs_score(PERSON, invented.trained, training.table_of(PERSON, invented.known), at_least=6.64)
    truth = invented.truth
    right = sum(truth[one] == truth[other] for one, other, _ in told)
    all_true = sum(truth[one] == truth[other] for one, other in combinations(truth, 2))

    assert right / len(told) > 0.98
    assert right / all_true > 0.9


def test_the_waterfall_adds_up_and_reads_back_as_it_was_kept(invented: Set) -> None:
    one, other, _ = max(
        training.pairs_score(PERSON, invented.trained, training.table_of(PERSON, invented.known)),
        key=lambda row: row[2],
    )
    scored = pair_score(invented.weights, invented.known[one], invented.known[other])

    assert scored.weight == pytest.approx(scored.prior + sum(step.weight for step in scored.steps))
    assert scored == pair_score(invented.weights, invented.known[other], invented.known[one])
    kept = scored_read(PERSON, scored.weight, scored.prior, steps_kept(scored))
    assert sentences(kept) == sentences(scored)
    assert sentences(scored)[-2].zh.startswith("任意两条记录（-")


def test_no_level_says_more_than_what_so_many_pairs_can_show(invented: Set) -> None:
    for compared in invented.trained.settings["comparisons"]:
        for level in compared["comparison_levels"]:
            if not level.get("is_null_level"):
                assert level["m_probability"] >= training.LEAST_SHARE
                assert level["u_probability"] >= 1 / 60_000


def test_weights_of_another_spec_or_without_training_are_refused(invented: Set) -> None:
    with pytest.raises(ModelUnfit, match="the model compares"):
        weights_read(ORGANISATION, invented.trained.settings, {})
    bare = training.settings_of(PERSON).create_settings_dict("duckdb")
    with pytest.raises(ModelUnfit, match="was never trained"):
        weights_read(PERSON, bare, {})


@pytest.mark.parametrize(
    "condition",
    ['levenshtein("name_l", "name_r") <= 1', '"a_l" = "a_r" OR jaro_winkler_similarity("name_l", "name_r") > 0.9',
     'damerau_levenshtein(lower("name_l"), "name_r") < 2', 'jaccard("name_l", "name_r") > 0.8'],
)  # fmt: skip
def test_settings_that_count_bytes_are_refused_unless_the_column_is_ascii(condition: str) -> None:
    settings = {"comparisons": [{"output_column_name": "name", "comparison_levels": [{"sql_condition": condition}]}]}

    assert len(training.settings_lint(settings)) == 1
    assert training.settings_lint(settings, ascii_columns=["name"]) == []


def test_settings_of_the_house_pass_the_lint() -> None:
    for spec in (PERSON, ORGANISATION):
        assert training.settings_lint(training.settings_of(spec).create_settings_dict("duckdb")) == []
