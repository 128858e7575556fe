"""Scores one pair by a trained model's weights, exactly as Splink does, and says what each comparison gave. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hezhi.packkit.shape.base import Text
from hezhi.services.entities.features import Compared, Features, Value
from hezhi.services.entities.specs import Spec

NO_VALUE = Text(zh="一方没有", en="missing on one side")
OTHER = Text(zh="不同", en="different")
RARE = Text(zh="，该值较少见", en=", a rare value")
COMMON = Text(zh="，该值很常见", en=", a common value")
PLAIN = Text.model_construct(zh="", en="")


class ModelUnfit(ValueError):
    """The weights do not belong to this spec, or some were never trained."""


@dataclass(frozen=True)
class Step:
    """What one comparison gave: ``weight`` in bits, more than 0 speaks for one subject; ``rarity`` is part of it."""

    compared: str
    label: Text
    level: int  # 0 is the strongest, -1: a value is missing
    says: Text
    weight: float
    rarity: float = 0.0


@dataclass(frozen=True)
class Scored:
    """``weight`` is the sum of the prior and all steps, in bits; ``probability`` the same between 0 and 1."""

    weight: float
    probability: float
    prior: float
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Weights:
    """A trained model, ready to score.

    Attributes:
        prior: bits that two random records have before anything is compared; below 0.
        levels: bits of each level of each comparison, with the last one for everything below.
        equal_bits: for weighed comparisons, the bits of chance that two values are equal.
        shares: how often a value occurs, by comparison and sign; values that came once are left out.
        once: the share of a value that came once, or never.
    """

    spec: Spec
    prior: float
    levels: Mapping[str, tuple[float, ...]]
    equal_bits: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    once: Mapping[str, float] = field(default_factory=dict)


def weights_read(spec: Spec, settings: Mapping[str, Any], frequencies: Mapping[str, Any]) -> Weights:
    """Return the weights of a model as Splink saved it.

    Args:
        settings: Splink's JSON of the trained model.
        frequencies: by comparison ``{"once": share, "shares": {sign: share}}``.

    Raises:
        ModelUnfit: comparisons or levels are not those of the spec, or a weight is missing.
    """
    saved = {one["output_column_name"]: one["comparison_levels"] for one in settings["comparisons"]}
    if list(saved) != [one.id for one in spec.compared]:
        raise ModelUnfit(f"the model compares {sorted(saved)}, the spec {[one.id for one in spec.compared]}")
    levels, equal_bits = {}, {}
    for one in spec.compared:
        told = [level for level in saved[one.id] if not level.get("is_null_level")]
        if [level["sql_condition"] for level in told] != [*(level.sql() for level in one.levels), "ELSE"]:
            raise ModelUnfit(f"the levels of '{one.id}' are not those of the spec")
        chances = [(_chance(level, "m_probability"), _chance(level, "u_probability")) for level in told]
        levels[one.id] = tuple(math.log2(m / u) for m, u in chances)
        if one.is_weighed:
            equal_bits[one.id] = math.log2(chances[0][1])
    prior = settings["probability_two_random_records_match"]
    return Weights(
        spec,
        math.log2(prior / (1 - prior)),
        levels,
        equal_bits,
        {name: {int(sign): share for sign, share in one["shares"].items()} for name, one in frequencies.items()},
        {name: one["once"] for name, one in frequencies.items()},
    )


def _chance(level: Mapping[str, Any], name: str) -> float:
    value = level.get(name)
    if not isinstance(value, (int, float)) or value <= 0:
        raise ModelUnfit(f"{name} of level {level['sql_condition']} was never trained")
    return float(value)


def pair_score(weights: Weights, left: Features, right: Features) -> Scored:
    """Return how much speaks for one subject, with each comparison's part; the order of the two does not matter."""
    steps = tuple(_step(weights, one, left, right) for one in weights.spec.compared)
    total = weights.prior + sum(step.weight for step in steps)
    return Scored(total, probability_of(total), weights.prior, steps)


