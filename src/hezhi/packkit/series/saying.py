"""Puts what was found about a period into a judgement with its sentence."""

from __future__ import annotations

from hezhi.packkit.series.contracts import CountPlan, CountSeries, Judgement, Method, Silence
from hezhi.packkit.series.periods import begin_of
from hezhi.packkit.shape.base import Text


def silence(one: CountSeries, number: int, why: Silence, plan: CountPlan) -> Judgement:
    """Return a judgement that says why nothing is judged."""
    zh, en = {
        "not_complete": (
            f"该期数据尚不完整：期末后还须等 {plan.lag_days} 天",
            f"not yet complete: a period counts {plan.lag_days} days after its end",
        ),
        "no_count": ("该期没有数据", "nobody knows the count of this period"),
        "too_short": (
            f"历史太短：只有 {number + 1} 期，至少需要 {plan.points_least} 期，且须满足所选方法的要求",
            f"history too short: {number + 1} periods; {plan.points_least} are needed, and what the method asks for",
        ),
        "gaps": ("基线期缺失太多", "too many of the reference periods are unknown"),
        "too_few": (
            f"近 {plan.farrington.cases_periods} 期合计不足 {plan.farrington.cases_least} 件",
            f"fewer than {plan.farrington.cases_least} in the last {plan.farrington.cases_periods} periods",
        ),
        "no_fit": ("基线模型没有结果", "the model of the baseline gave no result"),
    }[why]
    on = begin_of(one.every, one.first_on, number)
    return Judgement(one.key, on, one.counts[number], Text(zh=zh, en=en), silent=why)


def finding(
    one: CountSeries,
    number: int,
    method: Method,
    expected: float,
    bounds: tuple[float, float],
    p: float,
    *,
    references: int,
    summed: tuple[int, int] | None = None,
) -> Judgement:
    """Return what was found; whether it is an alarm is for the report to say. ``summed``: a span and its sum."""
    periods, observed = summed or (1, one.counts[number])
    lower, upper = bounds
    assert observed is not None
    is_over = observed > upper
    excess = observed - expected
    zh = "本期" if periods == 1 else f"近 {periods} 期合计"
    zh += f" {observed} 件，基线 {expected:.1f}，上界 {upper:.1f}，"
    en = f"{observed} counted" + (f" in {periods} periods" if periods > 1 else "")
    en += f", {expected:.1f} expected, at most {upper:.1f}: "
    if is_over:
        least, most = observed - upper, observed - lower
        zh += f"超出 {excess:.1f}（{least:.1f} 至 {most:.1f}）"
        en += f"{excess:.1f} in excess ({least:.1f} to {most:.1f})"
    else:
        zh, en = f"{zh}未超出", f"{en}not in excess"
    zh, en = f"{zh}，参照 {references} 期", f"{en}; {references} references"
    return Judgement(
        key=one.key,
        on=begin_of(one.every, one.first_on, number),
        observed=observed,
        because=Text(zh=zh, en=en),
        method=method,
        expected=expected,
        lower=lower,
        upper=upper,
        excess=excess,
        excess_low=observed - upper,
        excess_high=observed - lower,
        score=excess / (upper - expected) if upper > expected else None,
        p=p,
        is_over=is_over,
        references=references,
        periods=periods,
    )
