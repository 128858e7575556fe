"""What verdicts teach: precision per detector and version with its uncertainty, and proposals that a person decides.

Nothing here changes a detector. A proposal names what it rests on; below 30 verdicts nothing is proposed, because
fewer say nothing. Hits in shadow count as well as others: they were judged like them.
"""

from __future__ import annotations

from hezhi.flow.detection.contracts import Precision, Proposal, ProposalKind
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
