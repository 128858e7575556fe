"""The copy of one's own data: put together when it is fetched, kept nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hezhi.flow.cases import api as cases
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordRow
from hezhi.flow.rights import queries
from hezhi.flow.rights.contracts import Copy, CopyFile, HeldField
from hezhi.flow.rights.errors import NoCopy
from hezhi.flow.rights.rules import chain_of
from hezhi.packkit import api as packkit
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor


@guard.act
def copy_take(*, number: str, code: str, at: datetime) -> Copy:
    """Return everything that is held about the own record, secret values in clear, and write down that it was fetched.

    Raises:
        RecordNotFound: number and code do not belong together.
        NoCopy: access was not granted, its time is over, or the content was erased.
    """
    record = queries.concerned_by(number=number, code=code)
    requests = queries.requests_about(record.id)
    opened = [(one.open_until, one.id) for one in requests if one.open_until is not None and at < one.open_until]
    if not opened or record.erased_at is not None:
        raise NoCopy()
    until, request_id = max(opened)
    by = Actor.citizen(record.number)
    ledger.line_append(
        chain=chain_of(request_id), act="rights.copy", by=by, at=at, body={"concerned": record.id}, pack=record.pack
    )
    pack, view = packkit.shelf().of(record.pack), queries.view_of(record.id)
    return Copy(
        made_at=at,
        open_until=until,
        record_number=record.number,
        pack=record.pack,
        kind=record.kind,
        pack_title=pack.identity.title,
        purpose=pack.identity.purpose,
        bases=tuple((one.cite, one.says, one.is_verified) for one in pack.identity.lawful_basis),
        received_at=record.received_at,
        keeping=intake.record_keeping(record_id=record.id, at=at),
        fields=_fields(record),
        files=tuple(CopyFile(one.name, one.mime, one.size, one.sha256) for one in view.files),
        receivers=_receivers(record),
        openings=tuple(  # the house reads names that the person does not: an officer stays unnamed
            replace(one, person="") for one in intake.record_openings(record_id=record.id, by=queries.HOUSE)
        ),
        explained=queries.explained_of(record, at=at),
        requests=tuple(queries.request_row(one, at=at) for one in requests),
        contests=queries.contests_about(record, requests),
        remedy=queries.pack_serving().identity.safeguards.contest,
    )


def _fields(record: RecordRow) -> tuple[HeldField, ...]:
    pack = packkit.shelf().of(record.pack)
    needs = {one.field: one for one in pack.identity.data_minimum}
    values, found = intake.record_whole(record_id=record.id), []
    for name, declared in pack.record(record.kind).fields.items():
        if name in values:
            need = needs.get(f"{record.kind}.{name}")
            found.append(
                HeldField(
                    name, declared.label, values[name], declared.sensitivity, need.why if need else None,
                    need.rests_on if need else "duty",
                )
            )  # fmt: skip
    return tuple(found)


def _receivers(record: RecordRow) -> tuple[str, ...]:
    """Return the agencies that take or took part in the case of the record."""
    case_id = cases.case_of_record(record_ids=intake.group_ids(record_id=record.id) or [record.id])
    if case_id is None:
        return ()
    ids = cases.case_get(case_id=case_id, by=queries.HOUSE).agency_ids
    return tuple(sorted(one.name for one in people.agencies_get(list(ids)).values()))
