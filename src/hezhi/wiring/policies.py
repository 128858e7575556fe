"""Which rows of which table a reader sees: the one list from which PostgreSQL's row policies are made.

Every table of the house stands in `POLICIES` or, with its reason, in `OPEN`; a test looks at the database.
The conditions say in SQL what the rooms' ``visible`` say in Django, and tests hold the two together. A condition
over another guarded table sees that table as the same reader does, so a task is seen by whoever sees its case.
"""

from __future__ import annotations

from collections.abc import Mapping

from hezhi.flow.intake.contracts import RecordState
from hezhi.spine.guard.contracts import Policy
from hezhi.spine.permissions.contracts import Right

NOBODY = "false"  # only commands read it


def _in_region(right: Right, column: str) -> str:
    return f"({column} || '.') ^@ ANY ((SELECT guard_regions('{right}'))::text[])"


def _of_agency(right: Right, column: str) -> str:
    return f"{column} && (SELECT guard_agencies('{right}'))"


def _with(table: str, link: str) -> str:
    """Rows that hang on a row of a guarded table."""
    return f"EXISTS (SELECT FROM {table} t WHERE {link})"


def _holds(right: Right) -> str:
    return f"(SELECT guard_holds('{right}'))"


KINDS = {
    "case": "cases_case", "alert": "alerts_alert", "record": "intake_record", "hit": "detection_hit",
    "link": "entities_link",
    "device": "devices_device",
}  # fmt: skip
# Limits of a case's parts are named after the case.
LIMITED = dict.fromkeys(("case", "task", "wait", "order", "contest"), "cases_case") | {"alert": "alerts_alert"}


def _about(column: str, kinds: Mapping[str, str] = KINDS) -> str:
    """Rows that name what they are about as ``case:12``, ``alert:3``, ``record:7`` or ``hit:9``.

    The column is named with its table: without, a column of that name in the other table would be meant.
    """
    return " ".join(
        (
            "CASE",
            *(
                f"WHEN {column} LIKE '{kind}:%' THEN EXISTS"
                f" (SELECT FROM {table} t WHERE t.id = substr({column}, {len(kind) + 2})::bigint)"
                for kind, table in kinds.items()
            ),
            "ELSE false END",
        )
    )


def _unbarred(table: str, kind: str) -> str:
    """Rows that their reader has no interest in."""
    return f"{table}.id <> ALL ((SELECT guard_barred_ids('{kind}'))::bigint[])"


OF_CASE = _with("cases_case", "t.id = case_id")
OF_HELD = f"batch_id IS NOT NULL AND state <> '{RecordState.ACCEPTED}' AND {_holds(Right.SOURCE_MANAGE)}"
# Nobody signs for another. A source is known by its token only inside the command; a reporter by number and code.
SIGNED = (
    "actor = (SELECT guard_ref()) OR actor LIKE 'system:%' OR actor LIKE 'citizen:%'"
    " OR ((SELECT guard_ref()) = '' AND actor LIKE 'source:%')"
)

OF_DEVICE = _with("devices_device", "t.id = device_id")

