"""How good a classifier is, judged on samples it never saw."""

from __future__ import annotations

from collections.abc import Sequence

from hezhi.kit.canonical import sha256
from hezhi.services.text.classify import STRENGTH, Classifier, Sample, classifier_train
from hezhi.services.text.contracts import Evaluation, LabelScore, SplitEvaluation
from hezhi.services.text.tokens import bare

SEED = "1"


def evaluate(classifier: Classifier, samples: Sequence[Sample]) -> Evaluation:
    """Compare the classifier's first suggestion with the label each sample really has.

    Labels count for the macro mean when they occur in the samples or were suggested; a text without
    suggestion counts as wrong.

    Raises:
        ValueError: no samples.
    """
    if not samples:
        raise ValueError("nothing to evaluate on")
    guesses = classifier.suggest_all([text for text, _label in samples], top=1)
    pairs = [(label, guess[0].label if guess else "") for (_text, label), guess in zip(samples, guesses, strict=True)]
    scores = tuple(_label_score(name, pairs) for name in sorted({name for pair in pairs for name in pair if name}))
    hits = [true == said for true, said in pairs]
    confidences = [guess[0].confidence_share if guess else 0.0 for guess in guesses]
    return Evaluation(
        macro_f1=sum(score.f1 for score in scores) / len(scores),
        accuracy_share=sum(hits) / len(hits),
        calibration_error=_calibration_error(confidences, hits),
        sample_count=len(samples),
        labels=scores,
    )


def evaluate_fixed_split(samples: Sequence[Sample], *, strength: float = STRENGTH, seed: str = SEED) -> SplitEvaluation:
    """Train on four fifths and evaluate on one fifth, without exact copies and, for comparison, with them."""
    clean, copy_count, conflict_count = copies_removed(samples)
    clean_train, clean_test = split_fixed(clean, seed=seed)
    loose_train, loose_test = split_fixed(samples, seed=seed)
    return SplitEvaluation(
        clean=evaluate(classifier_train(clean_train, strength=strength), clean_test),
        with_copies=evaluate(classifier_train(loose_train, strength=strength), loose_test),
        copy_count=copy_count,
        conflict_count=conflict_count,
    )


def copies_removed(samples: Sequence[Sample]) -> tuple[list[Sample], int, int]:
    """Return the samples with every bare text once, the number of copies and of contradictory rows left out.

    Example:
        >>> copies_removed([("路灯坏", "a"), ("路灯 坏！", "a"), ("噪音", "a"), ("噪音", "b")])
        ([('路灯坏', 'a')], 1, 2)
    """
    labels: dict[str, set[str]] = {}
    for text, label in samples:
        labels.setdefault(bare(text), set()).add(label)
    kept: dict[str, Sample] = {}
    conflict_count = 0
    for text, label in samples:
        if len(labels[bare(text)]) > 1:
            conflict_count += 1
        else:
            kept.setdefault(bare(text), (text, label))
    return list(kept.values()), len(samples) - conflict_count - len(kept), conflict_count


def split_fixed(
    samples: Sequence[Sample], *, test_share: float = 0.2, seed: str = SEED
) -> tuple[list[Sample], list[Sample]]:
    """Deal samples out to train and test, ``test_share`` of each label to the test.

    Within a label the order is that of a hash over seed, place and text: fixed for ever, independent of
    any library's random numbers.
    """
    groups: dict[str, list[tuple[str, int]]] = {}
    for place, (text, label) in enumerate(samples):
        groups.setdefault(label, []).append((sha256(f"{seed}|{place}|{bare(text)}"), place))
    in_test = {place for group in groups.values() for _hash, place in sorted(group)[: round(test_share * len(group))]}
    train = [sample for place, sample in enumerate(samples) if place not in in_test]
    return train, [samples[place] for place in sorted(in_test)]


def _label_score(name: str, pairs: Sequence[tuple[str, str]]) -> LabelScore:
    right = sum(true == said == name for true, said in pairs)
    said_count = sum(said == name for _true, said in pairs)
    true_count = sum(true == name for true, _said in pairs)
    precision = right / said_count if said_count else 0.0
    recall = right / true_count if true_count else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return LabelScore(name, precision, recall, f1, true_count)


def _calibration_error(confidences: Sequence[float], hits: Sequence[bool]) -> float:
    bins: dict[int, list[tuple[float, bool]]] = {}
    for confidence, hit in zip(confidences, hits, strict=True):
        bins.setdefault(min(int(confidence * 10), 9), []).append((confidence, hit))
    gaps = (abs(sum(c for c, _ in one) - sum(h for _, h in one)) for one in bins.values())
    return sum(gaps) / len(hits)