def pair_weight(weights: Weights, left: Features, right: Features) -> float:
    """Return only the weight of ``pair_score``; most candidates are no match, and need no words."""
    return weights.prior + sum(sum(_bits(weights, one, left, right)[1:]) for one in weights.spec.compared)


def probability_of(weight: float) -> float:
    """Return a weight in bits as a probability.

    Example:
        >>> probability_of(0.0), round(probability_of(3.0), 4), probability_of(-5000.0)
        (0.5, 0.8889, 0.0)
    """
    if weight >= 0:
        return 1 / (1 + 2**-weight)
    return 2**weight / (1 + 2**weight)


def _bits(weights: Weights, one: Compared, left: Features, right: Features) -> tuple[int, float, float]:
    """Return level, bits of the level, and what the rarity of an equal value adds."""
    if left.get(one.id) is None or right.get(one.id) is None:
        return -1, 0.0, 0.0
    bits = weights.levels[one.id]
    for number, level in enumerate(one.levels):
        if level.is_met(left, right):
            is_equal = number == 0 and one.is_weighed
            return number, bits[number], _rarity(weights, one.id, left[one.id]) if is_equal else 0.0
    return len(one.levels), bits[-1], 0.0


def _rarity(weights: Weights, name: str, value: Value) -> float:
    assert isinstance(value, int)
    share = weights.shares.get(name, {}).get(value, weights.once.get(name))
    return 0.0 if share is None else weights.equal_bits[name] - math.log2(share)


def _step(weights: Weights, one: Compared, left: Features, right: Features) -> Step:
    level, bits, rarity = _bits(weights, one, left, right)
    says = NO_VALUE if level < 0 else OTHER if level == len(one.levels) else one.levels[level].label
    return Step(one.id, one.label, level, says, bits + rarity, rarity)


def sentences(scored: Scored) -> list[Text]:
    """Return the waterfall in words, strongest part first: what was compared, what was found, how much it counts.

    Example:
        >>> step = Step("born", Text(zh="出生日期", en="Day of birth"), 0, Text(zh="完全相同", en="equal"), 8.25)
        >>> [one.en for one in sentences(Scored(3.25, 0.9, -5.0, (step,)))]
        ['Day of birth: equal (+8.2)', 'Two random records (-5.0)', 'Together +3.2: probability 90.0%']
    """
    told = sorted(
        (step for step in scored.steps if step.level >= 0), key=lambda step: (-abs(step.weight), step.compared)
    )
    lines = [
        Text(
            zh=f"{step.label.zh}：{step.says.zh}{_rare(step).zh}（{step.weight:+.1f}）",
            en=f"{step.label.en}: {step.says.en}{_rare(step).en} ({step.weight:+.1f})",
        )
        for step in told
    ]
    lines.append(Text(zh=f"任意两条记录（{scored.prior:+.1f}）", en=f"Two random records ({scored.prior:+.1f})"))
    total = f"{scored.weight:+.1f}"
    lines.append(
        Text(
            zh=f"合计 {total}：概率 {scored.probability:.1%}",
            en=f"Together {total}: probability {scored.probability:.1%}",
        )
    )
    return lines


def _rare(step: Step) -> Text:
    return RARE if step.rarity > 1 else COMMON if step.rarity < -1 else PLAIN


def steps_kept(scored: Scored) -> list[dict[str, Any]]:
    """Return the steps as JSON holds them: numbers and ids only, no value of any record."""
    return [
        {"compared": one.compared, "level": one.level, "weight": round(one.weight, 6), "rarity": round(one.rarity, 6)}
        for one in scored.steps
    ]


def scored_read(spec: Spec, weight: float, prior: float, kept: Sequence[Mapping[str, Any]]) -> Scored:
    """Return a score as it was kept, in the words of today."""
    by_id = {one.id: one for one in spec.compared}
    steps = []
    for one in kept:
        compared, level = by_id[one["compared"]], int(one["level"])
        says = NO_VALUE if level < 0 else OTHER if level == len(compared.levels) else compared.levels[level].label
        steps.append(Step(compared.id, compared.label, level, says, one["weight"], one["rarity"]))
    return Scored(weight, probability_of(weight), prior, tuple(steps))
