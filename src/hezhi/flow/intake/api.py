"""The door of the intake room.

Comes in: reports from forms (``record_report``), files (``batch_take``), pushes (``push_take``). What waits
is corrected or refused by a person. Records are related, never changed, by merging. Functions that say
"for the house's own use" ask for no right: pages and endpoints do not call them.
"""

from hezhi.flow.intake.arrivals import (
    arrivals_by_day,
    arrivals_doubtful,
    arrivals_newest,
    record_files,
    sources_listed,
)
from hezhi.flow.intake.batches import batch_take, push_take
from hezhi.flow.intake.codes import codes_seed
from hezhi.flow.intake.duplicates import duplicates_suggest
from hezhi.flow.intake.erasing import record_erase, record_keeping, record_uses_ask
from hezhi.flow.intake.evidence import record_keep, record_let_go
from hezhi.flow.intake.known import record_ids_by_source, record_ids_of, records_known
from hezhi.flow.intake.openings import openings_of, openings_patterns, record_openings
from hezhi.flow.intake.own import (
    consent_fields,
    consent_withdraw,
    record_change,
    record_change_check,
    record_whole,
)
from hezhi.flow.intake.patterns import THRESHOLDS, Patterns
from hezhi.flow.intake.queries import (
    batch_get,
    batch_page,
    erased_cleared,
    erased_uncleared,
    intake_counts,
    number_require_kept,
    record_by_number,
    record_count,
    record_get,
    record_id_of,
    record_page,
    record_values,
    records_erased,
    records_get,
    records_standing,
    subject_is_kept,
)
from hezhi.flow.intake.relations import (
    contacts_of,
    group_ids,
    group_of,
    numbers_of_group,
    record_link,
    record_merge,
    record_split,
    record_unlink,
    relations_of,
)
from hezhi.flow.intake.reports import (
    matter_confirm,
    record_correct,
    record_refuse,
    record_report,
    record_take_change,
)
from hezhi.flow.intake.retaining import retention_due, retention_run
from hezhi.flow.intake.sources import (
    source_contract_set,
    source_create,
    source_get,
    source_switch,
    source_token_renew,
    sources_all,
)
from hezhi.flow.intake.suggesting import confirmed_samples, matter_classifier_get, matter_classifier_train
from hezhi.flow.intake.tickets import (
    Asks,
    later_rooms_use,
    ticket_close,
    ticket_open,
    ticket_read,
    tickets_read,
    tickets_running,
    tickets_sweep,
)

__all__ = [
    "THRESHOLDS",
    "Asks",
    "Patterns",
    "arrivals_by_day",
    "arrivals_doubtful",
    "arrivals_newest",
    "batch_get",
    "batch_page",
    "batch_take",
    "codes_seed",
    "confirmed_samples",
    "consent_fields",
    "consent_withdraw",
    "contacts_of",
    "duplicates_suggest",
    "erased_cleared",
    "erased_uncleared",
    "group_ids",
    "group_of",
    "intake_counts",
    "later_rooms_use",
    "matter_classifier_get",
    "matter_classifier_train",
    "matter_confirm",
    "number_require_kept",
    "numbers_of_group",
    "openings_of",
    "openings_patterns",
    "push_take",
    "record_by_number",
    "record_change",
    "record_change_check",
    "record_correct",
    "record_count",
    "record_erase",
    "record_files",
    "record_get",
    "record_id_of",
    "record_ids_by_source",
    "record_ids_of",
    "record_keep",
    "record_keeping",
    "record_let_go",
    "record_link",
    "record_merge",
    "record_openings",
    "record_page",
    "record_refuse",
    "record_report",
    "record_split",
    "record_take_change",
    "record_unlink",
    "record_uses_ask",
    "record_values",
    "record_whole",
    "records_erased",
    "records_get",
    "records_known",
    "records_standing",
    "relations_of",
    "retention_due",
    "retention_run",
    "source_contract_set",
    "source_create",
    "source_get",
    "source_switch",
    "source_token_renew",
    "sources_all",
    "sources_listed",
    "subject_is_kept",
    "ticket_close",
    "ticket_open",
    "ticket_read",
    "tickets_read",
    "tickets_running",
    "tickets_sweep",
]
