"""Who hears which fact, in this order, inside the transaction that made it."""

from __future__ import annotations

from collections.abc import Sequence

from hezhi.flow.alerts import handlers as alerts
from hezhi.flow.alerts.contracts import AlertConfirmed, AlertErased, AlertRaised
from hezhi.flow.cases import handlers as cases
from hezhi.flow.cases.contracts import CaseActed, CaseErased, CaseRetold
from hezhi.flow.checks import handlers as checks
from hezhi.flow.detection import handlers as detection
from hezhi.flow.detection.contracts import HitFound
from hezhi.flow.intake import handlers as intake
from hezhi.flow.intake.contracts import RecordAccepted, RecordChanged, RecordErased
from hezhi.flow.outcomes import handlers as outcomes
from hezhi.flow.rights import handlers as rights
from hezhi.flow.supply.contracts import SourcesTroubled
from hezhi.flow.tasks import handlers as tasks
from hezhi.flow.tasks.contracts import TaskDone
from hezhi.kit.bus import Handler
from hezhi.services.devices.contracts import DeviceRegistered, DevicesSilent, MessagesTaken
from hezhi.spine.calendar.contracts import CalendarChanged
from hezhi.spine.clocks import handlers as clocks
from hezhi.spine.clocks.contracts import ClockMoved, ClocksTouched
from hezhi.spine.ledger import handlers as ledger
from hezhi.spine.people.contracts import AccountTouched, GlassBroken, OfficerLeft
from hezhi.spine.vault.contracts import KeysRotated, PurposeKeyRenewed
from hezhi.wiring import erasing, linking, tell

TABLE: Sequence[tuple[type, Sequence[Handler]]] = (
    (DeviceRegistered, (intake.follow_device,)),
    (MessagesTaken, (intake.follow_messages,)),
    (DevicesSilent, (tell.devices_silent,)),
    (SourcesTroubled, (tell.source_troubled,)),
    (RecordAccepted, (detection.follow_record, alerts.follow_record, cases.follow_record, linking.record_note)),
    # Checks ask the lake whom a record was about, before it forgets; so here and where it is erased.
    (RecordChanged, (checks.follow_changed, detection.follow_changed, linking.change_note)),
    (
        RecordErased,
        (
            checks.follow_erased,
            detection.follow_erased,
            alerts.follow_erased,
            cases.follow_erased,
            outcomes.follow_erased_record,
            erasing.record_forget,
        ),
    ),
    (AlertErased, (erasing.alert_forget,)),
    (CaseErased, (tasks.follow_erased, outcomes.follow_erased_case, erasing.case_forget)),
    (CaseRetold, (erasing.case_retell,)),
    (HitFound, (alerts.follow_hit,)),
    (AlertRaised, ()),
    (AlertConfirmed, (cases.follow_alert,)),
    (CaseActed, (tasks.follow_case, outcomes.follow_case, rights.follow_case, tell.case_acted)),
    (TaskDone, ()),
    (OfficerLeft, (tasks.follow_leaving, cases.follow_leaving, tell.officer_left)),
    (AccountTouched, (tell.account_touched,)),
    (GlassBroken, (tell.glass_broken,)),
    (KeysRotated, (ledger.note_rotation,)),
    (PurposeKeyRenewed, (ledger.note_renewal,)),
    (CalendarChanged, (clocks.reproject,)),
    (ClocksTouched, (alerts.follow_touched, cases.follow_touched)),
    (ClockMoved, (alerts.follow_clock, cases.follow_clock, tasks.follow_clock)),
)
