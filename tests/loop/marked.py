"""A matter in which every word somebody can write bears one mark, and a search that looks for it everywhere."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from re import DOTALL, finditer
from typing import Any

from django.conf import settings
from django.db import connection

from hezhi.edge.api import once
from hezhi.edge.web.casefile import case_file
from hezhi.edge.web.dispatch_order import order_facts
from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, Paper
from hezhi.flow.cases.tests.factories import HOUSE, LAMP, MONDAY, WELL, Lamps
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import ErasureBasis, Receipt, RecordRow, RelationKind
from hezhi.flow.outcomes import api as outcomes
from hezhi.flow.tasks import api as tasks
from hezhi.services.documents import api as documents
from hezhi.services.notices import api as notices
from hezhi.services.notices.contracts import DeliveryState
from hezhi.spine.files import api as files
from hezhi.spine.permissions.contracts import Actor

# Of this process alone: another one may play at the same time in a database of the same server.
MARK = f"ZQX{''.join('ABCDEFGHIJ'[int(one)] for one in str(os.getpid()))}MARK"
PHONE = f"139{os.getpid() % 10**8:08}"
LATER = MONDAY + timedelta(days=200)  # every window is over, every task done
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Marked:
    """A closed case about one report, and what a test asks for."""

    receipt: Receipt
    case: CaseRow
    document_id: int
    file: str
    paper: str

    @property
    def record_id(self) -> int:
        return self.receipt.record.id


def _words() -> Iterator[str]:
    return (f"{MARK}{number:03}" for number in count(1))


def play(lamps: Lamps) -> Marked:
    """Bring one report through every act that takes somebody's words, up to its second closing."""
    words, number = _words(), str(next(lamps.numbers))
    photo = files.file_put(content=f"photo {MARK} {number}\n".encode(), name=f"{MARK}.txt", by=HOUSE, at=MONDAY)
    proof = files.file_put(content=f"proof {MARK} {number}\n".encode(), name=f"{MARK}.txt", by=HOUSE, at=MONDAY)
    values = {
        "region": lamps.town.region, "spot": next(words), "happened_at": MONDAY.isoformat(), "what": "post",
        "words": next(words), "phone": PHONE, "urgent": False,
    }  # fmt: skip
    receipt = intake.record_report(
        pack_id=lamps.pack.id, kind="report", values=values, by=HOUSE, at=MONDAY, files=[photo]
    )
    record_id = receipt.record.id
    alert_id = alerts.alerts_of_records(record_ids=[record_id])[record_id]
    by = lamps.by("duty_officer")
    alerts.alert_snooze(alert_id=alert_id, until=MONDAY + HOUR, reason=next(words), by=by, at=MONDAY)
    done = alerts.alert_confirm(alert_id=alert_id, by=by, at=MONDAY, reason=next(words))
    assert done.case_id is not None
    case = lamps.case(done.case_id)
    _argue(lamps, case, words)
    _press(lamps, case, words)
    _work(lamps, case, words, photo.sha256)
    paper = Paper("proof", proof.sha256, f"{next(words)}.txt")
    _close(lamps, case, receipt, words, paper)
    document_id = _order_paper(lamps, case)
    _notices_send()
    _relate(lamps, receipt, words)
    shown = intake.record_get(record_id=record_id, by=HOUSE)
    once._claimed(by, "marked", "0" * 64, MONDAY)
    once._note(by, "marked", once.dumps(shown).decode())
    return Marked(receipt, lamps.case(case.id), document_id, photo.sha256, proof.sha256)


def _argue(lamps: Lamps, case: CaseRow, words: Iterator[str]) -> None:
    """Two agencies point at each other; the coordinator rules, and the ruling becomes a precedent."""
    told: dict[str, Any] = {"case_id": case.id, "at": MONDAY}
    cases.case_return(reason="not_ours", note=next(words), proposed_kind=WELL, by=lamps.by(LAMP), **told)
    cases.case_return(reason="not_ours", note=next(words), proposed_kind=LAMP, by=lamps.by(WELL), **told)
    by = lamps.by("coordinator")
    cases.case_rule(agency_id=lamps.agency(LAMP), reason=next(words), by=by, **told)
    cases.case_accept(by=lamps.by(LAMP), **told)


def _press(lamps: Lamps, case: CaseRow, words: Iterator[str]) -> None:
    told: dict[str, Any] = {"case_id": case.id, "at": MONDAY}
    lead, coordinator, supervisor = lamps.by(LAMP), lamps.by("coordinator"), lamps.by("supervisor")
    cases.case_urge(text=next(words), by=supervisor, **told)
    cases.case_supervise(text=next(words), by=supervisor, **told)
    for order in lamps.view(case).orders:
        cases.case_answer_order(order_id=order.id, answer=next(words), by=lead, **told)
    cases.case_suspend(reason="court", note=next(words), waiting_for="court", by=lead, **told)
    cases.case_resume(by=lead, **told)
    cases.case_extend(amount=3, reason=next(words), by=coordinator, **told)
    cases.case_form_force(
        name=next(words), purpose=next(words), member_ids=[lamps.town.persons[WELL]],
        ends_at=MONDAY + timedelta(days=3), by=coordinator, **told,
    )  # fmt: skip
    force = lamps.view(case).task_forces[-1]
    cases.case_dissolve_force(force_id=force.id, reason=next(words), by=coordinator, **told)
    cases.case_raise_ring(reason=next(words), by=supervisor, **told)


