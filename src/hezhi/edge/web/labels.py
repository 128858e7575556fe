"""Words of the kernel as people read them. Packs bring their own words; these belong to the house."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Labels = Mapping[str, str | Promise]

CASE_STATES: Labels = {
    "dispatched": _("waiting to be accepted"),
    "returned": _("waiting for a ruling"),
    "handling": _("being handled"),
    "suspended": _("suspended"),
    "submitted": _("waiting to be verified"),
    "verified": _("verified"),
    "closed": _("closed"),
}
ALERT_STATES: Labels = {
    "open": pgettext_lazy("alert", "open"),
    "snoozed": _("put aside"),
    "confirmed": _("confirmed"),
    "dismissed": _("dismissed"),
}
TASK_STATES: Labels = {
    "waiting": _("opens later"),
    "open": pgettext_lazy("task", "open"),
    "done": _("done"),
    "cancelled": _("cancelled"),
}
GRADES: Labels = {
    "red": _("red"),
    "yellow": _("yellow"),
    "green": _("green"),
    "grey": _("grey: not enough data"),
}
CHECK_ANSWERS: Labels = {
    "ok": _("go on"),
    "remind": _("go on, and remind"),
    "refer": _("ask a person"),
}
DETECTOR_KINDS: Labels = {
    "count_window": _("counts at arrival"),
    "window": _("within a moving time"),
    "absence": _("something did not follow"),
    "sequence": _("one after the other"),
    "ratio_to_peers": _("beside its likes"),
    "mass_balance": _("what must add up"),
    "scorecard": _("scores added up"),
    "count_series": _("more than its own past"),
    "match": _("two sources meet"),
    "select": _("a query of its own"),
}
PROPOSALS: Labels = {
    "retire": _("proposed: retire it"),
    "tighten": _("proposed: tighten it"),
    "keep": _("proposed: keep it"),
    "unmeasured": _("not measured yet"),
}
ANSWERS: Labels = {
    "missed": _("yes, it should have been found"),
    "nothing": _("no, there was nothing"),
    "cannot_tell": pgettext_lazy("answer", "cannot tell"),
}
VERDICTS: Labels = {
    "true": _("true: it was as reported"),
    "false": _("false: it was not so"),
    "harmless": _("true but harmless"),
    "cannot_verify": _("cannot be verified"),
}
PARTS: Labels = {
    "lead": _("lead"),
    "co": _("co-handler"),
    "support": _("supporter"),
    "coordinator": _("coordinator"),
}
ROLES: Labels = {
    "duty_officer": _("duty officer"),
    "handler": _("handler"),
    "coordinator": _("coordinator"),
    "supervisor": _("supervisor"),
    "grid_worker": _("grid worker"),
    "analyst": _("analyst"),
    "operator": _("operator"),
}
HANDED: Labels = {"case": _("handling the case"), "task": _("a task"), "force": _("a place in a task force")}
PATTERNS: Labels = {
    "much": _("many openings"),
    "odd_hours": _("odd hours"),
    "unread": _("opened, not read"),
    "idle": _("no act in the case afterwards"),
    "near": _("own or a relative's number"),
}
RELATIONS_OF_KIN: Labels = {
    "spouse": _("spouse"),
    "parent": _("parent"),
    "child": _("child"),
    "sibling": _("brother or sister"),
    "household": _("of the same household"),
    "other": _("other relative"),
}
ORDER_KINDS: Labels = {"urge": _("urging"), "supervise": _("supervision order")}
DECISIONS: Labels = {"upheld": _("upheld"), "rejected": _("rejected")}
PARTIES: Labels = {
    "citizen": _("the citizen"),
    "agency": _("the agency"),
    "court": _("a court"),
    "system": _("the system"),
}
UNITS: Labels = {"calendar_day": _("calendar days"), "working_day": _("working days"), "hour": _("hours")}
SENSITIVITY: Labels = {
    "open": pgettext_lazy("sensitivity", "open"),
    "internal": _("internal"),
    "personal": _("personal"),
    "secret": _("masked, opened for a purpose"),
    "special": _("specially protected"),
}
LEVELS: Labels = {
    "province": _("province"),
    "city": _("city"),
    "district": _("district or county"),
    "township": _("township or street"),
    "village": _("village or community"),
    "grid": _("grid"),
}
RECORD_STATES: Labels = {"accepted": _("accepted"), "refused": _("refused"), "held": _("held")}
PACK_STATES: Labels = {
    "draft": _("draft"),
    "shadow": _("shadow run"),
    "active": _("in force"),
    "retired": _("retired"),
}
TIERS: Labels = {"none": _("none yet"), "bronze": _("bronze"), "silver": _("silver"), "gold": _("gold")}
QUALITY_RULES: Labels = {
    "sound": _("Passes the check"),
    "id-matches-folder": _("Named like its folder"),
    "owner-named": _("Has a named owner"),
    "lawful-basis-stated": _("States its legal basis, checked within a year"),
    "fires-and-silent": _("Detectors fire and stay silent in tests"),
    "outcomes-labelled": _("Every outcome carries a verdict"),
    "story-passes": _("Its stories pass"),
    "samples-invented": _("Samples name no real person"),
    "blind-spots-named": _("Names blind spots and innocent reasons"),
    "readme-headings": _("Its README answers the five questions"),
    "pure-data": _("Nothing but data"),
    "expectations-set": _("Bounds on the number of records"),
    "deadlines-and-escalation": _("Limits and levels of escalation"),
    "storm-tested": _("Withstands a storm of copies"),
    "late-and-missing-data-tested": _("Late and missing data tried"),
    "permissions-tested": _("Refused steps tried"),
    "retention-tested": _("Records are deleted on time"),
    "words-complete": _("Every text in both languages"),
    "owner-active": _("Its review is not overdue"),
    "field-tested": _("Tried in the field"),
    "backtested": _("Tried on 90 days of the past"),
    "labels-enough": _("Enough closed cases with a verdict"),
    "indicator-reconciles": _("Indicators recomputed from the ledger"),
    "drift-alarm": _("An alarm when the data drifts"),
    "subgroup-errors-shown": _("Errors shown by group"),
    "explained-on-screen": _("Explained on screen"),
    "replay-same-result": _("The same result when replayed"),
    "exit-plan": _("A plan for its end"),
    "second-agency-reviewed": _("Reviewed by a second agency"),
}
LINK_VERDICTS: Labels = {
    "same": _("the same subject"),
    "different": _("different subjects"),
    "unsure": _("nobody can tell"),
}
LINK_GUARDS: Labels = {
    "different": _("a person said that two of them are different"),
    "numbers": _("two numbers of which a subject has one"),
    "size": _("the cluster would grow beyond what is plausible"),
}
LINK_SPECS: Labels = {"person": _("person"), "organisation": _("organisation")}
FIELD_TYPES: Labels = {
    "text": _("text"),
    "integer": _("whole number"),
    "number": _("number"),
    "flag": _("yes or no"),
    "moment": _("date and time"),
    "day": _("date"),
    "choice": _("choice"),
    "region": _("place"),
    "matter": _("kind of matter"),
    "file": _("file"),
    "phone": _("telephone number"),
    "identifier": _("registered number"),
}
PERIODS: Labels = {"day": _("day"), "week": _("week"), "month": _("month")}
FRESH_UNITS: Labels = {"hours": _("hours"), "working_days": _("working days")}
SOURCE_TROUBLES: Labels = {
    "stale": _("nothing new"),
    "few": _("too little"),
    "many": _("too much"),
    "layout": _("file not readable"),
}
STOPPING_RULES: Labels = {
    "missing": _("value missing"),
    "unknown": _("unknown field"),
    "type": _("wrong type"),
    "range": _("out of range"),
    "choice": _("not one of the choices"),
    "pattern": _("wrong form"),
    "identifier": _("check digit wrong"),
    "masked": _("masked value"),
    "region": _("place unknown"),
    "future": _("in the future"),
    "changed": _("changes an accepted record"),
    "cells": _("cells do not fit the columns"),
    "unreadable": _("not readable"),
    "unsaid": _("no reason given"),
}
PARAM_UNITS: Labels = {"days": _("days"), "hours": _("hours"), "count": _("records")}
NUMBER_UNITS: Labels = {"days": _("days"), "hours": _("hours"), "count": _("in number"), "permille": _("in a thousand")}
INDICATOR_UNITS: Labels = {"count": _("cases"), "share": _("per cent"), "days": _("days")}
DIMENSIONS: Labels = {
    "": _("all together"),
    "region": _("by place"),
    "agency": _("by agency"),
    "matter": _("by kind of matter"),
}
BREAKS: Labels = {
    "missing": _("lines are missing"),
    "changed": _("a line was changed"),
    "reordered": _("a line stands at another place"),
    "doubled": _("a number stands twice"),
    "head": _("chain and head disagree"),
    "seal": _("a seal does not fit"),
}
UNREADY: Labels = {
    "database_unreachable": _("The database does not answer."),
    "migrations_waiting": _("Tables are older than the programs; run set-up."),
    "worker_missing": _("No worker has ever run."),
    "worker_silent": _("No worker has been heard of for a while."),
    "queue_old": _("A job has been due for more than ten minutes."),
}
JOB_STATES: Labels = {
    "todo": _("waiting"),
    "doing": _("in work"),
    "succeeded": _("done"),
    "failed": pgettext_lazy("job", "failed"),
    "aborted": _("taken over by the next one"),
    "cancelled": _("cancelled"),
}
MESSAGE_STATES: Labels = {
    "taken": pgettext_lazy("message", "record"),
    "refused": _("refused by the record's rules"),
    "braked": _("counted, held back"),
}
CHANNELS: Labels = {"in_app": _("notice here"), "mail": _("mail"), "sms": _("text message")}
DELIVERY_ERRORS: Labels = {
    "no address": _("no address"),
    "not a phone number": _("not a phone number"),
    "not a mail address": _("not a mail address"),
}
RELATIONS: Labels = {
    "duplicate": _("merged: the same matter reported again"),
    "similar": _("similar"),
    "linked": _("linked"),
    "joint": _("handled together"),
}
CLOCKS: Labels = {
    "main": _("main limit"),
    "accept": _("limit for accepting"),
    "ruling": _("limit for the ruling"),
    "triage": _("limit for triage"),
    "co": _("limit of the co-handler"),
    "support": _("limit of the supporter"),
    "urge": _("limit for answering the urging"),
    "supervise": _("limit for answering the supervision order"),
    "contest": _("limit for answering the objection"),
    "task": _("limit of the task"),
    "wait": _("waiting time"),
}
CLOCK_SOURCES: Labels = {"house rule: ruled the same day": _("rule of the house: ruled on the same day")}
"""Sources of the limits that the house itself sets; those of packs name an article and are shown as they are."""
CLOCK_STEPS: Labels = {
    "started": _("began"),
    "ran": _("ran"),
    "waited": _("waited"),
    "extended": _("was lengthened"),
    "rolled": _("moved to the next working day"),
    "due": _("is due"),
    "late": _("ran on after the due date"),
    "stopped": _("stopped"),
}
ACTS: Labels = {
    "case.accept": _("Accept"),
    "case.return": _("Return"),
    "case.rule": _("Rule who is responsible"),
    "case.transfer": _("Transfer to another agency"),
    "case.add_co": _("Ask another agency in"),
    "case.hand_over": _("Hand over to a colleague"),
    "case.form_task_force": _("Form a task force"),
    "case.dissolve_task_force": _("Dissolve the task force"),
    "case.urge": _("Urge"),
    "case.supervise": _("Put under supervision"),
    "case.answer": _("Answer the order"),
    "case.suspend": _("Suspend"),
    "case.resume": _("Resume"),
    "case.extend": _("Lengthen the limit"),
    "case.raise_ring": _("Raise to the next level"),
    "case.submit": _("Submit for verification"),
    "case.send_back": _("Send back to the handler"),
    "case.verify": _("Verify"),
    "case.close": _("Close"),
    "case.reopen": _("Reopen"),
    "case.recuse": _("Declare an interest"),
    "case.lift_recusal": _("Let a person back to the case"),
    "case.contest": _("Write down an objection"),
    "case.decide_contest": _("Answer the objection"),
}
RIGHTS: Labels = {
    "access": _(
        "Read and take a copy of everything held about this report: the data, why and on which ground it is held, who "
        "received or opened it, until when it is kept, and every colour with its reasons."
    ),
    "correction": _("Name one field that is wrong or incomplete and its right value. It is changed once checked."),
    "explanation": _("Read which facts decided a colour, what would change it, and until when it stands."),
    "review": _("Refuse to be judged by a machine alone: a named person looks again and gives you reasons."),
    "withdrawal": _(
        "Take back your consent. What you gave freely is blanked at once and nobody reaches you with it any more; what "
        "was done before stays lawful, and what the law obliges us to keep stays."
    ),
    "erasure": _(
        "Have the content erased. Its key is destroyed, so that nobody can read it any more; that it was there, and "
        "why it was erased, stays written down."
    ),
}
"""What each right does, for whoever may use it; its name and article come from the pack that serves it."""
HINDRANCES: Labels = {
    "open": _("You have asked for this already; see above how it stands."),
    "nothing": _("Nothing in this report rests on consent."),
    "not_used": _("The report is not in use yet; it can still be changed by telling us."),
    "erased": _("The content was erased."),
}
REQUEST_STATES: Labels = {
    "answered": _("answered at once"),
    "dispatched": _("waits to be taken up by the officer for personal data"),
    "returned": _("it is being settled who answers"),
    "handling": _("being examined"),
    "suspended": _("rests until something is handed in"),
    "submitted": _("decided; a second person is checking"),
    "verified": _("checked, about to be answered"),
    "closed": _("answered"),
}
REQUEST_NEXT: Labels = {
    "answered": _("If it does not satisfy you, ask a person to look again."),
    "dispatched": _("Next: an officer takes it up within a working day."),
    "returned": _("Next: the coordinator rules on the same day."),
    "handling": _("Next: a decision with reasons. If the limit passes, the next level is told by itself."),
    "suspended": _("Next: hand in what is missing at the counter."),
    "submitted": _("Next: another person verifies the decision."),
    "verified": _("Next: you read the answer here."),
    "closed": _("If you disagree: object below, complain to the authority for personal data, or sue."),
}
PROOFS: Labels = {"code": _("with number and code"), "counter": _("at a counter, with a document seen in person")}
EFFECTS: Labels = {
    "open": _("the copy can be fetched for 30 days"),
    "correct": _("the record is changed as asked"),
    "erase": _("the content is erased for good"),
    "blank": _("only what rests on consent is blanked"),
    "": _("nothing is done to the record"),
}
HOLDS: Labels = {
    "alert_waits": _("an alert waits for triage"),
    "case_open": _("its case is open"),
    "contest_open": _("an objection is open or still possible"),
    "order_open": _("an order waits for its answer"),
    "task_open": _("a task is open"),
    "kept_by_law": _("to be kept by law"),
    "evidence": _("needed as evidence"),
}
GROUNDS: Labels = {"duty": _("duty by law"), "consent": _("your consent")}
CITIZEN_STATES: Labels = {
    "accepted": _("We have received your report."),
    "held": _("We have received your report and are checking it."),
    "refused": _("Your report could not be taken as it is."),
    "dispatched": _("Your report has gone to an agency, which has yet to accept it."),
    "returned": _("The agencies are settling who is responsible."),
    "handling": _("Your report is being handled."),
    "suspended": _("Handling rests for now; the reason is noted below."),
    "submitted": _("The agency says it is done; a second person is checking."),
    "verified": _("The result has been checked and is about to be closed."),
    "closed": _("Your report has been answered."),
}


def label(labels: Labels, word: object) -> str:
    """Return the reader's word for a stable one; an unknown one is shown as it is, never hidden."""
    return str(labels.get(str(word), word))
