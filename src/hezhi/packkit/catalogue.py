"""Every rule a pack must keep, each with its reason. Docs and tests enumerate this list.

A rule's id is ``pass/name``. Passes run in the order of `PASSES`; all findings of all passes are
told at once.
"""

from __future__ import annotations

from dataclasses import dataclass

PASSES = ("text", "shape", "refs", "meaning", "behaviour", "history")


@dataclass(frozen=True)
class Rule:
    """``says``: one sentence with the reason, for the author who broke it."""

    id: str
    says: str
    is_fixable: bool = False

    @property
    def pass_name(self) -> str:
        return self.id.split("/")[0]


RULES: tuple[Rule, ...] = (
    # 1. text: a file means the same to every reader
    Rule("text/not-yml", "Files end in .yml, so that one search finds them all.", True),
    Rule("text/not-utf8", "Files are UTF-8, or Chinese turns into noise on the next machine."),
    Rule(
        "text/pure-data",
        "A pack is data only: .yml, .md and .jsonl; code and templates are reviewed with the kernel, not with a pack.",
    ),
    Rule("text/syntax", "A file that is not one YAML document cannot be read."),
    Rule("text/not-json", "Each line of a .jsonl file is one JSON object, so that a bad line is found by its number."),
    Rule("text/duplicate-key", "With the same key twice nobody knows which one counts."),
    Rule("text/implicit-boolean", "yes, no, on and off are truth values to some readers and words to others."),
    Rule(
        "text/implicit-octal",
        "Numbers with a leading zero, underscores or colons are different numbers to different readers.",
        True,
    ),
    Rule("text/empty-value", "An empty value hides whether something was forgotten."),
    Rule("text/no-alias", "Anchors, aliases and tags make a change in one place change another unseen."),
    # 2. shape: the typed format
    Rule("shape/missing-file", "Without this file the kernel does not know a part of the scenario."),
    Rule(
        "shape/unknown-key",
        "A key the format does not know would be quietly ignored, and its author would never learn it.",
    ),
    Rule("shape/missing-key", "The kernel needs this key."),
    Rule("shape/wrong-type", "The value has another type than the format says."),
    Rule("shape/wrong-value", "The value lies outside what the format allows."),
    # 3. refs: every name leads somewhere
    Rule("refs/id-not-folder", "The folder's name is the pack's id, so that one leads to the other."),
    Rule("refs/duplicate-id", "Two things of one kind with one id cannot be told apart."),
    Rule("refs/unknown-field", "A field that no record has is never filled."),
    Rule(
        "refs/wrong-field-type",
        "The kernel reads this field as a region, moment, matter, phone or text, and must be able to.",
    ),
    Rule(
        "refs/device-field-closed",
        "A device watches places and things: it fills no personal or secret field, no file and no telephone.",
    ),
    Rule("refs/device-part-missing", "What a device says needs a field that takes it, or it is lost."),
    Rule("refs/unknown-comparison", "What no spec compares links nothing."),
    Rule("refs/unknown-record", "A record that the pack does not declare never arrives."),
    Rule("refs/unknown-task", "A task that the playbook does not declare never opens."),
    Rule("refs/unknown-paper", "A paper that the playbook does not declare has no name that people can read."),
    Rule("refs/unknown-value", "A value that the field cannot take never comes."),
    Rule("refs/unknown-outcome", "An outcome that the playbook does not declare is never claimed."),
    Rule("refs/unknown-decision", "Without its decision table the alert cannot be graded."),
    Rule("refs/unknown-matter", "A matter outside the responsibility catalogue has no owner."),
    Rule("refs/unknown-agency", "A kind of agency that the city does not have can own nothing."),
    Rule("refs/unknown-role", "A role that the house does not know can be given to nobody."),
    Rule("refs/unknown-act", "An act that the kernel does not know never happens."),
    Rule(
        "refs/unknown-input",
        "An input that neither a record nor the kernel supplies is always missing, so the colour would always be grey.",
    ),
    Rule("refs/unknown-feature", "A feature that nothing refreshes is never known: each check of it goes to a person."),
    Rule("refs/check-input", "Each input of a check's table is fed exactly once, by a value of its type."),
    Rule("refs/unknown-placeholder", "A name in braces that nothing fills would be shown to people as it stands."),
    Rule("refs/unknown-sample", "The file a test reads does not exist."),
    Rule("refs/orphan-file", "A file that nothing reads is either forgotten or misspelt."),
    # 4. meaning: safeguards first
    Rule("meaning/no-lawful-basis", "No public power without a basis in law: the pack is not loaded."),
    Rule(
        "meaning/adverse-undeclared", "Tasks that burden someone stand in the safeguards, so that nobody overlooks one."
    ),
    Rule(
        "meaning/adverse-without-person",
        "A named person decides what burdens someone: the task needs a required text field 'decided_by'.",
    ),
    Rule(
        "meaning/adverse-without-reasons",
        "Whoever is burdened learns why: the task needs a required text field 'reasons' of some length.",
    ),
    Rule("meaning/adverse-without-notice", "Nobody is burdened unheard: a task that serves a notice comes first."),
    Rule("meaning/adverse-without-undo", "What burdens someone by mistake can be taken back by a task that undoes it."),
    Rule("meaning/undoes-nothing", "Only a burden can be taken back."),
    Rule(
        "meaning/no-wrongful-outcome",
        "Where something can burden someone, a mistake must be sayable: one outcome is marked wrongful.",
    ),
    Rule(
        "meaning/no-honest-outcome",
        "Reality also says false, harmless or cannot verify; without such an outcome cases are closed with a lie.",
    ),
    Rule(
        "meaning/field-without-need",
        "Personal and secret fields state why they are needed and who may open them (data minimum).",
    ),
    Rule("meaning/need-without-field", "A stated need for a field that is open to everybody explains nothing."),
    Rule(
        "meaning/secret-shown",
        "A secret field never names a subject, groups a count, feeds a colour or stands in a title.",
    ),
    Rule("meaning/contact-not-secret", "How to reach the reporter is opened only for a purpose."),
    Rule("meaning/person-identifier-open", "A number that leads to a person is personal or secret, never open."),
    Rule("meaning/sensitivity-too-low", "A pack is as sensitive as its most sensitive field."),
    Rule(
        "meaning/trait-input",
        "Personality, ethnicity, religion, health, age, joblessness and petitions never feed a colour or a count.",
    ),
    Rule(
        "meaning/matter-unclear",
        "With several matters and no field that names one, nobody can say who is responsible.",
    ),
    Rule(
        "meaning/confidential-exposed",
        "A confidential matter in a pack that does not hide it from the unit complained of is not confidential.",
    ),
    Rule(
        "meaning/rewards-silence",
        "No number rewards fewer complaints: counts of contests and low ratings are good neither up nor down.",
    ),
    Rule(
        "meaning/consent-required",
        "What must be given was not given freely: a field that rests on consent is optional.",
    ),
    Rule(
        "meaning/serves-in-part",
        "A pack that serves the rights of people has every one of them, kept from others, with an honest refusal.",
    ),
    Rule("meaning/no-audit", "Closing is a claim: a share of closed cases is drawn at random for a second look."),
    Rule(
        "meaning/condition-unreadable",
        "The condition cannot be read, or asks a comparison that the input's type does not have.",
    ),
    Rule("meaning/gate-unfit", "A gate asks what the input's type has: bounds of numbers, allowed values of texts."),
    Rule("meaning/table-gap", "Complete facts always get a colour: a table has a row for all of them, or a rest."),
    Rule("meaning/table-overlap", "In a table whose rows are unique, no facts fit two of them."),
    Rule("meaning/row-never-reached", "A row that never counts says something that its author believes to hold."),
    Rule("meaning/table-too-wide", "A table that cannot be looked through cell by cell cannot be trusted either."),
    Rule("meaning/check-answer-missing", "A check has an answer for every colour of its table, and for grey."),
    Rule(
        "meaning/check-must-refer",
        "No automatic adverse effect: where a pack can burden somebody, red and grey go to a person; grey is never ok.",
    ),
    Rule("meaning/check-refuses", "A check tells, reminds or refers to a person; only a named person refuses."),
    Rule("meaning/check-asks-too-much", "What a form asks and nothing uses is more data than needed."),
    Rule("meaning/param-unit", "A parameter in the wrong unit means another rule than its author had in mind."),
    Rule("meaning/blind-spot-unnamed", "Every detector is blind somewhere; 'unknown' or 'none' only hides where."),
    Rule("meaning/task-cycle", "Tasks that wait for one another never open."),
    Rule("meaning/ring-order", "The ladder climbs: each ring comes later and higher than the one before."),
    Rule(
        "meaning/scan-text",
        "What a detector reckons with must be of the language, known, of one kind and in units that go together.",
    ),
    Rule("meaning/bounds-crossed", "A lower bound above the upper bound admits nothing."),
    Rule(
        "meaning/duplicate-rule-empty", "A rule for duplicates without a condition would call everything a duplicate."
    ),
    Rule(
        "meaning/indicator-incomplete",
        "An indicator says what is counted, over what, between which acts and in which unit.",
    ),
    Rule(
        "meaning/sample-real-looking",
        "Samples are invented and look it: no valid identity number, no usable phone number, plate or mail address.",
    ),
    Rule("meaning/readme-headings", "Officers find the same five answers at the same place in every pack."),
    # 5. behaviour: the pack does what it says
    Rule("behaviour/detector-test", "The detector does not do what its own test says."),
    Rule("behaviour/decision-test", "The decision table does not say what its own test says."),
    Rule("behaviour/check-test", "The check does not say what its own test says."),
    Rule("behaviour/feature-test", "The feature is not what its own test says."),
    Rule("behaviour/never-fires", "A detector without a firing test has never been seen to work."),
    Rule("behaviour/never-silent", "A detector without a silent test may fire at everything."),
    Rule("behaviour/sample-refused", "A sample record that the record's own shape refuses teaches the wrong thing."),
    Rule("behaviour/story-order", "A story's steps stand in the order of time."),
    # 6. history: what once was stays true
    Rule(
        "history/changed-without-version",
        "Cases name pack@version: the same version must always mean the same content.",
    ),
    Rule("history/version-goes-back", "Versions only grow."),
    Rule("history/retired-returns", "The id of a retired pack is never used again: old cases still carry it."),
)

RULE_BY_ID = {rule.id: rule for rule in RULES}
README_HEADINGS = ("What it watches", "What it cannot see", "What to do", "Limits", "Sources")
