"""Words of the kernel that packs may use: acts, facts for grading, placeholders; and words they may not."""

from __future__ import annotations

from typing import Literal

ACTS = (
    "record.report", "record.refuse", "record.correct", "record.merge", "record.split", "record.link", "record.rate",
    "alert.confirm", "alert.dismiss", "alert.snooze", "alert.trust",
    "case.open", "case.accept", "case.return", "case.rule", "case.transfer", "case.add_co", "case.hand_over",
    "case.form_task_force", "case.dissolve_task_force", "case.urge", "case.supervise", "case.answer",
    "case.suspend", "case.resume", "case.extend", "case.raise_ring", "case.submit", "case.send_back",
    "case.verify", "case.close", "case.reopen", "case.contest", "case.decide_contest",
    "task.open", "task.done", "task.hand_over", "ticket.open",
)  # fmt: skip
"""Acts that the kernel performs and the ledger writes; packs name them in notices, indicators and stories."""

STORY_ONLY = ("sweep",)
"""What a story may do besides acts: let the clocks' sweep run at its moment."""

FactType = Literal["integer", "number", "text", "flag"]
KERNEL_FACTS: dict[str, FactType] = {
    "record_count": "integer",  # records grouped under the alert
    "hit_count": "integer",  # detector hits grouped under the alert
    "hours_since_first": "number",  # hours from the oldest record's happening to the grading
    "earlier_case_count": "integer",  # alerts about the same subject that a person confirmed in the last 365 days
}
"""Facts that the kernel supplies to a table that grades alerts, beside the record's own fields."""

FACT_TYPE_OF_FIELD: dict[str, FactType] = {
    "integer": "integer",
    "number": "number",
    "flag": "flag",
    "text": "text",
    "choice": "text",
    "region": "text",
    "matter": "text",
}
"""Which input type a record's field can feed; other field types feed none."""

NOTICE_PLACEHOLDERS = ("number", "title", "due_on", "reason")

TRAIT_WORDS = (
    # small letters; matched as whole words in English names and labels
    "ethnic", "ethnicity", "race", "nationality", "religion", "religious", "faith", "belief", "personality",
    "character", "temperament", "health", "illness", "disease", "mental", "psychiatric", "disability", "hiv",
    "pregnant", "petition", "petitions", "petitioner", "petition_history", "political", "party_member",
    "sexual", "orientation", "introvert", "age", "aged", "elderly", "birth", "jobless", "unemployed", "unemployment",
)  # fmt: skip
TRAIT_WORDS_ZH = (
    "民族", "种族", "族裔", "宗教", "信仰", "性格", "人格", "脾气", "健康状况", "疾病", "病史", "精神障碍", "心理状况",
    "残疾", "孕", "信访史", "上访", "信访次数", "政治面貌", "性取向", "血型", "年龄", "高龄", "老年", "出生",
    "无业", "失业",
)  # fmt: skip
"""What no colour and no count may look at, as it appears in names and labels."""

REFUSING_WORDS = ("refuse", "refused", "refuses", "reject", "rejected", "deny", "denied", "forbidden", "declined")
REFUSING_WORDS_ZH = ("拒绝", "驳回", "不予", "不准", "禁止", "不得办理", "不能办理")
"""Words by which the answer of a check would refuse."""

RIGHTS_OF_PEOPLE = ("access", "correction", "explanation", "review", "withdrawal", "erasure")
"""What people may ask about their own data; the pack that serves them has a matter of each name."""
RIGHTS_OUTCOMES = ("granted", "partly", "refused")
RIGHTS_FIELDS = ("about", "asks", "field", "wanted")
RIGHTS_GROUND = "ground"
"""Outcomes of such a request, fields of its record, and the field of a task that names the ground of erasing, by
which the kernel knows what to carry out."""

EMPTY_ANSWERS = (
    "unknown",
    "none",
    "no",
    "nothing",
    "n/a",
    "not known",
    "-",
    "未知",
    "无",
    "没有",
    "不详",
    "暂无",
    "待定",
)
"""Answers to "where is it blind" that say nothing."""
