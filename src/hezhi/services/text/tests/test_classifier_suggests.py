"""A classifier suggests, says why, and comes back from disk as it went."""

from pathlib import Path

import pytest

from hezhi.services.text.api import (
    classifier_load,
    classifier_save,
    classifier_train,
    copies_removed,
    evaluate,
    evaluate_fixed_split,
    split_fixed,
)
from hezhi.services.text.errors import ClassifierChanged, SamplesUnusable

PLACES = ("东门", "西街", "南桥", "北坡", "河湾", "松园", "竹里", "石桥", "新村", "老城", "桂苑", "荷塘")
LAMPS = [(f"{place}的路灯坏了，晚上一片漆黑，请派人维修", "lamp") for place in PLACES]
NOISE = [(f"{place}的工地夜里施工，噪音很大，影响睡眠", "noise") for place in PLACES]
WAGES = [(f"{place}的老板拖欠工资三个月，工人拿不到钱", "wages") for place in PLACES]
SAMPLES = LAMPS + NOISE + WAGES


@pytest.fixture(scope="module")
def classifier():
    return classifier_train(SAMPLES)


def test_the_label_of_a_new_text_is_suggested_with_the_words_that_decided(classifier):
    first = classifier.suggest("小区的路灯全坏了，漆黑一片")[0]

    assert first.label == "lamp"
    assert set(first.words) == {"漆黑", "一片", "路灯"}


def test_the_confidences_of_all_labels_sum_to_one(classifier):
    suggestions = classifier.suggest("工地施工", top=3)

    assert suggestions[0].label == "noise"
    assert sum(one.confidence_share for one in suggestions) == pytest.approx(1)
    assert all(0 <= one.confidence_share <= 1 for one in suggestions)


def test_only_words_of_the_text_itself_are_named(classifier):
    for suggestion in classifier.suggest("老板拖欠工资", top=3):
        assert set(suggestion.words) <= {"老板", "拖欠", "工资", "拖欠工资"}


@pytest.mark.parametrize("text", ["", "！？…", "xyzzy", "😀"])
def test_a_text_without_a_known_word_gets_no_suggestion(classifier, text):
    assert classifier.suggest(text) == ()


def test_many_texts_at_once_get_what_each_would_get_alone(classifier):
    texts = [text for text, _label in SAMPLES[::5]] + ["", "路灯"]

    assert classifier.suggest_all(texts) == [classifier.suggest(text) for text in texts]
    assert classifier.suggest_all([]) == []


def test_two_labels_are_enough():
    classifier = classifier_train(LAMPS + NOISE)

    assert classifier.suggest("路灯坏了", top=1)[0].label == "lamp"
    assert classifier.suggest("工地噪音", top=1)[0].label == "noise"


def test_the_same_samples_give_the_same_suggestions(classifier):
    again = classifier_train(SAMPLES)

    assert again.suggest("老城的工地") == classifier.suggest("老城的工地")


@pytest.mark.parametrize(
    "samples",
    [[], LAMPS, [*LAMPS, ("噪音", "noise")], [("！", "a"), ("？", "b")]],
    ids=["none", "one label", "one text", "blank"],
)
def test_samples_that_teach_nothing_are_refused(samples):
    with pytest.raises(SamplesUnusable):
        classifier_train(samples)


def test_a_saved_classifier_comes_back_unchanged(classifier, tmp_path: Path):
    path = tmp_path / "models" / "matter.joblib"

    digest = classifier_save(classifier, path)

    assert len(digest) == 64
    assert classifier_load(path, digest).suggest("路灯坏了") == classifier.suggest("路灯坏了")


def test_a_changed_or_missing_file_is_not_loaded(classifier, tmp_path: Path):
    path = tmp_path / "matter.joblib"
    digest = classifier_save(classifier, path)
    path.write_bytes(path.read_bytes() + b"\0")

    with pytest.raises(ClassifierChanged):
        classifier_load(path, digest)
    with pytest.raises(ClassifierChanged):
        classifier_load(tmp_path / "none.joblib", digest)


def test_evaluation_counts_by_hand(classifier):
    truth = [("路灯坏了", "lamp"), ("工地噪音", "noise"), ("拖欠工资", "noise"), ("", "wages")]

    result = evaluate(classifier, truth)

    by_label = {score.label: score for score in result.labels}
    assert (by_label["lamp"].f1, by_label["lamp"].sample_count) == (1.0, 1)
    assert (by_label["noise"].precision_share, by_label["noise"].recall_share) == (1.0, 0.5)
    assert by_label["wages"].f1 == 0.0
    assert result.macro_f1 == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert result.accuracy_share == 0.5
    assert result.sample_count == 4


def test_the_fixed_split_takes_a_fifth_of_each_label_and_never_changes():
    train, test = split_fixed(LAMPS[:10] + NOISE[:10])

    assert sorted(label for _text, label in test) == ["lamp", "lamp", "noise", "noise"]
    assert sorted(train + test) == sorted(LAMPS[:10] + NOISE[:10])
    assert split_fixed(LAMPS[:10] + NOISE[:10]) == (train, test)


def test_exact_copies_and_contradictions_are_counted_and_left_out():
    clean, copy_count, conflict_count = copies_removed([*LAMPS, LAMPS[0], ("路灯", "lamp"), ("路 灯", "noise")])

    assert (clean, copy_count, conflict_count) == (LAMPS, 1, 2)


def test_the_split_is_evaluated_without_and_with_copies():
    result = evaluate_fixed_split([*SAMPLES, *SAMPLES])

    assert result.copy_count == len(SAMPLES)
    assert result.clean.sample_count == 6
    assert result.with_copies.sample_count == 15
    assert result.clean.macro_f1 == 1.0