def _work(lamps: Lamps, case: CaseRow, words: Iterator[str], photo: str) -> None:
    lamps.do(case, "look", found="fine", remark=next(words), photo=photo)
    tasks.work_submit(case_id=case.id, outcome="fine", summary=next(words), by=lamps.by(LAMP), at=MONDAY)
    cases.case_send_back(case_id=case.id, reason=next(words), by=lamps.by("supervisor"), at=MONDAY)
    while lamps.live(case):
        lamps.do(case, lamps.live(case)[0], **_result(lamps, case, words))


def _result(lamps: Lamps, case: CaseRow, words: Iterator[str]) -> dict[str, Any]:
    fields = tasks.fields_of(lamps.tasks(case)[0])
    return {name: next(words) for name, one in fields.items() if one.required and one.type == "text"}


def _close(lamps: Lamps, case: CaseRow, receipt: Receipt, words: Iterator[str], paper: Paper) -> None:
    told: dict[str, Any] = {"case_id": case.id, "at": MONDAY}
    number, supervisor = receipt.record.number, lamps.by("supervisor")
    for round_number in range(2):
        tasks.work_submit(outcome="fine", summary=next(words), by=lamps.by(LAMP), **told)
        cases.case_verify(papers=[paper], note=next(words), by=supervisor, **told)
        cases.case_close(by=supervisor, **told)
        outcomes.rating_give(number=number, code=receipt.code, stars=4, comment=next(words), at=MONDAY)
        cases.case_contest(record_number=number, text=next(words), by=Actor.citizen(number), **told)
        contest = lamps.view(case).contests[-1]
        cases.case_decide_contest(
            contest_id=contest.id, decision="rejected", reason=next(words), by=lamps.by("coordinator"), **told
        )
        if round_number == 0:
            cases.case_reopen(reason=next(words), by=supervisor, **told)
            while lamps.live(case):
                lamps.do(case, lamps.live(case)[0], **_result(lamps, case, words))


def _order_paper(lamps: Lamps, case: CaseRow) -> int:
    """Order and make the dispatch order, which tells what was reported."""
    by = lamps.by("coordinator")
    facts = order_facts(case_file(case_id=case.id, by=by, at=MONDAY))
    ordered = documents.document_order(
        template="dispatch_order", data=facts, about=f"case:{case.id}", by=by, at=MONDAY, key=f"case:{case.id}"
    )
    return documents.document_make(document_id=ordered.id, at=MONDAY).id


def _notices_send() -> None:
    for one in notices.deliveries_page(state=DeliveryState.QUEUED, size=200):
        notices.delivery_send(delivery_id=one.id, at=MONDAY)


def _relate(lamps: Lamps, receipt: Receipt, words: Iterator[str]) -> None:
    other = lamps.report().record
    by = lamps.by("coordinator")
    intake.record_link(
        record_id=receipt.record.id, other_id=other.id, kind=RelationKind.LINKED, reason=next(words), by=by, at=MONDAY
    )
    record = receipt.record
    alerts.subject_trust(
        pack_id=record.pack_id, subject=record.subject, region_path=record.region_path, until=LATER,
        reason=next(words), by=by, at=MONDAY,
    )  # fmt: skip


def erase(record_id: int, **more: Any) -> RecordRow:
    """Erase a record long after everything is over, as the house does."""
    given = {"basis": ErasureBasis.PURPOSE_ENDED, "by": HOUSE, "at": LATER, **more}
    return intake.record_erase(record_id=record_id, **given)


# -- the search ------------------------------------------------------------------------------------------------------


def forms() -> tuple[bytes, ...]:
    """Return the marks as they may lie somewhere: as text, as hex, in UTF-16."""
    plain = [one.encode() for one in (MARK, PHONE)]
    return (*plain, *(one.hex().encode() for one in plain), *(one.decode().encode("utf-16-le") for one in plain))


def tables_with(*marks: str) -> list[str]:
    """Return the tables in whose rows one of the marks lies, as the owner of the database reads them, by name."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        for (table,) in cursor.fetchall():
            wanted = marks or [one.decode() for one in forms()[:4]]
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE ANY (%s)', [[f"%{one}%" for one in wanted]]
            )
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def holds(content: bytes) -> bool:
    """Say whether a mark lies in these bytes, in a PDF's compressed streams too."""
    parts = [content]
    if content.startswith(b"%PDF"):
        parts += [_inflated(one[1]) for one in finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, DOTALL)]
    return any(form in part for part in parts for form in forms())


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def files_with(*folders: Path) -> list[str]:
    """Return the files below some folders in which a mark lies, by name or by content."""
    return sorted(
        str(path)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and (MARK in path.name or holds(path.read_bytes()))
    )


def stores() -> tuple[Path, ...]:
    """Return the folders in which the house keeps contents: stored files, and messages of the local sink."""
    return Path(settings.MEDIA_ROOT), Path(settings.HEZHI.sink_dir)