POLICIES = (
    Policy(
        "devices_device",
        f"{_in_region(Right.RECORD_READ, 'region_path')}"
        f" OR agency_id = ANY ((SELECT guard_agencies('{Right.CASE_READ}'))::bigint[])"
        f" OR {_holds(Right.SOURCE_MANAGE)}",
    ),
    Policy("devices_message", OF_DEVICE),
    Policy("devices_silence", OF_DEVICE),
    Policy("devices_quarantine", f"{_holds(Right.SOURCE_MANAGE)}"),
    Policy(
        "cases_case",
        f"({_of_agency(Right.CASE_READ, 'agency_ids')} OR {_in_region(Right.CASE_READ, 'scope_path')}"
        f" OR id = ANY ((SELECT guard_cases('{Right.CASE_READ}'))::bigint[])) AND {_unbarred('cases_case', 'case')}",
    ),
    *(
        Policy(f"cases_{name}", OF_CASE)
        for name in ("caserecord", "participant", "order", "return", "contest", "taskforce")
    ),
    # A ruling is offered to whoever coordinates a like matter, and says no more than the ruling.
    Policy("cases_precedent", f"{_holds(Right.CASE_READ)}"),
    Policy("tasks_task", OF_CASE),
    Policy("outcomes_outcome", OF_CASE),
    Policy("outcomes_rating", OF_CASE),
    Policy(
        "intake_record",
        f"({_of_agency(Right.RECORD_READ, 'agency_ids')} OR {_in_region(Right.RECORD_READ, 'scope_path')}"
        f" OR ({OF_HELD}) OR EXISTS (SELECT FROM cases_caserecord t WHERE t.record_id = intake_record.id))"
        f" AND {_unbarred('intake_record', 'record')}",
    ),
    Policy("intake_relation", _with("intake_record", "t.id IN (low_id, high_id)")),
    Policy("intake_ticket", _with("intake_record", "t.id = record_id")),
    Policy("intake_evidencehold", _with("intake_record", "t.id = record_id")),
    Policy("intake_batch", f"{_holds(Right.SOURCE_MANAGE)}"),
    Policy("supply_episode", f"{_holds(Right.SOURCE_MANAGE)} OR {_holds(Right.CASE_SUPERVISE)}"),
    Policy("checks_feature", NOBODY),
    Policy("checks_refresh", NOBODY),
    Policy("checks_answer", f"asker = (SELECT guard_ref()) OR {_in_region(Right.CASE_SUPERVISE, 'region_path')}"),
    Policy("detection_sight", NOBODY),
    Policy("detection_waiting", NOBODY),
    Policy("detection_run", f"{_holds(Right.INDICATOR_READ)} OR {_holds(Right.ALERT_TRIAGE)}"),
    *(Policy(f"lake_{name}", NOBODY) for name in ("snapshot", "file", "gone")),
    Policy(
        "detection_hit",
        f"({_in_region(Right.ALERT_TRIAGE, 'region_path')} OR {_in_region(Right.INDICATOR_READ, 'region_path')})"
        f" AND {_unbarred('detection_hit', 'hit')}",
    ),
    Policy("detection_label", _with("detection_hit", "t.id = hit_id")),
    Policy("detection_candidate", f"{_holds(Right.INDICATOR_READ)} OR {_holds(Right.ALERT_TRIAGE)}"),
    Policy(
        "detection_review",
        f"{_holds(Right.INDICATOR_READ)} OR {_holds(Right.ALERT_TRIAGE)} OR {_holds(Right.CASE_SUPERVISE)}",
    ),
    Policy(
        "detection_reviewitem",
        f"({_in_region(Right.ALERT_TRIAGE, 'region_path')} OR {_in_region(Right.CASE_SUPERVISE, 'region_path')})"
        " AND NOT detection_reviewitem.record_ids && ((SELECT guard_barred_ids('record'))::bigint[])",
    ),
    Policy("alerts_alert", f"{_in_region(Right.ALERT_TRIAGE, 'region_path')} AND {_unbarred('alerts_alert', 'alert')}"),
    Policy("alerts_alertitem", _with("alerts_alert", "t.id = alert_id")),
    Policy("alerts_trust", f"{_in_region(Right.ALERT_TRIAGE, 'region_path')}"),
    Policy("rights_request", _with("intake_record", "t.id = record_id")),
    Policy("indicators_value", f"{_in_region(Right.INDICATOR_READ, 'region_path')}"),
    Policy("clocks_clock", _about("clocks_clock.subject", LIMITED)),
    Policy("clocks_clockentry", _with("clocks_clock", "t.id = clock_id")),
    Policy("documents_document", _about("documents_document.about")),
    Policy(
        "notices_notice",
        f"(recipient = (SELECT guard_ref()) AND about <> ALL ((SELECT guard_barred())::text[]))"
        f" OR {_about('notices_notice.about')}",
    ),
    Policy("notices_delivery", _with("notices_notice", "t.id = notice_id")),
    Policy("notices_address", NOBODY),
    Policy(
        "entities_entry",
        f"{_in_region(Right.RECORD_READ, 'region_path')} AND ref <> ALL ((SELECT guard_barred())::text[])",
    ),
    Policy(
        "entities_link",
        f"{_with('entities_entry', 't.id = low_id')} AND {_with('entities_entry', 't.id = high_id')}",
    ),
    Policy("entities_judgement", _with("entities_link", "t.id = link_id")),
    Policy("entities_member", _with("entities_entry", "t.id = entry_id")),
    *(Policy(f"entities_{table}", NOBODY) for table in ("model", "signs", "key", "change", "waiting")),
    Policy("ledger_line", f"{_holds(Right.LEDGER_VERIFY)} OR {_about('ledger_line.chain')}", checks=SIGNED),
    Policy("ledger_head", f"{_holds(Right.LEDGER_VERIFY)} OR {_about('ledger_head.chain')}"),
    Policy("vault_key", _about("vault_key.subject")),
    Policy("ledger_seal", f"{_holds(Right.LEDGER_VERIFY)}"),
    Policy(
        "people_handover",
        f"ordered_by = (SELECT guard_ref()) OR {_holds(Right.ACCOUNT_MANAGE)}"
        " OR 'person:' || person_id = (SELECT guard_ref()) OR 'person:' || successor_id = (SELECT guard_ref())"
        f" OR agency_id = ANY ((SELECT guard_agencies('{Right.STAFF_MANAGE}'))::bigint[])",
    ),
    Policy("people_handoveritem", _with("people_handover", "t.id = hand_over_id")),
    Policy("people_kin", "'person:' || person_id = (SELECT guard_ref())"),
    Policy("house_api_answered", "actor = (SELECT guard_ref())"),
)

