"""The evidence of one case as a folder that anybody can check offline, with nothing of ours but ``verify.py``.

What is handed out is itself an act: ``evidence.export`` names the chains, how far they went, and every file by its
hash. It is sealed before the folder is written, so that nothing can be left out of the folder unnoticed.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from hezhi.edge.web.casefile import case_file
from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseFilter, CaseRow
from hezhi.kit.canonical import canonical
from hezhi.kit.errors import NotFound, Refused
from hezhi.project.options import ROOT
from hezhi.services.documents import api as documents
from hezhi.spine.files import api as files
from hezhi.spine.ledger import api as ledger
from hezhi.spine.ledger.errors import NothingSealed, StampFailed
from hezhi.spine.permissions.contracts import Actor

VERIFIERS = (ROOT / "scripts/verify.py", ROOT / "scripts/verify_sm2.py")
LEAFLET = ROOT / "scripts/evidence_readme.txt"
LOOKED_AT = 200  # closed cases among which `case_any` looks for one with papers


class FolderNotEmpty(Refused):
    """The folder is not empty; evidence is written into a folder of its own."""

    code = "folder_not_empty"


class NoCase(NotFound):
    """There is no case yet."""

    code = "no_case"


@dataclass(frozen=True)
class Exported:
    """What the folder holds."""

    number: str
    acts: int
    files: int
    seal: int
    is_stamped: bool  # the newest act too


def case_find(*, wanted: str, by: Actor) -> CaseRow:
    """Return a case by its number or id."""
    return (
        cases.case_get(case_id=int(wanted), by=by) if wanted.isdecimal() else cases.case_by_number(number=wanted, by=by)
    )


def case_any(*, by: Actor, at: datetime) -> CaseRow:
    """Return the newest closed case with a finished paper, else the newest closed one, else the newest.

    Raises:
        NoCase: there is none.
    """
    closed = cases.case_page(by=by, wanted=CaseFilter(is_open=False), at=at, size=LOOKED_AT).rows
    for case in closed:
        if any(one.file_sha256 for one in documents.documents_of(about=f"case:{case.id}")):
            return case
    every = closed or cases.case_page(by=by, wanted=CaseFilter(is_open=None), at=at, size=1).rows
    if not every:
        raise NoCase
    return every[0]


def evidence_export(*, case_id: int, folder: Path, by: Actor, at: datetime) -> Exported:
    """Write the evidence of one case into an empty folder.

    Raises:
        FolderNotEmpty: there is something in the folder; nothing was written.
        CaseNotFound: no such case, or the actor may not read it; nothing was written.
        SealBusy: an act stays open; try again later.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FolderNotEmpty(folder=str(folder))
    found = case_file(case_id=case_id, by=by, at=at)
    held = {sha256: files.file_get(sha256) for sha256 in sorted(found.files)}
    chain = f"evidence:{case_id}"
    ends = ledger.chains_ends(chains=[*_chains(case_id), chain])
    ends[chain] = ends.get(chain, 0) + 1
    body = {"case": case_id, "number": found.case.number, "chains": ends, "files": sorted(held)}
    ends[chain] = ledger.line_append(chain=chain, act="evidence.export", by=by, at=at, body=body).seq
    ledger.seal_make(at=at)
    oldest, head = ledger.seal_oldest(), ledger.seal_newest()
    if oldest is None or head is None:
        raise NothingSealed
    _stamp(at)
    lines = ledger.raw_lines_of(ends=ends, head=head)
    ids = [one.id for one in lines]
    proofs, said = ledger.lines_prove(line_ids=ids, head=head), ledger.lines_said(line_ids=ids)
    stamps = {f"stamps/{seal.number}.tsr": (seal, token) for seal, token in ledger.stamps_over(lines=lines)}
    told = {
        "format": "hezhi evidence 1",
        "case": {"id": case_id, "number": found.case.number, "pack": found.case.pack, "state": found.case.state},
        "made_at": at,
        "heads": [asdict(oldest), asdict(head)],
        "stamps": [
            {"path": path, "seal": asdict(seal), "growth": ledger.heads_prove(old=seal, new=head)}
            for path, (seal, _) in stamps.items()
        ],
        "growth": ledger.heads_prove(old=oldest, new=head),
        "lines": {str(one.line_id): {"index": one.index, "path": one.path} for one in proofs},
        "files": [
            {"path": f"files/{sha256}{Path(ref.name).suffix}", "sha256": sha256, "name": found.files[sha256]}
            for sha256, ref in held.items()
        ],
    }
    (folder / "files").mkdir(parents=True, exist_ok=True)
    for one in told["files"]:
        (folder / one["path"]).write_bytes(files.file_read(one["sha256"]))
    acts = "".join(canonical({**asdict(one), "said": said.get(one.id, "")}) + "\n" for one in lines)
    (folder / "acts.jsonl").write_text(acts, encoding="utf-8", newline="\n")
    (folder / "public_key.txt").write_text(head.signer + "\n", encoding="utf-8")
    for path, (_, token) in stamps.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(token)
    for script in VERIFIERS:
        shutil.copyfile(script, folder / script.name)
    leaflet = LEAFLET.read_text(encoding="utf-8").replace("{number}", found.case.number).replace("{key}", head.signer)
    (folder / "README.txt").write_text(leaflet, encoding="utf-8")
    (folder / "evidence.json").write_text(canonical(told) + "\n", encoding="utf-8", newline="\n")
    return Exported(
        found.case.number,
        len(lines),
        len(held),
        head.number,
        any(seal.number == head.number for seal, _ in stamps.values()),
    )


def _stamp(at: datetime) -> None:
    """Ask for a stamp; an authority that does not answer must not stop the export, which tells of it."""
    with suppress(StampFailed):
        ledger.seal_stamp(at=at)


def _chains(case_id: int) -> list[str]:
    """Return the chains that tell of a case: its own, its alerts' with their hits, its records'."""
    raised = alerts.alerts_of_case(case_id=case_id)
    hits = {hit_id for one in raised for hit_id in one.hit_ids}
    records = set(cases.records_of(case_id=case_id))
    return [
        f"case:{case_id}",
        *(f"alert:{one.id}" for one in raised),
        *(f"hit:{one}" for one in sorted(hits)),
        *(f"record:{one}" for one in sorted(records)),
    ]


def head_write(*, path: Path) -> int:
    """Write the newest signed head into a file, to be kept elsewhere; return its number.

    Raises:
        NothingSealed: there is none yet.
    """
    head = ledger.seal_newest()
    if head is None:
        raise NothingSealed
    path.write_text(canonical(asdict(head)) + "\n", encoding="utf-8", newline="\n")
    return head.number
