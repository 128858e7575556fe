"""Tells a pack in plain sentences, in Chinese or English, for people who will never open its files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from hezhi.packkit.shape import Pack, ScanBase
from hezhi.packkit.shape.base import Limit, Text
from hezhi.packkit.shape.playbook import Task

Language = Literal["zh", "en"]
Section = tuple[str, tuple[str, ...]]

_BRACES = re.compile(r"\{[^{}]*\}")
_UNITS = {
    "calendar_day": ("日", "calendar days"),
    "working_day": ("个工作日", "working days"),
    "hour": ("小时", "hours"),
}
_TIME = {"days": ("天", "days"), "hours": ("小时", "hours"), "count": ("", "")}
_WHOM = {
    "lead": ("牵头单位", "the lead agency"),
    "co": ("协办单位", "the co-handlers"),
    "support": ("配合单位", "the supporters"),
    "coordinator": ("统筹机构", "the coordinator"),
    "supervisor": ("督办人员", "a supervisor"),
    "reporter": ("反映人", "the reporter"),
    "citizen": ("当事人", "the citizen"),
    "agency": ("单位", "an agency"),
    "court": ("法院", "a court"),
    "system": ("系统", "the system"),
}
ROLES = {
    "duty_officer": ("值班研判人员", "the duty officer"),
    "handler": ("经办人", "the handler"),
    "coordinator": ("统筹人员", "the coordinator"),
    "supervisor": ("督办人员", "the supervisor"),
    "grid_worker": ("网格员", "the grid worker"),
    "analyst": ("分析人员", "the analyst"),
    "operator": ("系统管理人员", "the operator"),
}
_VERDICTS = {
    "true": ("属实", "true"),
    "false": ("不属实", "false"),
    "harmless": ("属实但无害", "true but harmless"),
    "cannot_verify": ("无法核实", "cannot verify"),
}
_COLOURS = {
    "red": ("红", "red"),
    "yellow": ("黄", "yellow"),
    "green": ("绿", "green"),
    "grey": ("灰（数据不足）", "grey (not enough data)"),
}


def pack_explain(
    pack: Pack, *, language: Language = "zh", kinds: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[Section, ...]:
    """Return headed sections of sentences: ``((heading, (sentence, …)), …)``.

    Args:
        kinds: the city's names for kinds of agencies, ``{kind: {"zh": …, "en": …}}``; without them the
            kind itself is shown.
    """
    return tuple((heading, tuple(lines)) for heading, lines in _Teller(pack, language, kinds or {}).sections() if lines)


class _Teller:
    """One telling of one pack in one language."""

    def __init__(self, pack: Pack, language: Language, kinds: Mapping[str, Mapping[str, str]]) -> None:
        self.pack, self.language, self.kinds = pack, language, kinds

    def sections(self) -> Iterator[tuple[str, list[str]]]:
        parts: tuple[tuple[str, str, Callable[[], Iterator[str]]], ...] = (
            ("是什么", "What it is", self.identity),
            ("依据", "What it stands on", self.basis),
            ("谁能看什么", "Who may see what", self.needs),
            ("由谁负责", "Who is responsible", self.matters),
            ("如何发现", "How it is noticed", self.noticed),
            ("如何当场核查", "How it is checked on the spot", self.asked),
            ("如何办理", "How it is handled", self.tasks),
            ("时限", "Time limits", self.limits),
            ("结果", "How it may end", self.outcomes),
            ("如何衡量", "How it is measured", self.indicators),
        )
        for zh, en, lines in parts:
            yield self.pick(zh, en), list(lines())

    def pick(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def text(self, text: Text) -> str:
        return text.zh if self.language == "zh" else text.en

    def whom(self, name: str) -> str:
        if name in _WHOM:
            return self.pick(*_WHOM[name])
        return self.kinds.get(name, {}).get(self.language, name)

    def all_of(self, names: tuple[str, ...]) -> str:
        return self.pick("、", ", ").join(self.whom(name) for name in names)

    def limit(self, limit: Limit) -> str:
        budget = f"{limit.budget}{'' if self.language == 'zh' else ' '}{self.pick(*_UNITS[limit.unit])}"
        doubt = "" if limit.source.is_verified else self.pick("，尚未核对原文", ", not checked against the text")
        return self.pick(f"{budget}（{limit.source.cite}{doubt}）", f"{budget} ({limit.source.cite}{doubt})")

    def identity(self) -> Iterator[str]:
        one = self.pack.identity
        yield self.pick(f"{one.title.zh}：{one.summary.zh}", f"{one.title.en}: {one.summary.en}")
        yield self.text(one.purpose)
        owner = self.whom(one.owners.agency)
        yield self.pick(
            f"版本 {one.version}，由{owner}的 {'、'.join(one.owners.people)} 负责，"
            f"{one.review_by} 前复审，资料保存 {one.retention_days} 天。",
            f"Version {one.version}, kept by {', '.join(one.owners.people)} of {owner}; review by {one.review_by}; "
            f"data is kept {one.retention_days} days.",
        )
        for rule in one.retention:
            doubt = "" if rule.basis.is_verified else self.pick("，尚未核对原文", ", not checked against the text")
            kind = rule.record or self.pick("其他记录", "every other kind")
            yield self.pick(
                f"{kind}保存 {rule.days} 天，至少 {rule.at_least_days} 天（{rule.basis.cite}{doubt}）。",
                f"{kind} is kept {rule.days} days, at least {rule.at_least_days} ({rule.basis.cite}{doubt}).",
            )

    def basis(self) -> Iterator[str]:
        for row in self.pack.identity.lawful_basis:
            doubt = "" if row.is_verified else self.pick("（尚未核对原文）", " (not checked against the text)")
            yield f"{row.cite}{doubt}{self.pick('：', ': ')}{self.text(row.says)}"

    def needs(self) -> Iterator[str]:
        for need in self.pack.identity.data_minimum:
            record_id, _, name = need.field.partition(".")
            declared = self.pack.record(record_id).fields[name]
            label = self.text(declared.label)
            roles = self.pick("、", ", ").join(self.pick(*ROLES[role]) for role in need.opened_by)
            opened = self.pick(f"，凭事由可由{roles}打开", f"; opened for a purpose by {roles}") if roles else ""
            yield self.pick(f"“{label}”：{need.why.zh}{opened}", f"{label}: {need.why.en}{opened}")
        yield self.text(self.pack.identity.safeguards.contest)

    def matters(self) -> Iterator[str]:
        groups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
        for matter in self.pack.matters:
            groups[matter.lead, matter.co, matter.support].append(
                self.text(matter.label) + (self.pick("（保密）", " (confidential)") if matter.confidential else "")
            )
        for (lead, co, support), labels in groups.items():
            told = self.pick("、", "; ").join(labels)
            who = (
                self.pick(f"{self.whom(lead)}牵头", f"led by {self.whom(lead)}")
                if lead
                else self.pick("由统筹机构指定", "assigned by the coordinator")
            )
            if co:
                who += self.pick(f"，{self.all_of(co)}协办", f", with {self.all_of(co)}")
            if support:
                who += self.pick(f"，{self.all_of(support)}配合", f", supported by {self.all_of(support)}")
            yield f"{told}{self.pick('：', ': ')}{who}"

    def noticed(self) -> Iterator[str]:
        for entrance in self.pack.playbook.entrances:
            says = self.text(self.pack.record(entrance.record).says)
            yield self.pick(
                f"{says}{'先由人研判' if entrance.to == 'alert' else '直接成案'}。",
                f"{says} {'A person looks at it first.' if entrance.to == 'alert' else 'It becomes a case at once.'}",
            )
        for detector in self.pack.detectors:
            unit = self.pick(*_TIME[detector.within.unit])
            shadow = self.pick("（试运行，不产生预警）", " (shadow: raises no alert)") if detector.shadow else ""
            yield self.pick(
                f"{detector.says.zh}：{detector.within.value}{unit}内达到 {detector.at_least.value} 条{shadow}。",
                f"{detector.says.en} At least {detector.at_least.value} within {detector.within.value} {unit}{shadow}.",
            )
            for spot in detector.blind_spots:
                yield self.pick(f"看不到：{spot.zh}", f"Blind to: {spot.en}")
        for scan in self.pack.scans:
            yield from self.scan(scan)
        for decision in self.pack.decisions:
            for row in decision.rows:
                colour = self.pick(*_COLOURS[row.colour])
                yield self.pick(f"{colour}：{row.because.zh}", f"{colour}: {row.because.en}")

    def asked(self) -> Iterator[str]:
        words = {"ok": ("可继续", "go on"), "remind": ("提醒", "reminded"), "refer": ("转人工", "referred to a person")}
        for check in self.pack.checks:
            answers = self.pick("；", "; ").join(
                f"{self.pick(*_COLOURS[colour])}{self.pick('：', ': ')}{self.pick(*words[told.answer])}"
                for colour, told in check.answers.items()
            )
            yield self.pick(f"{check.says.zh}：{answers}。", f"{check.says.en} {answers}.")

    def scan(self, scan: ScanBase) -> Iterator[str]:
        """Tell a detector over the lake; what a hit would fill in is told as "so many"."""
        some = self.pick("若干", "so many")
        shadow = self.pick("（试运行，不产生预警）", " (shadow: raises no alert)") if scan.shadow else ""
        yield f"{re.sub(_BRACES, some, self.text(scan.says))}{shadow}{self.pick('。', '.')}"
        for name, param in scan.params.items():
            yield self.pick(
                f"参数 {name}：{param.value} {param.unit}（{param.source}）",
                f"Parameter {name}: {param.value} {param.unit} ({param.source})",
            )
        for spot in scan.blind_spots:
            yield self.pick(f"看不到：{spot.zh}", f"Blind to: {spot.en}")
        for reason in scan.innocent_reasons:
            yield self.pick(f"也可能是：{reason.zh}", f"It may also be: {reason.en}")

    def tasks(self) -> Iterator[str]:
        for number, task in enumerate(self.pack.playbook.tasks, start=1):
            yield f"{number}. {self.task(task)}"

    def task(self, task: Task) -> str:
        told = self.pick(
            f"{task.says.zh}——{self.whom(task.by)}，{self.limit(task.limit)}",
            f"{task.says.en} By {self.whom(task.by)} in {self.limit(task.limit)}",
        )
        if task.wait:
            told += self.pick(
                f"；先等候{self.whom(task.wait.waiting_for)} {self.limit(task.wait.limit)}",
                f"; after waiting for {self.whom(task.wait.waiting_for)}, {self.limit(task.wait.limit)}",
            )
        if task.adverse:
            told += self.pick(
                "；不利于当事人：由具名人员说明理由后决定，当事人可以异议",
                "; burdens someone: a named person decides with reasons, and it can be contested",
            )
        if task.undoes:
            told += self.pick(
                f"；撤回“{self.pack.task(task.undoes).says.zh}”", f"; undoes '{self.pack.task(task.undoes).says.en}'"
            )
        if task.graded:
            says = self.pack.decision(task.graded.by).says
            told += self.pick(f"；结果按表定色：{says.zh}", f"; a table colours the result: {says.en}")
        if task.optional:
            told += self.pick("；可不办", "; may be left undone")
        return told + self.pick("。", ".")

    def limits(self) -> Iterator[str]:
        book = self.pack.playbook
        rows = (
            ("研判", "Triage", book.alert.triage_within),
            ("签收或退回", "Accept or return", book.accept_within),
            ("办结", "Handle", book.main_limit),
            ("重新办理申请", "Ask to reopen", book.reopen_within),
            ("提出异议", "Contest", book.contest_within),
        )
        for zh, en, limit in rows:
            yield self.pick(f"{zh}：{self.limit(limit)}", f"{en}: {self.limit(limit)}")
        if book.limit_by:
            record = self.pack.record(book.entrances[0].record)
            labels = {choice.id: self.text(choice.label) for choice in record.fields[book.limit_by.field].choices}
            for name, limit in book.limit_by.limits.items():
                label = labels.get(name, name)
                yield self.pick(f"办结（{label}）：{self.limit(limit)}", f"Handle ({label}): {self.limit(limit)}")
        for ring in book.rings:
            yield self.pick(
                f"超期后 {self.limit(ring.after_due)}：{ring.label.zh}",
                f"{self.limit(ring.after_due)} after the due date: {ring.label.en}",
            )

    def outcomes(self) -> Iterator[str]:
        for outcome in self.pack.playbook.outcomes:
            verdict = self.pick(*_VERDICTS[outcome.verdict])
            wrongful = self.pick("，记为错误处置", ", counted as a wrong") if outcome.wrongful else ""
            yield self.pick(f"{outcome.label.zh}（{verdict}{wrongful}）", f"{outcome.label.en} ({verdict}{wrongful})")

    def indicators(self) -> Iterator[str]:
        for one in self.pack.indicators:
            yield self.pick(f"{one.says.zh}。{one.caveat.zh}", f"{one.says.en} {one.caveat.en}")
