"""Sources that send records: who they are, what they agreed to send, and the token they show."""

from __future__ import annotations

import re
from datetime import datetime

from hezhi.flow.intake.codes import token_hash, token_new
from hezhi.flow.intake.contracts import RecordFinding, SourceContract, SourceRow
from hezhi.flow.intake.errors import SourceInvalid, SourceNotFound
from hezhi.flow.intake.models import Batch, Source
from hezhi.packkit import api as packkit
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, ActorKind, Right

CODE = re.compile(r"[a-z][a-z0-9_-]{1,47}")
TOKEN_FROM = 32  # characters of a token that somebody brings along
NOTHING = SourceContract()


@guard.act
def source_create(
    *,
    code: str,
    name: str,
    pack_id: str,
    kind: str,
    by: Actor,
    at: datetime,
    agency_id: int | None = None,
    contract: SourceContract = NOTHING,
    token: str = "",
) -> tuple[SourceRow, str]:
    """Register a source and return it with its token, told this once and kept only as a hash.

    Args:
        code: small letters, digits, ``_`` and ``-``; unique.
        kind: the kind of record of the pack that it sends.
        agency_id: the agency that answers for the source.
        token: a token of the caller's own, at least 32 characters; one is made when left out.

    Raises:
        SourceInvalid: the token is short, the code taken or damaged, or the contract names unknown fields.
        PackUnknown: no such pack.
        NotAllowed: the actor does not manage sources everywhere.
    """
    permissions.require_everywhere(by, Right.SOURCE_MANAGE)
    findings = [*_code_findings(code), *_token_findings(token), *_contract_findings(pack_id, kind, contract)]
    if findings:
        raise SourceInvalid(findings=tuple(findings))
    if agency_id is not None:
        people.agency_get(agency_id)
    token = token or token_new()
    source = Source(code=code, name=name[:100], pack_id=pack_id, kind=kind, agency_id=agency_id, created_at=at)
    source.token_hash = token_hash(token)
    _contract_put(source, contract)
    source.save()
    body = {"code": code, "pack": pack_id, "kind": kind, "agency": agency_id, **_told(contract)}
    _line(source, "source.create", by, at, body)
    return source_row(source), token


def devices_source(pack_id: str, kind: str, at: datetime) -> Source:
    """Return the source under which devices send records of one kind, made where there is none; for this room only.

    Its token is told to nobody: devices sign their messages themselves.
    """
    code = f"devices-{token_hash(f'{pack_id}/{kind}')[:16]}"
    source = Source.objects.filter(code=code).first()
    if source is None:
        names = {"name": f"devices: {pack_id} {kind}"[:100], "pack_id": pack_id, "kind": kind, "created_at": at}
        source = Source(code=code, token_hash=token_hash(token_new()), **names)
        source.save()
        _line(source, "source.create", Actor.system("devices"), at, {"code": code, "pack": pack_id, "kind": kind})
    return source


@guard.act
def source_contract_set(*, code: str, contract: SourceContract, by: Actor, at: datetime) -> SourceRow:
    """Put a new contract in force; its version grows. The same contract again changes nothing.

    Raises:
        SourceNotFound, SourceInvalid, NotAllowed.
    """
    permissions.require_everywhere(by, Right.SOURCE_MANAGE)
    source = source_of(code, lock=True)
    if contract_of(source) == contract and _told(contract) == _told(contract_of(source)):
        return source_row(source)
    findings = _contract_findings(source.pack_id, source.kind, contract)
    if findings:
        raise SourceInvalid(findings=tuple(findings))
    _contract_put(source, contract)
    source.contract_version += 1
    source.save()
    _line(source, "source.contract", by, at, {"version": source.contract_version, **_told(contract)})
    return source_row(source)


@guard.act
def source_token_renew(*, code: str, by: Actor, at: datetime) -> str:
    """Give a source a new token and return it, told this once; the old one no longer opens anything.

    Raises:
        SourceNotFound, NotAllowed.
    """
    permissions.require_everywhere(by, Right.SOURCE_MANAGE)
    source = source_of(code, lock=True)
    token = token_new()
    source.token_hash = token_hash(token)
    source.save(update_fields=["token_hash"])
    _line(source, "source.token_renew", by, at, {})
    return token


@guard.act
def source_switch(*, code: str, is_active: bool, by: Actor, at: datetime) -> SourceRow:
    """Switch a source on or off; what it sent stays.

    Raises:
        SourceNotFound, NotAllowed.
    """
    permissions.require_everywhere(by, Right.SOURCE_MANAGE)
    source = source_of(code, lock=True)
    if source.is_active != is_active:
        source.is_active = is_active
        source.save(update_fields=["is_active"])
        _line(source, "source.switch", by, at, {"active": is_active})
    return source_row(source)


