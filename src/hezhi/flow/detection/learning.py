"""What verdicts teach: precision per detector and version with its uncertainty, and proposals that a person decides.

Nothing here changes a detector. A proposal names what it rests on; below 30 verdicts nothing is proposed, because
fewer say nothing. Hits in shadow count as well as others: they were judged like them.
"""

from __future__ import annotations

from collections.abc import Sequence

from hezhi.flow.detection.contracts import Precision, Proposal, ProposalKind, Recall, Side
from hezhi.flow.detection.recall import LEAST_LOOKED_AT
from hezhi.flow.detection.rules import wilson
from hezhi.packkit.shape.base import Text

LEAST_VERDICTS = 30
RETIRE_BELOW = 0.2  # the upper end of the interval: with much goodwill still nearly always wrong
TIGHTEN_BELOW = 0.5
SOURCE = "house choice, to be looked at yearly"


def proposal_of(told: Precision) -> Proposal:
    """Return what is proposed for one version of one detector.

    Example:
        >>> told = Precision("demo@1", "often", 60, true_count=2, false_count=48, harmless_count=0,
        ...                  cannot_verify_count=0, waiting_count=10, share=0.04)
        >>> proposal_of(told).kind.value, proposal_of(told).because.en
        ('retire', 'right in 2 of 50 judged, 0.011 to 0.135 with 95 % certainty; below 0.2 it is proposed to retire it')
    """
    judged = told.true_count + told.false_count + told.harmless_count
    if judged < LEAST_VERDICTS:
        zh = f"只有 {judged} 条核实结论，不足 {LEAST_VERDICTS} 条，不作评价"
        en = f"unmeasured: {judged} verdicts, {LEAST_VERDICTS} are needed"
        return Proposal(told.pack, told.detector, ProposalKind.UNMEASURED, Text(zh=zh, en=en), None, None)
    low, high = wilson(told.true_count, judged)
    kind, (zh, en) = _judged(high)
    zh = f"{judged} 条结论中 {told.true_count} 条属实，95% 置信区间 {low:.3f}—{high:.3f}；{zh}"
    en = f"right in {told.true_count} of {judged} judged, {low:.3f} to {high:.3f} with 95 % certainty; {en}"
    return Proposal(told.pack, told.detector, kind, Text(zh=zh, en=en), low, high)


def _judged(high: float) -> tuple[ProposalKind, tuple[str, str]]:
    if high < RETIRE_BELOW:
        zh, en = "建议停用", "it is proposed to retire it"
        return ProposalKind.RETIRE, (f"低于 {RETIRE_BELOW}，{zh}", f"below {RETIRE_BELOW} {en}")
    if high < TIGHTEN_BELOW:
        zh, en = "建议收紧阈值，见回测", "a tighter threshold is proposed, see the back-test"
        return ProposalKind.TIGHTEN, (f"低于 {TIGHTEN_BELOW}，{zh}", f"below {TIGHTEN_BELOW} {en}")
    return ProposalKind.KEEP, ("建议保留", "it is proposed to keep it")


def side_of(verdicts: Sequence[str | None]) -> Side:
    """Return how many hits there are, how many were judged and were true; bounds from thirty verdicts on.

    Example:
        >>> side_of(["true", "false", None, "cannot_verify"])
        Side(hit_count=4, judged_count=2, true_count=1, low=None, high=None)
    """
    judged = [one for one in verdicts if one in ("true", "false", "harmless")]
    true = judged.count("true")
    low, high = wilson(true, len(judged)) if len(judged) >= LEAST_VERDICTS else (None, None)
    return Side(len(verdicts), len(judged), true, low, high)


def is_apart(one: Side, whole: Side) -> bool:
    """Say whether the interval of a group lies wholly beside that of all hits; what is not measured lies nowhere.

    Example:
        >>> is_apart(Side(40, 40, 4, 0.04, 0.23), Side(400, 400, 200, 0.45, 0.55))
        True
    """
    if one.low is None or one.high is None or whole.low is None or whole.high is None:
        return False
    return one.high < whole.low or one.low > whole.high


def recall_says(told: Recall) -> Text:
    """Return what one sample of what was not found says of the detector, with the numbers it rests on."""
    found = f"找出 {told.found_count} 个，已核实 {told.judged_count} 个，其中属实 {told.true_count} 个"
    found_en = f"{told.found_count} found, {told.judged_count} of them judged, {told.true_count} true"
    looked = f"未找出 {told.unfound_count} 个，抽样看过 {told.answered_count} 个，其中漏掉 {told.missed_count} 个"
    looked_en = f"{told.unfound_count} not found, {told.answered_count} of them looked at, {told.missed_count} missed"
    if told.share is None:
        zh, en = f"太少，无法估计查全率，每边至少看 {LEAST_LOOKED_AT} 个", f"too few, each needs {LEAST_LOOKED_AT}"
        if told.answered_count >= LEAST_LOOKED_AT and told.judged_count >= LEAST_LOOKED_AT:
            zh, en = "没有一个属实，无从估计查全率", "nothing true is known, so there is no recall"
    else:
        zh = f"查全率 {told.share:.3f}，95% 置信区间 {told.low:.3f}—{told.high:.3f}"
        en = f"recall {told.share:.3f} ({told.low:.3f} to {told.high:.3f} with 95 % certainty)"
    return Text(zh=f"{zh}；{found}；{looked}", en=f"{en}; {found_en}; {looked_en}")