_DIRECTORY = "offices, posts and names of officers, which every page shows"
_LAW = "what holds for everyone: regions, calendar, catalogue, packs"
_MACHINERY = "running the house: ids, hashes and counts, no content"
OPEN = {
    **dict.fromkeys(
        ("people_agency", "people_post", "people_person", "people_holding", "people_duty", "people_deputy"), _DIRECTORY
    ),
    "people_account": "signing in reads it before anybody is known; passwords stand as Argon2 hashes",
    **dict.fromkeys(
        ("people_secondfactor", "people_recoverycode", "people_signedin", "people_passkey", "people_link"),
        "signing in reads it before anybody is known; hashes, public keys and sealed secrets",
    ),
    "people_recusal": "what a person is kept from is read before anybody is known; ids only, reasons are in the ledger",
    "people_glass": "rights in an emergency are read before anybody is known",
    "django_session": "signing in reads it before anybody is known; keys are random",
    **dict.fromkeys(
        (
            "regions_region", "regions_regionchange", "regions_regionlink", "calendar_year", "calendar_day",
            "calendar_edition", "cases_responsibility", "cases_keptpack", "intake_source",
            "intake_matterclassifier", "house_api_machine",
        ),
        _LAW,
    ),
    "files_storedfile": "hash, type and size; who may read the content is asked where it is attached",
    "files_fileuse": "which record or case has which file, by id and hash",
    **dict.fromkeys(
        (
            "house_api_tally", "house_jobs_failure", "procrastinate_jobs", "procrastinate_workers",
            "procrastinate_events", "procrastinate_periodic_defers", "auth_permission", "auth_group",
            "auth_group_permissions",
            "django_content_type", "django_migrations",
        ),
        _MACHINERY,
    ),
    "ledger_node": "hashes of the ledger's tree",
    "ledger_stamp": "time stamps of the ledger's heads",
    "guard_key": "the web's role may not read it at all",
}  # fmt: skip
"""Tables without a policy, and why."""