def source_get(*, code: str) -> SourceRow:
    """Return one source.

    Raises:
        SourceNotFound: no such code.
    """
    return source_row(source_of(code))


def sources_all(*, by: Actor) -> list[SourceRow]:
    """Return every source with the moment of its last delivery, ordered by code.

    Raises:
        NotAllowed: the actor does not manage sources everywhere.
    """
    permissions.require_everywhere(by, Right.SOURCE_MANAGE)
    return [source_row(source, with_last=True) for source in Source.objects.order_by("code")]


def source_of(code: str, *, lock: bool = False) -> Source:
    """Return the table's row; for this room only."""
    rows = Source.objects.select_for_update() if lock else Source.objects
    source = rows.filter(code=code).first()
    if source is None:
        raise SourceNotFound(source=code[:48])
    return source


def token_source(token: str) -> Source | None:
    """Return the source that shows this token; for this room only."""
    return Source.objects.filter(token_hash=token_hash(token)).first()


def service_actor(source: Source) -> Actor:
    """Return the actor under which a source sends; it has no rights besides sending its own records."""
    return Actor(ref=f"source:{source.code}", name=source.name, kind=ActorKind.SERVICE, agency_id=source.agency_id)


def contract_of(source: Source) -> SourceContract:
    """Return what the source has agreed to."""
    return SourceContract(source.columns, source.defaults, tuple(source.ignored))


def source_row(source: Source, *, with_last: bool = False) -> SourceRow:
    """Return a source as other rooms see it."""
    last = Batch.objects.filter(source=source).order_by("-id").first() if with_last else None
    return SourceRow(
        id=source.id,
        code=source.code,
        name=source.name,
        pack_id=source.pack_id,
        kind=source.kind,
        agency_id=source.agency_id,
        contract=contract_of(source),
        contract_version=source.contract_version,
        is_active=source.is_active,
        last_batch_at=last.taken_at if last else None,
        created_at=source.created_at,
    )


def _contract_put(source: Source, contract: SourceContract) -> None:
    source.columns, source.defaults = dict(contract.columns), dict(contract.defaults)
    source.ignored = list(contract.ignored)


def _told(contract: SourceContract) -> dict[str, object]:
    return {
        "columns": dict(contract.columns),
        "defaults": dict(contract.defaults),
        "ignored": list(contract.ignored),
    }


def _line(source: Source, act: str, by: Actor, at: datetime, body: dict[str, object]) -> None:
    ledger.line_append(chain=f"source:{source.id}", act=act, by=by, at=at, body=body)


def _code_findings(code: str) -> list[RecordFinding]:
    if not CODE.fullmatch(code):
        zh, en = "代码只含小写字母、数字、下划线和连字符", "A code is small letters, digits, underscores and dashes"
        return [RecordFinding("code", "pattern", zh, en)]
    if Source.objects.filter(code=code).exists():
        return [RecordFinding("code", "taken", f"代码 {code} 已被使用", f"The code {code} is taken")]
    return []


def _token_findings(token: str) -> list[RecordFinding]:
    if not token or len(token) >= TOKEN_FROM:
        return []
    zh, en = f"令牌不足 {TOKEN_FROM} 个字符", f"The token has fewer than {TOKEN_FROM} characters"
    return [RecordFinding("token", "range", zh, en)]


def _contract_findings(pack_id: str, kind: str, contract: SourceContract) -> list[RecordFinding]:
    from difflib import get_close_matches

    pack = packkit.shelf().get(pack_id)
    kinds = [record.id for record in pack.records]
    if kind not in kinds:
        close = get_close_matches(kind, kinds, n=1, cutoff=0.5)
        zh, en = f"场景包没有记录类型 {kind}", f"The pack has no record {kind}"
        return [RecordFinding("kind", "unknown", zh, en, close[0] if close else "")]
    fields = pack.record(kind).fields
    findings = []
    for where, named in (("columns", contract.columns.values()), ("defaults", contract.defaults)):
        for name in named:
            if name not in fields:
                close = get_close_matches(name, fields, n=1, cutoff=0.5)
                zh, en = f"记录没有“{name}”这一项", f"The record has no field '{name}'"
                findings.append(RecordFinding(where, "unknown", zh, en, close[0] if close else ""))
            elif where == "defaults" and fields[name].sensitivity == "secret":
                zh, en = f"保密项“{name}”不能有默认值", f"The secret field '{name}' cannot have a default"
                findings.append(RecordFinding(where, "secret", zh, en))
    return findings
